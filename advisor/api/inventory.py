"""Doors to the estate: what was read, the measures, and questions about them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from advisor import feeding
from advisor.api.auth import Caller, Editor, caller
from advisor.api.documents import FILES
from advisor.api.paging import Cursor, IfNoneMatch, Limit, page, unchanged
from advisor.api.problems import errors
from advisor.api.wire import day
from advisor.engine import Advisor
from advisor.errors import InventoryError, UploadError
from advisor.inventory import quality
from advisor.inventory.inventory import Inventory
from advisor.job import Job
from advisor.measures.catalogue import load
from advisor.measures.query import answer_question
from advisor.question import MAX_CHARACTERS
from index.document import Label


class InventoryQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=MAX_CHARACTERS, examples=["How many H100s sit idle in Frankfurt?"])
    history: list[str] = Field(default_factory=list, max_length=50, description="Earlier questions, oldest first.")
    clearance: Label | None = Field(None, description="See less than the server allows; never more.")


# What the files do not say of themselves, as in feeds.yaml. An empty field of a form is one that is not given.
Said = Annotated[str, StringConstraints(max_length=200)] | SkipJsonSchema[None]
Day = Annotated[
    date,
    BeforeValidator(day),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "maxLength": 0}]}),
]


def opened(advisor: Advisor, clearance: Label) -> Inventory:
    """Raises InventoryError when nothing has been imported."""
    found = advisor.estate.inventory(clearance)
    if found is None:
        raise InventoryError("No inventory has been imported: run `advisor inventory import PATH…`.")
    return found


def measured(inventory: Inventory, body: InventoryQuestion) -> dict[str, Any]:
    """What the inventory says to a question, as JSON."""
    said = answer_question(body.question, inventory, body.history)
    if said is None:
        return {"about_estate": False}
    return {
        "about_estate": True,
        "status": said.status,
        "reading": said.reading,
        "ambiguous": said.ambiguous,
        "alternatives": said.alternatives,
        "clarify": said.clarify,
        "missing": said.missing,
        "definitions": said.definitions,
        "sentences": [{"text": one.text, "evidence": one.evidence} for one in said.sentences],
        "figures": [
            {"value": one.value, "unit": one.unit, **one.cite().model_dump(mode="json")} for one in said.figures
        ],
        "facts": [one.cite().model_dump(mode="json") for one in said.facts],
        "table": None
        if said.table is None
        else {"columns": said.table.columns, "rows": said.table.rows, "figures": said.table.figures},
    }


def router(advisor: Advisor) -> APIRouter:
    """`/v1/inventory…`."""
    routes = APIRouter(prefix="/v1/inventory", tags=["inventory"])

    @routes.get("", responses=errors(304, 422))
    def report(
        who: Caller,
        request: Request,
        response: Response,
        clearance: Annotated[Label | None, Query()] = None,
        limit: Limit = 1000,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
    ) -> dict[str, Any]:
        """Feeds that were read, coverage; in pages what is missing, duplicated, stale, contradictory or in doubt."""
        found = quality.report(opened(advisor, who.sees(clearance)), date.today())
        parts = {
            part: [{name: getattr(one, name) for name in one.__slots__} for one in getattr(found, part)]
            for part in ("feeds", "coverage", "problems")
        }
        numbered = [(f"{at:06}", one) for at, one in enumerate(parts["problems"])]
        shown, following = page(numbered, lambda one: one[0], limit, cursor)
        said = {
            "rule": {"name": found.rule, "text": found.rule_text},
            **parts,
            "problems": [one for _, one in shown],
            "count": len(numbered),
            "next": following,
        }
        unchanged(request, response, said)
        return said

    @routes.get("/measures", dependencies=[Depends(caller)], responses=errors(304))
    def measures(request: Request, response: Response, if_none_match: IfNoneMatch = None) -> list[dict[str, Any]]:
        """The catalogue: name, unit, definition, dimensions."""
        catalogue = load()
        listed = [one.model_dump() | {"dimensions": catalogue.dimensions_of(one)} for one in catalogue.measures]
        unchanged(request, response, listed)
        return listed

    @routes.post("/feeds", status_code=202, responses=errors(403, 409, 413, 422, 429, 507))
    def feeds(
        who: Editor,
        response: Response,
        files: Annotated[
            list[UploadFile], File(min_length=1, max_length=FILES, description="Up to 20 files, formats are detected.")
        ],
        label: Annotated[Label, Form(description="Of every row without one; at most the caller's clearance.")],
        as_of: Annotated[
            Day | SkipJsonSchema[None], Form(description="When they were taken, if they do not say so.")
        ] = None,
        site: Annotated[Said, Form(description="Of every row without one.")] = None,
        cluster: Annotated[Said, Form(description="Of every row without one.")] = None,
        node: Annotated[Said, Form(description="Of an nvidia-smi export.")] = None,
        storage: Annotated[Said, Form(description="That a fio run measured.")] = None,
        fabric: Annotated[Said, Form(description="That an nccl-tests run measured.")] = None,
        provider: Annotated[Said, Form(description="Of the rows.")] = None,
    ) -> Job:
        """Import feeds in the background; one of the same name and label is replaced."""
        if len(files) > FILES:
            raise UploadError(f"At most {FILES} files at once: these are {len(files)}.")
        given = {
            "as_of": as_of.isoformat() if as_of else None, "site": site, "cluster": cluster, "node": node,
            "storage": storage, "fabric": fabric, "provider": provider,
        }  # fmt: skip
        told = {name: value for name, value in given.items() if value}
        job = feeding.add_feeds(advisor, who, [(one.filename or "", one.file) for one in files], label, told)
        response.headers["Location"] = f"/v1/jobs/{job.id}"
        return job

    @routes.post("/query")
    def query(body: InventoryQuestion, who: Caller) -> dict[str, Any]:
        """Figures, facts and the table for a question about the estate; `about_estate` false when it is not one."""
        return measured(opened(advisor, who.sees(body.clearance)), body)

    return routes
