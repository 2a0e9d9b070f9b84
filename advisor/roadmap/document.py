"""The published form of a roadmap: what `advisor roadmap -o x.json` writes, `POST /v1/roadmap` answers, exports read.

Everything a reader sees is a `Claim` (one sentence, bullet or table row) with a verdict and the ids of its evidence;
ids point into `Roadmap.evidence`, which also holds what figures and findings were computed from.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from advisor.answer import Claim, Evidence, Receipt
from advisor.errors import SchemaError
from index.document import Label

SCHEMA_VERSION = "1.1"

Tone = Literal["neutral", "board", "engineer"]
Length = Literal["brief", "standard", "full"]
LimitName = Literal["horizon", "budget", "power", "headcount"]
Horizon = Literal["0-3 months", "3-12 months", "12-24 months", "after 24 months"]
Picture = Literal["gantt", "heat map"]
Kind = Literal["quick win", "foundation", "strategic step"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Options(_Model):
    """What the caller asks for. Limits that are not given do not bind."""

    horizon_months: int = Field(24, ge=3, le=60, description="How far the plan reaches.")
    budget: float | None = Field(None, ge=0, le=1e12, description="Most that they all may cost, in `currency`.")
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="ISO 4217 code of the budget.")
    power_kw: float | None = Field(None, ge=0, le=1e7, description="Facility power that initiatives may add, in kW.")
    headcount: float | None = Field(None, gt=0, le=1e5, description="People who may work on them at the same time.")
    start: date | None = Field(None, description="First day of the plan. Default: the Monday after the newest feed.")
    tone: Tone = Field(
        "neutral",
        description="For whom: board says consequence, money, date and who answers; engineer says findings, "
        "arithmetic, dependencies and acceptance; neutral says a part of each.",
    )
    length: Length = Field(
        "standard", description="brief: the gravest only, no reasons; full: reasons, counterparts and every finding."
    )
    section: str | None = Field(None, description="Only this section, by id.")


class Row(_Model):
    """A row of a table; the row as a whole is a claim about its evidence."""

    cells: tuple[str, ...]
    evidence: tuple[str, ...] = ()


class Block(_Model):
    """A paragraph, a list or a table."""

    id: str = Field(description="Stable within the section, e.g. `storage.2`: locked blocks are found again by it.")
    kind: Literal["paragraph", "bullets", "table"]
    heading: str = Field("", description="Subheading above the block, or the caption of a table.")
    claims: tuple[Claim, ...] = Field((), description="Sentences of a paragraph, or one a bullet.")
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    picture: Picture | None = Field(None, description="What exports with pages draw of a table.")
    locked: bool = Field(False, description="Edited by a person: kept as it is when the section is drafted anew.")


class Section(_Model):
    id: str
    number: str = Field("", description='"1" to "6" for the numbered sections, else empty.')
    title: str
    blocks: tuple[Block, ...]


class Range(_Model):
    """A range with what it was computed from."""

    low: float
    high: float
    unit: str
    arithmetic: str = Field(description='E.g. "15.0 GB/s × 14,254 USD a year".')
    evidence: tuple[str, ...]


class Kpi(_Model):
    """How success is told: from where, to where, by when."""

    name: str
    unit: str
    baseline: float | None = Field(description="None: not measured yet, measuring it is the first step.")
    target: float | None
    due: date | None = Field(description="End of the initiative; none when it falls outside the plan.")
    evidence: tuple[str, ...]


class Initiative(_Model):
    id: str = Field(description="`I1`, `I2` …, in order of the plan.")
    key: str = Field(description="The same from one roadmap to the next, e.g. `storage-throughput@Frankfurt`.")
    title: str
    dimension: str
    site: str | None = Field(description="None: the whole organisation.")
    kind: Kind
    what: Claim
    why: tuple[str, ...] = Field(description="Ids of the findings it comes from; never empty.")
    workloads: tuple[str, ...]
    severity: float = Field(description="0-1: how far the worst finding is from its need, blocking ones above 0.5.")
    owner_role: str
    effort: Range = Field(description="Person-weeks.")
    people: float = Field(description="People who work on it at the same time.")
    duration_weeks: int
    cost: Range | None = Field(description="None: no feed and no catalogued price tells; see `open_questions`.")
    power_kw: float = Field(description="Facility power it adds; below zero when it saves some.")
    depends_on: tuple[str, ...] = Field(description="Ids of initiatives that must be finished before.")
    kpi: Kpi
    energy: Claim = Field(description="Its energy counterpart.")
    enablement: Claim = Field(description="Its enablement counterpart: who learns what.")
    risk: Claim
    label: Label


class Slot(_Model):
    """When an initiative runs."""

    initiative: str
    start: date
    end: date
    horizon: Horizon
    evidence: tuple[str, ...]


class Outside(_Model):
    """An initiative that the limits leave out."""

    initiative: str
    limit: LimitName
    reason: Claim


class Limit(_Model):
    """A limit of the plan, how much of it is used, and whether relaxing it would change the plan."""

    name: LimitName
    allowed: float | None
    used: float
    unit: str
    binds: bool
    statement: Claim


class Schedule(_Model):
    start: date
    end: date
    slots: tuple[Slot, ...]
    outside: tuple[Outside, ...]
    limits: tuple[Limit, ...]
    proof: Claim = Field(
        description="Whether the plan is proven the best within the limits, or by how much it may fail."
    )


class Question(_Model):
    """What the feeds could not tell, who would know, and which initiative waits for it."""

    text: Claim
    who: str
    settles: tuple[str, ...] = Field((), description="Ids of initiatives that it bears on.")


class Cell(_Model):
    """A score of a dimension at a site, as a range: unknown is neither good nor bad."""

    dimension: str
    site: str
    low: float | None = Field(description="0-1; none: nothing was asked.")
    high: float | None


class Scorecard(_Model):
    dimensions: tuple[str, ...]
    sites: tuple[str, ...]
    cells: tuple[Cell, ...]


class Roadmap(_Model):
    schema_version: str = SCHEMA_VERSION
    title: str
    organisation: str
    as_of: date | None = Field(description="Date of the newest feed.")
    generation: str
    clearance: Label = Field(description="Made for readers of this clearance: nothing above it was read.")
    label: Label = Field(description="Classification of the whole: that of its most sensitive evidence.")
    options: Options
    sections: tuple[Section, ...]
    initiatives: tuple[Initiative, ...] = Field(description="In order of the plan; those outside it stand last.")
    schedule: Schedule
    risks: tuple[Claim, ...]
    assumptions: tuple[Claim, ...]
    open_questions: tuple[Question, ...]
    evidence: tuple[Evidence, ...] = Field(description="In order of first citation: reference [n] is the n-th.")
    scorecard: Scorecard
    writer: str
    receipt: Receipt = Field(description="Whether a language model took part, and what became of its sentences.")
    timings_ms: dict[str, float]


def json_schema() -> dict[str, Any]:
    """The JSON schema that `GET /v1/roadmap/schema` gives."""
    return Roadmap.model_json_schema()


def read(path: Path) -> Roadmap:
    """A roadmap from its JSON file. Raises SchemaError saying what is wrong with it."""
    try:
        return Roadmap.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaError(
            f"{path} is no roadmap in JSON ({error}): write one with `advisor roadmap -o FILE.json`."
        ) from error
