"""`advisor eval verifier`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from advisor.settings import Settings


def evaluate_verifier(settings: Settings, path: Path | None, documents: Path | None, as_json: bool) -> None:
    """What the verifier stops and lets through, on the shipped pairs or on those of `path`."""
    from evals.verifier import runner

    encoder = runner.encoder(settings.home / "evals" / "verifier", settings.embedding_model)
    report = runner.run((path,) if path else (runner.SET, runner.FRESH), encoder, documents)
    if as_json:
        rows = [asdict(row) for row in report.rows]
        click.echo(json.dumps({"rows": rows, "ms_per_sentence": report.ms_per_sentence, "passes": report.passes}))
    else:
        click.echo(runner.text(report))
