"""What sections are written from, and the paragraphs that several of them share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from advisor.answer import Claim
from advisor.evidence import Figure
from advisor.roadmap import playbook, words
from advisor.roadmap.document import Initiative, Options, Schedule, Section
from advisor.roadmap.findings import Findings, Found, rank
from advisor.roadmap.guidance import Guidance
from advisor.roadmap.initiative import Draft
from advisor.roadmap.ledger import Ledger
from advisor.roadmap.page import Page, Sentence
from advisor.roadmap.survey import Measures
from index.document import Label


@dataclass(frozen=True, slots=True)
class Material:
    """What the sections are written from."""

    organisation: str
    options: Options
    findings: Findings
    survey: tuple[Found, ...]
    drafts: dict[str, Draft]  # by key of the initiative
    initiatives: tuple[Initiative, ...]
    schedule: Schedule
    measures: Measures
    guidance: Guidance
    ledger: Ledger
    risks: tuple[Claim, ...]
    assumptions: tuple[Claim, ...]
    questions: tuple[Claim, ...]

    def of(self, *dimensions: str) -> list[Initiative]:
        return sorted((one for one in self.initiatives if one.dimension in dimensions), key=lambda one: -one.severity)

    @property
    def gaps(self) -> list[Found]:
        return sorted((*self.findings.gaps, *self.survey), key=rank)

    @property
    def brief(self) -> bool:
        return self.options.length == "brief"

    def slot(self, one: Initiative) -> tuple[str, ...]:
        return next((slot.evidence for slot in self.schedule.slots if slot.initiative == one.id), ())

    def say(self, neutral: str, direct: str, formal: str) -> str:
        return {"neutral": neutral, "direct": direct, "formal": formal}[self.options.tone]

    def computed(self, name: str, value: float, text: str, inputs: Iterable[str]) -> tuple[str, ...]:
        """A count or sum of this roadmap as evidence."""
        ids = tuple(dict.fromkeys(inputs))
        label = self.ledger.label(ids) if ids else Label.INTERNAL
        return self.ledger.add(Figure(name, value, "", name, text, ids, None, label))


def merged(found: Sequence[Initiative], column: str, ledger: Ledger) -> tuple[Claim, ...]:
    """A sentence of each initiative, said once for those that share it."""
    groups: dict[str, list[Initiative]] = {}
    for one in found:
        groups.setdefault(getattr(one, column).text, []).append(one)
    claims = []
    for text, ones in groups.items():
        ids = tuple(dict.fromkeys(part for one in ones for part in getattr(one, column).evidence))
        said = f"{words.listed((one.id for one in ones), 20)}: {text}"
        figure = Figure("initiatives", len(ones), "", "initiatives", said, ids, None, ledger.label(ids))
        claims.append(ledger.claim(said, (*ledger.add(figure), *ids)))
    return tuple(claims)


_LINKS = ("It comes from", "Behind it stand", "The case rests on", "What asks for it is")


def initiatives(page: Page, m: Material, dimension: str, heading: str = "") -> None:
    """A paragraph for each initiative of a dimension: what, why, when, how success is told, cost, risk."""
    for position, one in enumerate(m.of(dimension)[: 2 if m.brief else 12]):
        draft = m.drafts[one.key]
        sentences: list[Sentence | None] = [one.what]
        if len(one.workloads) > 1:
            link = _LINKS[(position + len(dimension)) % len(_LINKS)]
            names = words.listed(one.workloads)
            counted = words.counted(one.why, "finding")
            proof = m.computed("findings", len(one.why), counted, one.why)
            sentences.append((f"{link} {counted}, for {names}.", (*draft.evidence, *proof)))
        sentences.append(_when(m, one))
        sentences.append(_success(m, one))
        if not m.brief:
            sentences += [*m.guidance.reasons(draft.play.guidance, 2 if m.options.length == "full" else 1)]
            sentences.append(_price(m, one))
            sentences.append(one.risk)
        page.paragraph(*sentences, heading=heading if position == 0 else "")


def _when(m: Material, one: Initiative) -> Sentence:
    slot = next((s for s in m.schedule.slots if s.initiative == one.id), None)
    if slot is None:
        return next(o.reason for o in m.schedule.outside if o.initiative == one.id)
    waits = f", after {words.listed(one.depends_on)}" if one.depends_on else ""
    text = (
        f"{one.id} runs from {words.month(slot.start)} to {words.month(slot.end)}{waits}; "
        f"the {one.owner_role if m.options.tone == 'formal' else _role(one.owner_role)} answers for it."
    )
    before = [part for s in m.schedule.slots if s.initiative in one.depends_on for part in s.evidence]
    return text, (*slot.evidence, *before)


def _role(name: str) -> str:
    """ "head of AI platform", "FinOps lead": only a plain first word is lowered."""
    first, _, rest = name.partition(" ")
    return f"{first.lower() if first[1:].islower() else first} {rest}".strip()


def _success(m: Material, one: Initiative) -> Sentence | None:
    kpi = one.kpi
    if kpi.baseline is None or kpi.target is None or kpi.due is None or kpi.unit == "yes":
        return None
    where = f" at {one.site}" if one.site else ""
    text = (
        f"Measure of success: {kpi.name}{where}, from {words.quantity(kpi.baseline, kpi.unit)} "
        f"{'up' if kpi.target > kpi.baseline else 'down'} to {words.quantity(kpi.target, kpi.unit)} "
        f"by {words.day(kpi.due)}."
    )
    return text, kpi.evidence


def _price(m: Material, one: Initiative) -> Sentence:
    draft = m.drafts[one.key]
    if one.cost is None:
        text = f"What {one.id} costs is not known, by feed or catalogue: quotations are the first step."
        return text, (*m.computed("no price", 0, text, draft.evidence),)
    if one.cost.high == 0:
        text = f"It needs no purchase, only {words.span(one.effort.low, one.effort.high, 'person-week')} of work."
        return text, (*one.effort.evidence, *one.cost.evidence)
    bought = one.cost.arithmetic.partition(", rounded")[0]
    basis = "at the rate of your own bills" if draft.rented else playbook.prices()[draft.play.price].basis
    text = (
        f"It costs {words.span(one.cost.low, one.cost.high, one.cost.unit)} {basis} ({bought}) and "
        f"{words.span(one.effort.low, one.effort.high, 'person-week')} of work."
    )
    return text, (*one.cost.evidence, *one.effort.evidence)


def cites(m: Material, one: Initiative) -> tuple[str, ...]:
    draft = m.drafts[one.key]
    title = draft.play.fact("title")
    return (*m.slot(one), *draft.evidence, *m.ledger.add(title))


def nothing(page: Page, m: Material, dimension: str) -> None:
    unknown = [one for one in m.findings.unknown if one.dimension == dimension]
    if unknown:
        where = words.listed(one.site or "" for one in unknown)
        text = f"Whether {dimension} at {where} carries its workloads cannot be said: no feed gives it."
        page.paragraph((text, (one.id for one in unknown)), heading=words.capital(dimension))
        return
    text = f"In {dimension} nothing that the workloads need is missing, as far as the feeds tell."
    inputs = [part for cells in m.findings.cells.values() for part in cells]
    page.paragraph((text, m.computed("no gap", 0, text, inputs)), heading=words.capital(dimension))


def listing(identity: str, title: str, claims: Sequence[Claim], ledger: Ledger) -> Section:
    page = Page(identity, title, ledger)
    page.bullets(*claims)
    return page.section()
