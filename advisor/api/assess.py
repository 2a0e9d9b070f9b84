"""The door to readiness: verdicts, gaps with their proof, scores, and what a change would make of them."""

from __future__ import annotations

from fastapi import APIRouter

from advisor.api.auth import Caller
from advisor.engine import Advisor
from advisor.errors import InventoryError
from advisor.readiness import assessed
from advisor.readiness.wire import AssessRequest, AssessResponse, respond
from index.document import Label


def assessed_for(advisor: Advisor, body: AssessRequest, clearance: Label) -> AssessResponse:
    """Raises InventoryError without feeds, QuestionError for what is unknown."""
    inventory = advisor.estate.inventory(clearance)
    if inventory is None:
        raise InventoryError("No inventory has been imported: run `advisor inventory import PATH…`.")
    found = assessed.of(inventory)
    supposed = assessed.suppose(found, body.what_if) if body.what_if else None
    return respond(supposed.after if supposed else found, workload=body.workload, site=body.site, supposed=supposed)


def router(advisor: Advisor) -> APIRouter:
    """`/v1/assess`."""
    routes = APIRouter(prefix="/v1/assess", tags=["readiness"])

    @routes.post("")
    def assess(body: AssessRequest, who: Caller) -> AssessResponse:
        """Requirement minus inventory: verdicts, constraints in order, scores, evidence; 422 says what is unknown."""
        return assessed_for(advisor, body, who.sees(body.clearance))

    return routes
