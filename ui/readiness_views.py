"""An assessment → what the Readiness page shows, as inert HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.evidence import Fact
from advisor.readiness.assessment import WHOLE, Assessment, Gap, Range, Verdict
from advisor.readiness.breakeven import Economics
from advisor.readiness.findings import Proof
from advisor.readiness.rubric import DIMENSIONS
from advisor.readiness.what_if import Change, Difference
from ui import charts
from ui.charts import Cell, e

BARS = 14  # gaps drawn
CELLS = 12  # cells listed under a check


def cell(gaps: Iterable[Gap]) -> Cell:
    """Gaps of one dimension: as good as the worst known; open below where something is unknown."""
    scores = [one.score for one in gaps]
    if not scores:
        return Cell()
    high = min((one for one in scores if one is not None), default=1.0)
    return Cell(0.0 if None in scores else high, high)


def _ranged(found: Range | None) -> Cell:
    return Cell() if found is None else Cell(found.low, found.high)


def headline(result: Assessment) -> str:
    """How many are ready, and the biggest bottleneck."""
    states = [one.status for one in result.verdicts]
    counts = "".join(
        f'<li class="{e(name.replace(" ", "-"))}"><b>{states.count(name)}</b> {e(name)}</li>'
        for name in ("ready", "ready with gaps", "not ready", "cannot determine")
    )
    worst = result.bottleneck()
    told = (
        f'<p class="verdict"><b>Biggest bottleneck.</b> {e(worst.workload)}: {e(worst.text)}<br>'
        f"<b>Smallest change.</b> {e(_sentence(worst.change))}</p>"
        if worst
        else '<p class="verdict">No gap is known.</p>'
    )
    return f'<div class="shown"><ul class="counts" aria-label="Workloads by verdict">{counts}</ul>{told}</div>'


def by_workload(result: Assessment) -> str:
    rows = [
        (
            one.workload.name,
            f"{one.site} · priority {one.workload.priority} · {one.status}",
            [cell(g for g in one.gaps if g.check.dimension == name) for name in DIMENSIONS],
        )
        for one in result.verdicts
    ]
    shown = charts.heat_map("Workloads by dimension; choose a score to see why", "workload", DIMENSIONS, rows, True)
    return f'<div class="shown">{charts.LEGEND}{shown}</div>'


def by_site(result: Assessment) -> str:
    """Sites and the whole, with the radar of the whole."""
    scored = result.scores()
    rows = [
        (site or "all sites", "", [_ranged(scored[site].get(one)) for one in (*DIMENSIONS, WHOLE)])
        for site in (*result.sites, None)
    ]
    table = charts.heat_map("Sites by dimension, weighted by priority", "site", [*DIMENSIONS, WHOLE], rows, False)
    shape = charts.radar("All sites", [(one, _ranged(scored[None].get(one))) for one in DIMENSIONS])
    return f'<div class="shown">{table}{shape}</div>'


def gap_bars(result: Assessment) -> str:
    """What is not met, the most important first: the share of the need that is there."""
    found = [(v.workload.priority, g) for v in result.verdicts for g in v.constraints]
    found.sort(key=lambda one: (not one[1].check.blocks, one[0], one[1].score or 0.0, one[1].workload))
    rows = [(f"{g.workload}: {g.check.name}", g.score or 0.0, _have_of_need(g)) for _, g in found[:BARS]]
    more = f'<p class="where">{len(found) - BARS} more: choose a workload.</p>' if len(found) > BARS else ""
    return f'<div class="shown">{charts.bars("Gaps: how much of the need is there", rows)}{more}</div>'


def _have_of_need(gap: Gap) -> str:
    if gap.check.unit == "yes":
        return gap.status
    sense = "of" if gap.check.better == "higher" else "where at most"
    unit = "" if gap.check.unit == "ratio" else f" {gap.check.unit}"
    limit = "" if gap.check.better == "higher" else " is allowed"
    return f"{_n(gap.have)} {sense} {_n(gap.need)}{unit}{limit}"


def drill(verdict: Verdict, proofs: Sequence[Proof], dimension: str | None) -> str:
    """One workload: each check with score, formula, figure and cells; those of `dimension` alone when it is given."""
    picked = [
        (gap, proof)
        for gap, proof in zip(verdict.gaps, proofs, strict=True)
        if dimension is None or gap.check.dimension == dimension
    ]
    binding = verdict.constraints[:2]
    where = f", {e(dimension)}" if dimension else ""
    parts = [
        f"<h3>{e(verdict.workload.name)} at {e(verdict.site)}{where}</h3>",
        f'<p class="verdict"><b>{e(_sentence(verdict.status))}</b></p>',
    ]
    if dimension is None:
        parts += [
            f"<p><b>{name}.</b> {e(gap.text)} <b>Smallest change:</b> {e(_sentence(gap.change))}</p>"
            for name, gap in zip(("Binding constraint", "Next after it"), binding, strict=False)
        ]
    order = {"not met": 0, "cannot determine": 1, "met": 2}
    picked.sort(key=lambda one: (order[one[0].status], not one[0].check.blocks))
    parts += [_check(gap, proof, opened=dimension is not None) for gap, proof in picked]
    return f'<div class="shown" aria-live="polite">{"".join(parts)}</div>'


def _check(gap: Gap, proof: Proof, *, opened: bool) -> str:
    _, figures, facts = proof
    mark = cell([gap])
    lines = [f"<p>{e(gap.text)}</p>", f'<p class="formula">{e(_formula(gap))}</p>']
    lines.append(f"<p>Why: {e(gap.check.basis)}.</p>")
    if gap.change:
        lines.append(f"<p><b>Smallest change:</b> {e(_sentence(gap.change))}</p>")
    lines += [
        f'<p><b>Figure.</b> {e(one.text)} <span class="where">{e(one.formula)}: {e(one.definition)}</span></p>'
        for one in figures
    ]
    lines.append(cells_table(facts) if facts else f'<p class="where">{_no_cells(gap)}</p>')
    blocks = "blocks" if gap.check.blocks else "does not block"
    return (
        f'<details class="card"{" open" if opened else ""}><summary>'
        f'<span class="chip {mark.kind}">{e(mark.sign)}</span>'
        f"<b>{e(gap.check.name)}</b> <span class='where'>{e(gap.check.dimension)} · {blocks} · "
        f'{e(gap.status)}</span><span class="label {gap.label.value}">{gap.label.value}</span></summary>'
        f"{''.join(lines)}</details>"
    )


def _no_cells(gap: Gap) -> str:
    return "No feed has a cell for it." if gap.have is None else "It follows from other values, or was supposed."


def _formula(gap: Gap) -> str:
    """The score with its numbers."""
    if gap.score is None or gap.need is None or gap.have is None:
        return "score: cannot be determined, which counts neither as bad nor as good"
    shown = cell([gap]).said
    confidence = f"; confidence {100 * gap.confidence:.0f} % (coverage, halved with each half-life of age)"
    if gap.check.better == "higher":
        return f"score = have ÷ need, at most 1 = {_n(gap.counted)} ÷ {_n(gap.need)} → {shown}{confidence}"
    return f"score = allowed ÷ have, at most 1 = {_n(gap.need)} ÷ {_n(gap.counted)} → {shown}{confidence}"


def cells_table(facts: Sequence[Fact]) -> str:
    """Cells with feed, row and column."""
    rows = "".join(
        f"<tr><td>{e(one.subject)}</td><td>{e(_value(one))}</td><td>{e(one.feed)}</td><td>{one.row}</td>"
        f"<td>{e(one.column)}</td><td>{e(one.as_of or '')}</td></tr>"
        for one in facts[:CELLS]
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("cell", "value", "feed", "row", "column", "as of"))
    more = f'<p class="where">{len(facts) - CELLS} more cells.</p>' if len(facts) > CELLS else ""
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Cells">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{more}"
    )


def _value(fact: Fact) -> str:
    shown = f"{fact.value:.10g}" if isinstance(fact.value, float) else str(fact.value)
    return f"{shown} {fact.unit}".strip()


def supposed(changes: Sequence[Change], found: Sequence[Difference], before: Assessment, after: Assessment) -> str:
    """What the changes are, which verdicts they turn, and the whole score of each site before and after."""
    made = "".join(f"<li>{e(one.text)}</li>" for one in changes)
    turned = "".join(
        f"<tr><th scope='row'>{e(one.workload)}</th><td>{e(one.before)}</td><td>{e(one.after)}</td></tr>"
        for one in found
    )
    table = (
        "<div class='scroll' tabindex='0' role='region' aria-label='Differences'><table><thead><tr>"
        "<th scope='col'>workload</th><th scope='col'>now</th>"
        f"<th scope='col'>then</th></tr></thead><tbody>{turned}</tbody></table></div>"
        if turned
        else "<p>No verdict and no binding constraint would be another.</p>"
    )
    scores = [
        (name, _ranged(before.whole(site)), _ranged(after.whole(site)))
        for name, site in [*((site, site) for site in before.sites), ("all sites", None)]
    ]
    moved = [f"{e(name)}: {charts.span(was)} → {charts.span(now)}" for name, was, now in scores if was != now]
    told = f"<p>Whole scores: {'; '.join(moved)}.</p>" if moved else "<p>No whole score moves.</p>"
    return f'<div class="shown" aria-live="polite"><h3>What if</h3><ul>{made}</ul>{table}{told}</div>'


def costs(found: Economics) -> str:
    """Break-even of owned, reserved and rented accelerators, and what idle ones cost, each with its prices' source."""
    told = [one.figure.text for one in (*found.idle, *found.break_evens)]
    lines = "".join(f"<li>{e(one)}</li>" for one in told)
    return f'<div class="shown"><h3>Costs</h3><ul>{lines}</ul></div>' if told else ""


def compared(name: str, lines: Sequence[str]) -> str:
    """What is otherwise since a snapshot."""
    told = "".join(f"<li>{e(one)}</li>" for one in lines)
    body = f"<ul>{told}</ul>" if told else "<p>Nothing changed.</p>"
    return f'<div class="shown" aria-live="polite"><h3>Since {e(name)}</h3>{body}</div>'


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _n(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.3g}"
