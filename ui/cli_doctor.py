"""`advisor doctor`: what there is to answer with, and why."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from advisor.doctor import checks
from advisor.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def doctor(settings: Settings, as_json: bool) -> None:
    """Explain library, encoder, inventory and the choice of language model."""
    found = checks(settings)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
    else:
        for one in found:
            click.echo(f"{'ok  ' if one.ok else 'MEND'}  {one.part:<15} {one.said}")
    if not all(one.ok for one in found):
        raise SystemExit(1)
