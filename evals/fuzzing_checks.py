"""What Schemathesis does not check of itself; it loads this module when `evals.fuzzing` starts it."""

from __future__ import annotations

import schemathesis
from schemathesis import Case, CheckContext, HookContext
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.openapi.checks import UseAfterFree
from schemathesis.transport.serialization import Binary

from advisor.api.problems import FORM

LATER = ("/v1/documents/{identity}", "/v1/jobs/{identity}")
FILES = ("/v1/documents", "/v1/inventory/feeds")


@schemathesis.check
def form_as_described(ctx: CheckContext, response: Response, case: Case) -> None:
    """A request that keeps to the description may be refused for what it means, never for its form."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in (400, 422):
        return
    said = response.json()
    faults = said.get("errors") or (said.get("error") or {}).get("code") == FORM
    assert not faults, f"refused for its form, though the form is as described: {said}"


@schemathesis.hook
def filter_body(context: HookContext, body: object) -> bool:
    """A part of a form that is a file is bytes, whatever it was made of: no other type can be sent in its place."""
    if context.operation is None or context.operation.path not in FILES or not isinstance(body, dict):
        return True
    files = body.get("files", [])
    return not isinstance(files, list) or all(isinstance(one, bytes | str | Binary) for one in files)


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """DELETE is 202 here: a document goes when the job has been done, a job is told as cancelled. Both can be read."""
    return not (isinstance(failure, UseAfterFree) and case.operation.path in LATER and case.method.upper() == "GET")
