"""`advisor inventory`: thin verbs over the estate's tables."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from advisor.errors import InventoryError
from advisor.inventory.inventory import Inventory
from advisor.inventory.record import Problem, ProblemKind
from advisor.settings import Settings
from index.document import Label

_LABELS = click.Choice([label.value for label in Label])


@click.group()
def inventory() -> None:
    """Feeds of your own estate: import, report, templates, measures."""


@inventory.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--label", type=_LABELS, help="For feeds that feeds.yaml gives none. Default: restricted.")
@click.option("--rebuild", is_flag=True, help="Forget the former inventory and read everything anew.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def import_(settings: Settings, paths: tuple[Path, ...], label: str | None, rebuild: bool, as_json: bool) -> None:
    """Read feeds (files or folders) into the inventory; formats are detected, feeds.yaml says the rest."""
    from advisor.inventory.importing import import_feeds

    report = import_feeds(settings.home, list(paths), label=label, rebuild=rebuild)
    if as_json:
        click.echo(json.dumps(report.as_dict()))
        return
    for path, reason in report.refused:
        click.echo(f"refused  {path}: {reason}", err=True)
    click.echo(
        f"{len(report.read)} feeds read, {len(report.unchanged)} unchanged, {len(report.removed)} removed, "
        f"{len(report.refused)} refused; {report.records:,} records, {report.problems} remarks "
        f"in {report.seconds:.1f} s. "
        f"Generation {report.generation}. See `advisor inventory report`."
    )


def _opened(settings: Settings, clearance: str | None) -> Inventory:
    asked = Label(clearance) if clearance else settings.clearance
    allowed = settings.clearance
    found = Inventory.open(settings.home, asked if asked.rank < allowed.rank else allowed)
    if found is None:
        raise InventoryError("No inventory has been imported: run `advisor inventory import PATH…`.")
    return found


@inventory.command()
@click.option("--clearance", type=_LABELS, help="See nothing above this label.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the remarks to a CSV file as well.")
@click.pass_obj
def report(settings: Settings, clearance: str | None, as_json: bool, csv_path: Path | None) -> None:
    """What was read, and what is missing, duplicated, stale, contradictory or in doubt."""
    from advisor.inventory import export, quality

    found = quality.report(_opened(settings, clearance), date.today())
    if csv_path:
        columns = ("kind", "feed", "row", "column", "entity", "reason", "count", "rule")
        export.write_csv(csv_path, columns, ([getattr(one, name) for name in columns] for one in found.problems))
    if as_json:
        click.echo(json.dumps(_as_json(found), default=str, ensure_ascii=False))
        return
    click.echo(f"{len(found.feeds)} feeds")
    for one in found.feeds:
        click.echo(
            f"  {one.path}  {one.format}, {one.records:,} records, as of {one.as_of:%Y-%m-%d} "
            f"(says {one.as_of_from}), {one.label}"
        )
    for kind in ProblemKind:
        listed = found.of(kind)
        if listed:
            click.echo(f"\n{kind.value} ({len(listed)})")
            for problem in listed:
                click.echo(f"  {_line(problem)}")
    click.echo(f"\nWhere feeds disagree, {found.rule} decides: {found.rule_text}.")


def _line(one: Problem) -> str:
    where = ", ".join(part for part in (one.feed, f"row {one.row}" if one.row else "", one.column) if part)
    times = f" (and {one.count - 1} more like it)" if one.count > 1 and one.kind is ProblemKind.QUARANTINED else ""
    return f"{where}: {one.reason}{times}" if where else f"{one.reason}{times}"


def _as_json(found: Any) -> dict[str, Any]:
    return {
        "rule": {"name": found.rule, "text": found.rule_text},
        "feeds": [{name: getattr(one, name) for name in one.__slots__} for one in found.feeds],
        "coverage": [{name: getattr(one, name) for name in one.__slots__} for one in found.coverage],
        "problems": [{name: getattr(one, name) for name in one.__slots__} for one in found.problems],
    }


@inventory.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("inventory-templates"), show_default=True)
def template(output: Path) -> None:
    """Write CSV templates and one XLSX workbook to fill in."""
    from advisor.inventory import export

    for path in export.write_templates(output):
        click.echo(str(path))


@inventory.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True)
def measures(name: str | None, as_json: bool) -> None:
    """The measures that can be asked for: name, unit, definition, dimensions."""
    from advisor.measures.catalogue import load

    catalogue = load()
    chosen = [catalogue[name]] if name else list(catalogue.measures)
    if as_json:
        listed = [one.model_dump() | {"dimensions": catalogue.dimensions_of(one)} for one in chosen]
        click.echo(json.dumps(listed, ensure_ascii=False))
        return
    for one in chosen:
        click.echo(f"{one.name} [{one.unit}]  {one.title}")
        click.echo(f"    {one.definition}")
        if name:
            click.echo(
                f"    by {', '.join(catalogue.dimensions_of(one))}; {one.better} is better"
                if one.better != "neither"
                else f"    by {', '.join(catalogue.dimensions_of(one))}"
            )
            click.echo(f"    {one.sql or ' / '.join(one.ratio or ())}")
