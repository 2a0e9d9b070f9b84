"""GET /metrics for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from advisor.api.auth import caller
from advisor.api.problems import errors, problem
from advisor.engine import Advisor
from advisor.telemetry import CONTENT_TYPE


def router(advisor: Advisor) -> APIRouter:
    made = APIRouter()
    advisor.telemetry.count()

    @made.get("/metrics", response_class=Response, responses=errors(401, 404), dependencies=[Depends(caller)])
    def metrics() -> Response:
        """Answers, times, tokens and verdicts in the text format of Prometheus."""
        text = advisor.telemetry.metrics()
        if text is None:
            return problem(404, "Metrics need `pip install 'infra-advisor[telemetry]'`.")
        return Response(text, media_type=CONTENT_TYPE)

    return made
