"""Candidate questions about one's own estate, with answers worked out of its feeds; each waits for a person's review.

Figures are those of the measures' own SQL, and verdicts those of the assessment: what such a question tests is whether
it is read, routed and answered with them, not the SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.inventory.inventory import Inventory
from advisor.measures import catalogue as catalogues
from advisor.measures.catalogue import Catalogue, Measure
from advisor.measures.compute import Group, aggregate
from advisor.readiness import assessed
from advisor.readiness.assessment import Verdict
from evals.case import Case
from evals.drafting import numbered, taken
from index.document import Label

_STARTS = {"ready": "Yes", "ready with gaps": "Yes", "not ready": "No", "cannot determine": "Cannot determine"}
SITE = "site"


def draft(inventory: Inventory, count: int) -> list[Case]:
    """At most `count` questions, the same every time for the same feeds: counts, sums, extremes, readiness, and what no
    feed tells."""
    catalogue = catalogues.load()
    kinds: dict[str, list[Case]] = {}
    for measure in catalogue.measures:
        if (
            not measure.currency
            and (measure.additive or not measure.counts)
            and SITE in catalogue.dimensions_of(measure)
        ):
            for case in _of_measure(measure, inventory, catalogue):
                kinds.setdefault(case.kind, []).append(case)
    kinds["readiness"] = list(_readiness(inventory))
    return numbered("e", taken(list(kinds.values()), count))


def _of_measure(measure: Measure, inventory: Inventory, catalogue: Catalogue) -> Iterator[Case]:
    groups = [one for one in aggregate(inventory, catalogue, measure, {}, (SITE,)) if one.key[0] and one.rows]
    known = [one for one in groups if _whole(one)]
    for one in known[:2] if measure.unit != SITE else ():
        yield _case("count" if measure.counts else "figure", _at(measure, str(one.key[0])), one, measure)
    total = [one for one in aggregate(inventory, catalogue, measure, {}) if _whole(one)]
    if measure.additive and total and len(groups) > 1:
        asked = (
            f"How many {measure.title} do we have in total?"
            if measure.counts
            else f"What is our total {measure.title}?"
        )
        yield _case("sum", asked, total[0], measure)
    if len(known) > 1 and not any(0 < one.known < one.rows for one in groups):  # which might be the highest
        best = sorted(known, key=lambda one: -(one.value or 0.0))
        if best[0].value != best[1].value:
            most = "most" if measure.counts else "highest"
            yield _case("extreme", f"Which site has the {most} {measure.title}?", best[0], measure, str(best[0].key[0]))
    for one in groups:
        if not one.known and not measure.counts:
            asked = _at(measure, str(one.key[0]))
            yield _drafted("unknown", asked, f"no feed tells it: {measure.definition}", one.label, answerable=False)
            break


def _whole(one: Group) -> bool:
    """Whether every row has what the measure needs: a figure with unknowns is told with them, and not drafted."""
    return one.value is not None and one.rows == one.known


def _at(measure: Measure, site: str) -> str:
    return f"How many {measure.title} are at {site}?" if measure.counts else f"What is the {measure.title} at {site}?"


def _case(kind: str, question: str, one: Group, measure: Measure, *names: str) -> Case:
    as_of = f", as of {one.as_of:%Y-%m-%d}" if one.as_of else ""
    assert one.value is not None
    value = f"{one.value:,.4f}".rstrip("0").rstrip(".")
    rows = f"{one.rows} row{'' if one.rows == 1 else 's'} of the feeds"
    source = f"{measure.title}: {value} {one.unit}, from {rows}{as_of}. {measure.definition}"
    return _drafted(kind, question, source, one.label, names=names, numbers=(one.value,))


def _readiness(inventory: Inventory) -> Iterator[Case]:
    found = assessed.of(inventory)
    for workload in found.workloads:
        if workload.site in found.estate.sites:
            yield _ready(found.verdict(workload.name))


def _ready(one: Verdict) -> Case:
    binding = one.constraints[:1] if one.status == "not ready" else ()
    told = "; ".join(gap.text for gap in binding) or one.status
    names = (one.site, *(gap.check.name for gap in binding))
    asked = f"Is {one.workload.name} ready at {one.site}?"
    return _drafted(
        "readiness", asked, f"the assessment: {told}", Label.RESTRICTED, starts=_STARTS[one.status], names=names
    )


def _drafted(
    kind: str, question: str, source: str, label: Label, *, answerable: bool = True, starts: str = "",
    names: Sequence[str] = (), numbers: Sequence[float] = (),
) -> Case:  # fmt: skip
    return Case(
        id="-", question=question, kind=kind, answerable=answerable, starts=starts, names=tuple(names),
        numbers=tuple(numbers), reviewed=False, source=source, label=label,
    )  # fmt: skip
