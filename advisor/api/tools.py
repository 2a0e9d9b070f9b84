"""What assistants can call: each tool with what it takes, and what it says in words and in JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from advisor.answer import Answer, Evidence, EvidenceLocator
from advisor.api.assess import assessed_for
from advisor.api.inventory import InventoryQuestion, measured, opened
from advisor.api.size import SizeBody, sized
from advisor.api.wire import Asked
from advisor.engine import Advisor
from advisor.question import MAX_CHARACTERS
from advisor.readiness.wire import AssessRequest
from advisor.roadmap import markdown
from advisor.roadmap.document import Options
from advisor.roadmap.service import draft
from index.document import Label

SCHEME = "advisor://documents/"


class SearchAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=MAX_CHARACTERS, examples=["checkpoint bandwidth"])
    k: int = Field(10, ge=1, le=100, description="How many passages.")
    clearance: Label | None = Field(None, description="See less than the key allows; never more.")


class RoadmapAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    options: Options = Field(default_factory=Options)
    organisation: str = Field("the organisation", min_length=1, max_length=200)
    clearance: Label | None = Field(None, description="See less than the key allows; never more.")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what it takes, and what makes (text, structured content) of it for a clearance."""

    description: str
    takes: type[BaseModel]
    run: Callable[[Advisor, Any, Label], tuple[str, dict[str, Any]]]


def _ask(advisor: Advisor, body: Asked, seen: Label) -> tuple[str, dict[str, Any]]:
    answer = advisor.ask(body.question, clearance=seen, k=body.k, history=body.history)
    return _with_sources(answer), answer.model_dump(mode="json")


def _search(advisor: Advisor, body: SearchAsked, seen: Label) -> tuple[str, dict[str, Any]]:
    found = advisor.search(body.query, clearance=seen, k=body.k)
    text = "\n\n".join(f"[{one.rank}] {_where(one.locator)}\n{one.text}" for one in found)
    return text or "Nothing was found.", {"passages": [one.model_dump(mode="json") for one in found]}


def _measure(advisor: Advisor, body: InventoryQuestion, seen: Label) -> tuple[str, dict[str, Any]]:
    said = measured(opened(advisor, seen), body)
    lines = [one["text"] for one in said.get("sentences", [])] + list(said.get("missing", []))
    return "\n".join(lines) or "This is not a question about the inventory.", said


def _size(advisor: Advisor, body: SizeBody, seen: Label) -> tuple[str, dict[str, Any]]:
    said = sized(body)
    return "\n".join(one["text"] for one in said["figures"]), said


def _assess(advisor: Advisor, body: AssessRequest, seen: Label) -> tuple[str, dict[str, Any]]:
    said = assessed_for(advisor, body, seen)
    lines = [f"{one.workload} at {one.site}: {one.status}" for one in said.verdicts]
    lines += [f"Bottleneck: {said.bottleneck.text}"] if said.bottleneck else []
    return "\n".join(lines) or "No workload was found.", said.model_dump(mode="json")


def _roadmap(advisor: Advisor, body: RoadmapAsked, seen: Label) -> tuple[str, dict[str, Any]]:
    made = draft(advisor.settings, body.options, clearance=seen, organisation=body.organisation)
    return markdown.render(made), made.model_dump(mode="json")


TOOLS = {
    "ask": Tool("Answer a question about AI infrastructure, each sentence with its evidence.", Asked, _ask),
    "search": Tool("Ranked passages of the guidance documents, without an answer.", SearchAsked, _search),
    "measure": Tool(
        "Figures and facts about the organisation's own estate (GPUs, storage, fabric, energy, spend).",
        InventoryQuestion,
        _measure,
    ),
    "size": Tool(
        "Accelerators, memory, bandwidth, power and cost for a model; give `text` or `request`.", SizeBody, _size
    ),
    "assess": Tool(
        "Readiness of the workloads: verdicts, binding constraints, smallest changes; `what_if` supposes changes.",
        AssessRequest,
        _assess,
    ),
    "roadmap": Tool("A strategy roadmap from the findings, with schedule and evidence.", RoadmapAsked, _roadmap),
}


def _with_sources(answer: Answer) -> str:
    listed = [f"[{number}] {_reference(one)}" for number, one in enumerate(answer.evidence, 1)]
    return "\n\n".join([answer.answer, *(["Sources:\n" + "\n".join(listed)] if listed else []), *answer.missing])


def _reference(evidence: Evidence) -> str:
    where = evidence.locator
    if where.path is not None:
        return f"{_where(where)} <{SCHEME}{evidence.id.replace(':', '/')}>"
    if where.feed is not None:
        return f"{where.feed}, row {where.row}, column {where.column}: {evidence.text}"
    return f"{where.formula}: {evidence.text}"


def _where(where: EvidenceLocator) -> str:
    return f"{where.document} ({where.path}, characters {where.start}–{where.end})"
