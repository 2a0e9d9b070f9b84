"""`advisor assess`: readiness of the estate for its workloads, and what a change would make of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from advisor.readiness.assessment import Assessment, Range
    from advisor.readiness.observation import Estate
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
    from advisor.measures.catalogue import load
    from advisor.readiness import assessment, findings, observation, snapshot, what_if
    from advisor.readiness import rubric as rubrics

    inventory = Inventory.open(settings.home, settings.clearance)
    if inventory is None:
        raise InventoryError("No inventory has been imported: run `advisor inventory import PATH…`.")
    chosen, catalogue = rubrics.load(rubric), load()
    estate = observation.observe(inventory, catalogue, chosen)
    before = assessment.assess(estate, chosen)
    made: tuple[Change, ...] = ()
    after = before
    if changes:
        made = what_if.parse(changes, estate, chosen)
        after = assessment.assess(what_if.apply(estate, made), chosen)
    if workload is not None and workload not in {one.workload.name for one in after.verdicts}:
        raise QuestionError(f"There is no workload {workload!r}: {', '.join(v.workload.name for v in after.verdicts)}.")
    differences = what_if.differences(before, after)
    wire = snapshot.as_wire(after)
    if saved is not None:
        click.echo(f"Kept in {snapshot.save(settings.home, saved, wire)}", err=True)
    if kept is not None:
        click.echo("\n".join(snapshot.compare(snapshot.read(settings.home, kept), wire)) or "Nothing changed.")
        return
    if as_json:
        asked = {"changes": [one.text for one in made], "differences": [_fields(one) for one in differences]}
        click.echo(json.dumps(asked | wire, ensure_ascii=False, indent=2))
        return
    for one in made:
        click.echo(f"What if {one.text}")
    for difference in differences:
        click.echo(f"  {difference.workload}: {difference.before}\n    → {difference.after}")
    if made:
        click.echo()
    _show(after, workload)
    if workload is not None and not made:
        verdict = next(one for one in after.verdicts if one.workload.name == workload)
        click.echo(_placed(estate, chosen, workload))
        for found, figures, facts in findings.of(verdict.constraints, estate, inventory, catalogue):
            click.echo(f"\n{found.text}")
            for line in (*(one.text for one in figures), *(f"{f.text} ({f.feed}, row {f.row})" for f in facts)):
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


def _placed(estate: Estate, rubric: Any, name: str) -> str:
    from advisor.readiness import assessment, placement

    everywhere = [v for v in assessment.assess(estate, rubric, everywhere=True).verdicts if v.workload.name == name]
    here = next(v for v in everywhere if v.site == v.workload.site)
    public = frozenset(site for site, kind in estate.kinds.items() if kind == "public cloud")
    advice = placement.advise(here, tuple(v for v in everywhere if v.site != here.site), public)
    where = f" at {advice.site}" if advice.site else ""
    return f"\nPlacement: {advice.place}{where}. {' '.join(advice.reasons)}"
