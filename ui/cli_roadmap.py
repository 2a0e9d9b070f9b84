"""`advisor roadmap`: a plan from findings, whole or one section; what changed between two."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from advisor.roadmap.compare import Change
    from advisor.roadmap.document import Roadmap
    from advisor.settings import Settings


@click.command("roadmap")
@click.option("--section", help="Only this section, e.g. network-storage.")
@click.option("--horizon", default="24m", show_default=True, help="How far the plan reaches: 18m, 2y.")
@click.option("--budget", type=float, help="Most that all initiatives together may cost.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code of the budget and of all costs.")
@click.option("--power-kw", type=float, help="Most power that initiatives may add.")
@click.option("--headcount", type=float, help="People who may work on initiatives at the same time.")
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), help="First day. Default: the Monday after the newest feed."
)
@click.option("--tone", type=click.Choice(["neutral", "board", "engineer"]), default="neutral", show_default=True)
@click.option("--length", type=click.Choice(["brief", "standard", "full"]), default="standard", show_default=True)
@click.option("--organisation", default="the organisation", help="Name on the title page.")
@click.option("--rubric", type=click.Path(path_type=Path), help="Your rubric. Default: the shipped one.")
@click.option("--former", type=click.Path(path_type=Path), help="A roadmap in JSON whose locked blocks are kept.")
@click.option(
    "--compare", "before", type=click.Path(path_type=Path), help="Say what changed since this roadmap in JSON."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write; its ending tells the format.")
@click.pass_obj
def roadmap(
    settings: Settings,
    section: str | None,
    horizon: str,
    budget: float | None,
    currency: str,
    power_kw: float | None,
    headcount: float | None,
    start: datetime | None,
    tone: str,
    length: str,
    organisation: str,
    rubric: Path | None,
    former: Path | None,
    before: Path | None,
    output: Path | None,
) -> None:
    """A roadmap from findings: initiatives, a schedule that holds your limits, every sentence with its evidence."""
    from pydantic import ValidationError

    from advisor.errors import QuestionError
    from advisor.roadmap import compare
    from advisor.roadmap.document import Options, read
    from advisor.roadmap.service import draft

    try:
        options = Options.model_validate(
            {"section": section, "horizon_months": _months(horizon), "budget": budget, "currency": currency,
             "power_kw": power_kw, "headcount": headcount, "start": start.date() if start else None, "tone": tone,
             "length": length}
        )  # fmt: skip
    except ValidationError as error:
        raise QuestionError("; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors())) from error
    made = draft(
        settings,
        options,
        organisation=organisation,
        rubric_path=rubric,
        former=read(former) if former else None,
        progress=lambda stage, done, total: click.echo(f"{done:>2}/{total} {stage}", err=True),
    )
    if before is not None:
        click.echo("\n".join(compare.text(_changes(settings, read(before), made))) or "Nothing changed.")
        return
    _write(made, output)


def _changes(settings: Settings, before: Roadmap, made: Roadmap) -> tuple[Change, ...]:
    """With what the cells of the inventory read now, also those that the new roadmap has no need to cite."""
    from advisor.inventory.inventory import Inventory
    from advisor.measures.catalogue import load
    from advisor.roadmap import compare

    inventory = Inventory.open(settings.home, settings.clearance)
    if inventory is None:
        return compare.compare(before, made)
    try:
        return compare.compare(before, made, compare.reader(inventory, load()))
    finally:
        inventory.close()


def _months(horizon: str) -> int:
    from advisor.errors import QuestionError

    number, unit = horizon[:-1], horizon[-1:]
    if not number.isdigit() or unit not in "my":
        raise QuestionError(f"{horizon!r} is no horizon: say 18m or 2y.")
    return int(number) * (12 if unit == "y" else 1)


def _write(made: Roadmap, output: Path | None) -> None:
    from advisor.roadmap import export

    if output is None:
        click.echo(export.write(made, ".md").decode())
        return
    try:
        output.write_bytes(export.write(made, output.suffix.lower()))
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"{output}: {len(made.initiatives)} initiatives, {len(made.evidence)} references.", err=True)
