"""What sections are written from, and the paragraphs that several of them share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from advisor.answer import Claim
from advisor.evidence import Figure
from advisor.roadmap import words
from advisor.roadmap.document import Initiative, Options, Question, Schedule, Section, Slot
from advisor.roadmap.findings import Findings, Found, rank
from advisor.roadmap.guidance import Guidance
from advisor.roadmap.initiative import Draft
from advisor.roadmap.ledger import Ledger
from advisor.roadmap.page import Page
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
    questions: tuple[Question, ...]

    def of(self, *dimensions: str) -> list[Initiative]:
        return sorted((one for one in self.initiatives if one.dimension in dimensions), key=lambda one: -one.severity)

    @property
    def gaps(self) -> list[Found]:
        return sorted((*self.findings.gaps, *self.survey), key=rank)

    @property
    def brief(self) -> bool:
        return self.options.length == "brief"

    @property
    def full(self) -> bool:
        return self.options.length == "full"

    def slot_of(self, one: Initiative) -> Slot | None:
        return next((slot for slot in self.schedule.slots if slot.initiative == one.id), None)

    def slot(self, one: Initiative) -> tuple[str, ...]:
        """Evidence of its place in time."""
        slot = self.slot_of(one)
        return slot.evidence if slot else ()

    def horizon(self, one: Initiative) -> str:
        slot = self.slot_of(one)
        return slot.horizon if slot else ""

    def outside(self, one: Initiative) -> Claim:
        """Why it is not in the plan."""
        return next(left.reason for left in self.schedule.outside if left.initiative == one.id)

    def titled(self, one: Initiative) -> tuple[str, ...]:
        """Evidence of its title: the play's words and the findings that fill them in."""
        draft = self.drafts[one.key]
        return (*self.ledger.add(draft.play.fact("title")), *draft.evidence)

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
        ones.sort(key=lambda one: int(one.id[1:]))
        ids = tuple(dict.fromkeys(part for one in ones for part in getattr(one, column).evidence))
        said = f"{words.listed((one.id for one in ones), 20)}: {text}"
        figure = Figure("initiatives", len(ones), "", "initiatives", said, ids, None, ledger.label(ids))
        claims.append(ledger.claim(said, (*ledger.add(figure), *ids)))
    return tuple(claims)


def cites(m: Material, one: Initiative) -> tuple[str, ...]:
    """Evidence of a line that names it: where it stands in time, then its title."""
    return (*m.slot(one), *m.titled(one))


def nothing(page: Page, m: Material, dimension: str, heading: str = "") -> None:
    """What is said of a dimension in which nothing is to be done."""
    unknown = [one for one in m.findings.unknown if one.dimension == dimension]
    if unknown:
        where = words.listed(one.site or "" for one in unknown)
        text = f"Whether {dimension} at {where} carries its workloads cannot be said: no feed gives it."
        page.paragraph((text, (one.id for one in unknown)), heading=heading)
        return
    text = f"In {dimension} nothing that the workloads need is missing, as far as the feeds tell."
    inputs = [part for cells in m.findings.cells.values() for part in cells]
    page.paragraph((text, m.computed("no gap", 0, text, inputs)), heading=heading)


def listing(identity: str, title: str, claims: Sequence[Claim], ledger: Ledger) -> Section:
    page = Page(identity, title, ledger)
    page.bullets(*claims)
    return page.section()
