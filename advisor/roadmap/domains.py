"""The sections of the dimensions: networking and storage, observability, energy, talent, FinOps, security."""

from __future__ import annotations

from advisor.roadmap import playbook, words
from advisor.roadmap.document import Initiative, Section
from advisor.roadmap.material import Material, cites, merged, nothing
from advisor.roadmap.page import Page, Sentence
from advisor.roadmap.survey import Measured
from advisor.roadmap.telling import initiatives


def data_path(m: Material) -> Section:
    page = Page("network-storage", "Networking and storage", m.ledger, "3")
    page.paragraph(*m.guidance.reasons("Why fix network and storage before buying accelerators?", 1))
    for dimension in ("networking", "storage"):
        if m.of(dimension):
            initiatives(page, m, dimension, heading=words.capital(dimension))
        else:
            nothing(page, m, dimension, heading=words.capital(dimension))
    compute = m.of("compute")
    if compute:
        initiatives(page, m, "compute", heading="Compute, which follows")
        for one in compute:
            page.paragraph(_idle_first(m, one))
    return page.section()


def _idle_first(m: Material, one: Initiative) -> Sentence | None:
    """Idle accelerators at the place where more are asked for."""
    idle = m.measures.one("idle_gpu_count", one.site) if one.site else None
    if one.key.startswith("rented") and (paid := next((o for o in m.initiatives if o.key == "commitments"), None)):
        used = m.drafts[paid.key].worst
        text = (
            f"Before {one.id} is signed: {playbook.load().phrase(used.check)} stands at "
            f"{words.quantity(used.have or 0.0, used.unit)}, so what is paid is filled first and may make the "
            "order smaller."
        )
        return text, (used.figure, *cites(m, one))
    if idle is None or idle.value <= 0 or not one.key.startswith("accelerators"):
        return None
    text = (
        f"Before {one.id} is ordered: {words.quantity(idle.value, 'GPU')} at {one.site} stood idle when read, so "
        "reclaim comes first and may make the order smaller."
    )
    return text, (idle.id, *cites(m, one))


def observability(m: Material) -> Section:
    page = Page("observability", "Observability", m.ledger, "4")
    rows = []
    for site in m.findings.estate.sites:
        seen = m.measures.one("signal_coverage", site)
        if seen is not None:
            rows.append(((site, words.quantity(seen.value, "%")), (seen.id,)))
    page.table("Signals collected", ("Site", "Share of signals"), rows)
    page.paragraph(
        *m.guidance.reasons("What must GPU observability collect and why from day one?", 1 if m.brief else 2)
    )
    initiatives(page, m, "observability")
    if not m.of("observability"):
        nothing(page, m, "observability")
    return page.section()


_ENERGY = (("pue", "ratio"), ("renewable_share", "%"), ("grid_carbon", "gCO2e/kWh"), ("power_used_kw", "kW"),
           ("power_capacity_kw", "kW"))  # fmt: skip


def energy(m: Material) -> Section:
    page = Page("energy", "Energy and sustainability", m.ledger, "5")
    rows = []
    for site in m.findings.estate.sites:
        seen = [(m.measures.one(name, site), unit) for name, unit in _ENERGY]
        if any(one for one, _ in seen):
            cells = [words.quantity(one.value, unit) if one else "not known" for one, unit in seen]
            rows.append(((site, *cells), [one.id for one, _ in seen if one]))
    columns = ("Site", "PUE", "Renewable share", "Grid", "Power in use", "Power that can be delivered")
    page.table("Energy by site", columns, rows)
    page.paragraph(_dirtiest(m), *m.guidance.reasons("Why set sustainability targets inside the AI programme?", 1))
    initiatives(page, m, "energy")
    if not m.brief:
        page.bullets(*merged(m.initiatives, "energy", m.ledger), heading="Energy counterpart of each initiative")
    return page.section()


def _dirtiest(m: Material) -> Sentence | None:
    """The site where a kilowatt-hour of work weighs most: PUE and grid together."""
    weighed: list[tuple[float, str, Measured, Measured]] = []
    for site in m.findings.estate.sites:
        pue, grid = m.measures.one("pue", site), m.measures.one("grid_carbon", site)
        if pue and grid:
            weighed.append((pue.value * grid.value, site, pue, grid))
    if len(weighed) < 2:
        return None
    weighed.sort(key=lambda one: -one[0])
    (worst, where, pue, grid), (least, best, *others) = weighed[0], weighed[-1]
    text = (
        f"A kilowatt-hour of computing weighs {words.number(worst)} g of CO2 equivalent at {where} and "
        f"{words.number(least)} g at {best}, PUE and grid taken together: what can move should move."
    )
    return text, m.computed(
        "grid × PUE", worst, text, [pue.id, grid.id, *(o.id for o in others if isinstance(o, Measured))]
    )


def talent(m: Material) -> Section:
    page = Page("talent", "Talent and operating model", m.ledger, "6")
    short = [(key, one) for key, one in m.measures.by("skill_gap_people", "skill") if one.value > 0]
    short.sort(key=lambda pair: (-pair[1].value, pair[0]))
    page.table("Skills short of people", ("Skill", "Short of"),
               (((key, words.quantity(one.value, "person")), (one.id,)) for key, one in short))  # fmt: skip
    page.paragraph(*m.guidance.reasons("Which roles to hire, which to train and which to borrow?", 1 if m.brief else 2))
    initiatives(page, m, "talent")
    if not m.of("talent"):
        nothing(page, m, "talent")
    if not m.brief:
        page.bullets(
            *merged(m.initiatives, "enablement", m.ledger), heading="Enablement that goes with each initiative"
        )
    return page.section()


def finops(m: Material) -> Section | None:
    if not m.of("finops"):
        return None
    page = Page("finops", "FinOps", m.ledger)
    paid = m.measures.all("unused_commitment_cost")
    said = "Commitments that nobody used cost {} in the bills that were read."
    page.paragraph(
        *((said.format(words.quantity(one.value, one.unit)), (one.id,)) for one in paid if one.value > 0),
        *m.guidance.reasons("What is the largest lever in FinOps for AI?"),
    )
    initiatives(page, m, "finops")
    return page.section()


def security(m: Material) -> Section | None:
    if not m.of("security"):
        return None
    page = Page("security", "Security", m.ledger)
    page.paragraph(*m.guidance.reasons("Which controls protect model weights and training data first?"))
    initiatives(page, m, "security")
    return page.section()
