"""The door to work in the background."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from advisor.api.auth import Caller
from advisor.api.paging import Cursor, Limit, page
from advisor.api.problems import errors
from advisor.api.wire import JobList
from advisor.engine import Advisor
from advisor.errors import NotFoundError
from advisor.job import Job

Identity = Annotated[str, Path(pattern="^job_[0-9a-f]{16}$", description="As the job gives it.")]


def router(advisor: Advisor) -> APIRouter:
    """`/v1/jobs…`."""
    routes = APIRouter(prefix="/v1/jobs", tags=["jobs"])

    @routes.get("", responses=errors(422))
    def jobs(who: Caller, limit: Limit = 100, cursor: Cursor = None) -> JobList:
        """The caller's jobs, newest first; an admin's also those of others. Those that are over go with the server."""
        listed = advisor.jobs.seen(who)
        shown, following = page(listed, _newest_first, limit, cursor)
        return JobList(jobs=tuple(shown), next=following)

    @routes.get("/{identity}", responses=errors(404, 422))
    def job(identity: Identity, who: Caller) -> Job:
        """A job as it stands."""
        return _known(advisor.jobs.find(identity, who), identity)

    @routes.delete("/{identity}", status_code=202, responses=errors(404, 422))
    def cancel(identity: Identity, who: Caller) -> Job:
        """End a job; what came in with it goes. One that is writing its result may be done first."""
        return _known(advisor.jobs.cancel(identity, who), identity)

    return routes


def _newest_first(one: Job) -> str:
    return f"{10**17 - int(one.created.timestamp() * 1e6):018d}{one.id}"


def _known(found: Job | None, identity: str) -> Job:
    if found is None:
        raise NotFoundError(f"There is no job {identity}.")
    return found
