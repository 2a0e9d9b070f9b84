"""`advisor assess`: readiness of the estate for its workloads, and what a change would make of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from advisor.readiness.assessment import Assessment, Range
    from advisor.readiness.what_if import Change, Difference
    from advisor.settings import Settings


@click.command("assess")
@click.option("--what-if", "changes", help='Changes: "add 16 H100 in Oslo; fabric Frankfurt 400 Gb/s".')
@click.option("--rubric", type=click.Path(path_type=Path), help="Your rubric. Default: the shipped one.")
@click.option("--workload", help="Only this one, with its proof and placement.")
@click.option("--save", "saved", help="Keep the assessment under this name.")
@click.option("--compare", "kept", help="Say what changed since the assessment kept under this name.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def assess(
    settings: Settings,
    changes: str | None,
    rubric: Path | None,
    workload: str | None,
    saved: str | None,
    kept: str | None,
    as_json: bool,
) -> None:
    """Requirement minus inventory for each workload: verdict, binding constraint, next one, smallest change."""
    from advisor.errors import InventoryError, QuestionError
    from advisor.inventory.inventory import Inventory
    from advisor.readiness import assessed, snapshot

    inventory = Inventory.open(settings.home, settings.clearance)
    if inventory is None:
        raise InventoryError("No inventory has been imported: run `advisor inventory import PATH…`.")
    found = assessed.of(inventory, rubric)
    made: tuple[Change, ...] = ()
    differences: tuple[Difference, ...] = ()
    if changes:
        supposed = assessed.suppose(found, changes)
        found, made, differences = supposed.after, supposed.changes, supposed.differences
    after = found.result
    if workload is not None and workload not in {one.workload.name for one in after.verdicts}:
        raise QuestionError(f"There is no workload {workload!r}: {', '.join(v.workload.name for v in after.verdicts)}.")
    wire = snapshot.as_wire(after, settings.clearance)
    if saved is not None:
        click.echo(f"Kept in {snapshot.save(settings.home, saved, wire)}", err=True)
    if kept is not None:
        click.echo(
            "\n".join(snapshot.compare(snapshot.read(settings.home, kept, settings.clearance), wire))
            or "Nothing changed."
        )
        return
    if as_json:
        asked = {"changes": [one.text for one in made], "differences": [_fields(one) for one in differences]}
        click.echo(json.dumps(asked | wire, ensure_ascii=False, indent=2))
        return
    for change in made:
        click.echo(f"What if {change.text}")
    for difference in differences:
        click.echo(f"  {difference.workload}: {difference.before}\n    → {difference.after}")
    if made:
        click.echo()
    _show(after, workload)
    if workload is None and not made:
        money = found.economics()
        lines = [one.figure.text for one in (*money.break_evens, *money.idle)]
        click.echo("\n".join(["", "Costs", *(f"  {line}" for line in lines)]) if lines else "")
    if workload is not None and not made:
        advice = found.placement(workload)
        where = f" at {advice.site}" if advice.site else ""
        click.echo(f"\nPlacement: {advice.place}{where}. {' '.join(advice.reasons)}")
        for one in advice.break_evens:
            click.echo(f"  {one.figure.text}")
        for proof in found.prove(found.verdict(workload).constraints):
            click.echo(f"\n{proof.finding.text}")
            for line in (
                *(one.text for one in proof.figures),
                *(f"{f.text} ({f.feed}, row {f.row})" for f in proof.facts),
            ):
                click.echo(f"    · {line}")


def _fields(one: Difference) -> dict[str, str]:
    return {"workload": one.workload, "site": one.site, "before": one.before, "after": one.after}


def _show(result: Assessment, only: str | None) -> None:
    from advisor.readiness.rubric import DIMENSIONS

    if only is None:
        worst = result.bottleneck()
        if worst is not None:
            click.echo(f"Biggest bottleneck: {worst.workload}: {worst.text}\n  Smallest change: {worst.change}.\n")
        click.echo(f"{'score':<16}{'all':>12}" + "".join(f"{site[:16]:>18}" for site in result.sites))
        for name in (*DIMENSIONS, "whole"):
            cells = [_score(result, name, site) for site in (None, *result.sites)]
            click.echo(f"{name:<16}{cells[0]:>12}" + "".join(f"{cell:>18}" for cell in cells[1:]))
        click.echo()
    for one in result.verdicts:
        if only is not None and one.workload.name != only:
            continue
        click.echo(f"{one.workload.name} (priority {one.workload.priority}) at {one.site}: {one.status}")
        for title, gap in zip(("binding", "next"), one.constraints, strict=False):
            title = title if gap.check.blocks else "gap"
            click.echo(f"  {title}: {gap.text}\n    smallest change: {gap.change} (confidence {gap.confidence:.0%})")
        if one.unknown:
            click.echo(f"  cannot determine: {', '.join(gap.check.name for gap in one.unknown)}")


def _score(result: Assessment, name: str, site: str | None) -> str:
    found = result.whole(site) if name == "whole" else result.dimension(name, site)
    return _range(found)


def _range(found: Range | None) -> str:
    if found is None:
        return "not asked"
    low, high = f"{100 * found.low:.0f}", f"{100 * found.high:.0f}"
    return f"{low} %" if low == high else f"{low}-{high} %"
