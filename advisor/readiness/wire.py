"""An assessment as it goes over the wire: verdicts, gaps, scores, placement, evidence, differences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from advisor.answer import Evidence
from advisor.readiness import breakeven
from advisor.readiness.assessed import Assessed, WhatIf
from advisor.readiness.assessment import WHOLE, Gap, Range, Verdict
from advisor.readiness.breakeven import BreakEven
from advisor.readiness.findings import Proof, evidence
from advisor.readiness.rubric import DIMENSIONS
from index.document import Label


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True)


class AssessRequest(BaseModel):
    """What to assess."""

    model_config = ConfigDict(extra="forbid")

    workload: str | None = Field(None, min_length=1, max_length=200, description="Only this one, with its placement.")
    site: str | None = Field(None, min_length=1, max_length=200, description="Only there.")
    what_if: str | None = Field(
        None, max_length=2000, description="Changes.", examples=["add 16 H100 in Oslo; fabric Frankfurt 400 Gb/s"]
    )
    clearance: Label | None = Field(None, description="See less than the server allows; never more.")


class Score(_Wire):
    """A score between unknown counted as 0 and unknown counted as the rest."""

    low: float
    high: float


class Scores(_Wire):
    site: str | None = Field(description="Null: all sites.")
    dimensions: dict[str, Score | None] = Field(description="Null: nothing was asked.")
    whole: Score | None


class GapWire(_Wire):
    finding: str = Field(description="Id of the finding in `evidence`.")
    check: str
    dimension: str
    blocks: bool
    workload: str
    site: str
    status: Literal["met", "not met", "cannot determine"]
    need: float | None
    have: float | None
    missing: float | None
    unit: str
    better: Literal["higher", "lower"]
    score: float | None = Field(description="Share of the need that is there, 0-1; null: cannot determine.")
    confidence: float = Field(description="Coverage, halved for each half-life of age, 0-1.")
    text: str
    change: str = Field(description="Smallest change that clears it; empty where there is none to make.")
    label: Label


class BreakEvenWire(_Wire):
    committed: Literal["owned", "reserved"]
    against: Literal["reserved", "on demand"]
    model: str
    utilisation: float = Field(description="Share of hours above which the committed way costs less; above 1: never.")
    committed_per_hour: float
    against_per_hour: float
    currency: str
    own_spend: bool = Field(description="Both prices are of the inventory's spend lines, none of the catalogue.")
    text: str
    figure: str = Field(description="Id of the figure in `evidence`.")


class IdleWire(_Wire):
    amount: float
    currency: str = Field(description="A currency, or one an hour.")
    text: str
    figure: str


class Placement(_Wire):
    place: Literal["on-premises", "reserved", "burst"]
    site: str | None
    reasons: tuple[str, ...]
    break_even_utilisation: float | None
    break_evens: tuple[BreakEvenWire, ...] = Field(description="For the accelerators the workload would use.")


class VerdictWire(_Wire):
    workload: str
    site: str
    priority: int
    kind: str | None
    status: Literal["ready", "ready with gaps", "not ready", "cannot determine"]
    constraints: tuple[GapWire, ...] = Field(description="Not met, the binding one first, then the next.")
    cannot_determine: tuple[GapWire, ...]
    met: tuple[GapWire, ...]
    placement: Placement | None = None


class ChangeWire(_Wire):
    measure: str
    site: str
    before: float | None
    after: float | None


class DifferenceWire(_Wire):
    workload: str
    site: str
    before: str
    after: str


class AssessResponse(_Wire):
    bottleneck: GapWire | None
    scores: tuple[Scores, ...]
    verdicts: tuple[VerdictWire, ...]
    changes: tuple[ChangeWire, ...] = ()
    differences: tuple[DifferenceWire, ...] = ()
    break_evens: tuple[BreakEvenWire, ...] = ()
    idle: tuple[IdleWire, ...] = Field((), description="What is paid for hours in which nothing runs.")
    evidence: tuple[Evidence, ...]


def respond(
    assessed: Assessed, *, workload: str | None = None, site: str | None = None, supposed: WhatIf | None = None
) -> AssessResponse:
    """The whole, or one workload or site. Raises QuestionError for a name that is not known."""
    verdicts = _chosen(assessed, workload, site)
    gaps = [gap for verdict in verdicts for gap in verdict.gaps]
    worst = assessed.result.bottleneck() if workload is None and site is None else None
    proofs = dict(zip(map(_key, gaps), assessed.prove(gaps), strict=True))
    scored, money = assessed.result.scores(), assessed.economics()
    sites = (None, *assessed.result.sites) if site is None else (site,)
    return AssessResponse(
        bottleneck=None if worst is None else _gap(worst, proofs),
        scores=tuple(_scores(one, scored.get(one, {})) for one in sites),
        verdicts=tuple(_verdict(one, assessed, proofs, placed=workload is not None) for one in verdicts),
        changes=tuple(
            ChangeWire(measure=one.measure, site=one.site, before=one.before, after=one.after)
            for one in (supposed.changes if supposed else ())
        ),
        differences=tuple(
            DifferenceWire(workload=one.workload, site=one.site, before=one.before, after=one.after)
            for one in (supposed.differences if supposed else ())
        ),
        break_evens=tuple(_break_even(one) for one in money.break_evens),
        idle=tuple(
            IdleWire(amount=one.amount, currency=one.currency, text=one.figure.text, figure=one.figure.id)
            for one in money.idle
        ),
        evidence=evidence(proofs.values(), *breakeven.proofs(money)),
    )


def _chosen(assessed: Assessed, workload: str | None, site: str | None) -> tuple[Verdict, ...]:
    if workload is not None:
        return (assessed.verdict(workload, site),)
    if site is not None:
        assessed.check_site(site)
    return tuple(one for one in assessed.result.verdicts if site is None or one.site == site)


def _key(gap: Gap) -> tuple[str, str, str]:
    return gap.check.name, gap.workload, gap.site


def _gap(gap: Gap, proofs: dict[tuple[str, str, str], Proof]) -> GapWire:
    return GapWire(
        finding=proofs[_key(gap)].finding.id,
        check=gap.check.name,
        dimension=gap.check.dimension,
        blocks=gap.check.blocks,
        workload=gap.workload,
        site=gap.site,
        status=gap.status,
        need=gap.need,
        have=gap.have,
        missing=gap.missing,
        unit=gap.check.unit,
        better=gap.check.better,
        score=gap.score,
        confidence=gap.confidence,
        text=gap.text,
        change=gap.change,
        label=gap.label,
    )


def _verdict(
    one: Verdict, assessed: Assessed, proofs: dict[tuple[str, str, str], Proof], *, placed: bool
) -> VerdictWire:
    advice = assessed.placement(one.workload.name) if placed else None
    return VerdictWire(
        workload=one.workload.name,
        site=one.site,
        priority=one.workload.priority,
        kind=one.workload.kind,
        status=one.status,
        constraints=tuple(_gap(gap, proofs) for gap in one.constraints),
        cannot_determine=tuple(_gap(gap, proofs) for gap in one.unknown),
        met=tuple(_gap(gap, proofs) for gap in one.gaps if gap.status == "met"),
        placement=None
        if advice is None
        else Placement(
            place=advice.place,
            site=advice.site,
            reasons=advice.reasons,
            break_even_utilisation=advice.break_even_utilisation,
            break_evens=tuple(_break_even(each) for each in advice.break_evens),
        ),
    )


def _break_even(one: BreakEven) -> BreakEvenWire:
    return BreakEvenWire.model_validate(
        {
            "committed": one.committed.way,
            "against": one.against.way,
            "model": one.model,
            "utilisation": one.utilisation,
            "committed_per_hour": one.committed.per_hour,
            "against_per_hour": one.against.per_hour,
            "currency": one.committed.currency,
            "own_spend": one.committed.own and one.against.own,
            "text": one.figure.text,
            "figure": one.figure.id,
        }
    )


def _scores(site: str | None, found: Mapping[str, Range]) -> Scores:
    return Scores(
        site=site,
        dimensions={name: _score(found.get(name)) for name in DIMENSIONS},
        whole=_score(found.get(WHOLE)),
    )


def _score(found: Range | None) -> Score | None:
    return None if found is None else Score(low=found.low, high=found.high)
