"""`advisor audit`, `advisor backup`, `advisor restore`: what keeps a workspace accountable and safe."""

from __future__ import annotations

from pathlib import Path

import click

from advisor import audit as log
from advisor import backup as keeping
from advisor.settings import Settings


@click.group()
def audit() -> None:
    """The audit log of this workspace."""


@audit.command()
@click.option("--last", help="The sum that an earlier check printed: its line must still be there.")
@click.pass_obj
def verify(settings: Settings, last: str | None) -> None:
    """Check that no line of the audit log was changed, removed or added; print the sum of the last one."""
    found = log.verify(settings.home, last)
    if found.faults:
        shown = "".join(f"\n  {fault}" for fault in found.faults[:20])
        raise click.ClickException(f"The audit log {settings.home / log.FILE} is not whole:{shown}")
    click.echo(f"The audit log is whole: {found.lines} lines, the last with the sum {found.last}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Write the whole workspace to one FILE, checksummed. It is as confidential as the workspace."""
    kept = keeping.backup(settings.home, file)
    click.echo(f"{kept.files} files, {kept.bytes / 1e6:.1f} MB of {_generation(kept)} in {file}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def restore(settings: Settings, file: Path) -> None:
    """Make the workspace of a backup FILE; every file is checked, nothing that is there is overwritten."""
    kept = keeping.restore(file, settings.home)
    click.echo(f"{kept.files} files, {kept.bytes / 1e6:.1f} MB of {_generation(kept)} in {settings.home}.")


def _generation(kept: keeping.Kept) -> str:
    return f"generation {kept.generation}" if kept.generation else "a workspace without a generation"
