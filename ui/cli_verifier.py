"""`advisor eval verifier` and `advisor eval injections`: sets with tables of their own."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from advisor.settings import Settings


@click.command("verifier")
@click.option("--set", "path", type=click.Path(path_type=Path), help="Pairs of your own. Default: the shipped ones.")
@click.option("--corpus", "documents", type=click.Path(path_type=Path), help="Where a set names its evidence by file.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def verifier(settings: Settings, path: Path | None, documents: Path | None, as_json: bool) -> None:
    """What the verifier stops and lets through, by part and kind."""
    from evals.verifier import runner

    encoder = runner.encoder(settings.home / "evals" / "verifier", settings.embedding_model)
    report = runner.run((path,) if path else None, encoder, documents)
    if as_json:
        rows = [asdict(row) for row in report.rows]
        click.echo(json.dumps({"rows": rows, "ms_per_sentence": report.ms_per_sentence, "passes": report.passes}))
    else:
        click.echo(runner.text(report))


@click.command("injections")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def injections(settings: Settings, as_json: bool) -> None:
    """Pages with planted attacks, over a model that obeys them; exit code 1 when anything reaches the reader."""
    from evals.injections import runner
    from ui import views

    found = runner.run(settings, views.everything, say=lambda line: click.echo(line, err=True))
    click.echo(json.dumps(runner.table(found), indent=2) if as_json else runner.report(found))
    if any(one.leaked for outcomes in found.values() for one in outcomes):
        raise SystemExit(1)
