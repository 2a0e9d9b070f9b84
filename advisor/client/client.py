"""Every route of the API as a method."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import BaseModel

from advisor.answer import Answer, Claim, Evidence, Retrieved
from advisor.api.wire import DocumentCard, DocumentList, DocumentText, Found, JobList
from advisor.client import errors
from advisor.job import Job
from advisor.readiness.wire import AssessResponse
from advisor.roadmap.document import Options, Roadmap
from index.document import Label

File = Path | tuple[str, bytes]  # a file of this machine, or a name and what is in it
_WAIT_S = 0.2  # between two looks at a job
_LONGEST_S = 30.0  # that a retry waits


class Notice(BaseModel):
    """Something the reader should know about how an answer comes about."""

    code: str
    text: str


class Client:
    """One server and one key. Methods raise `ApiError`; close it, or use it as a context manager.

    `clearance` on a method asks for less than the key allows. Requests that the server tells to come again (429, 503
    with Retry-After) are sent again up to `retries` times, where that can do no harm.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout_s: float = 120.0,
        retries: int = 2,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s, transport=transport)
        self._retries = retries

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def ask(
        self, question: str, *, history: Sequence[str] = (), k: int | None = None, clearance: Label | None = None
    ) -> Answer:
        """The verified answer."""
        body = {"question": question, "history": list(history), "k": k, "clearance": clearance}
        return Answer.model_validate(self._json("POST", "/v1/ask", json=body, again=True))

    def stream(
        self, question: str, *, history: Sequence[str] = (), k: int | None = None, clearance: Label | None = None
    ) -> Iterator[Evidence | Claim | Notice | Answer]:
        """What the answer stands on and says, as it comes about; at last the whole answer."""
        body = {"question": question, "history": list(history), "k": k, "clearance": clearance, "stream": True}
        kinds: dict[str, type[Evidence] | type[Claim] | type[Notice] | type[Answer]] = {
            "evidence": Evidence,
            "claim": Claim,
            "notice": Notice,
            "answer": Answer,
        }
        for name, data in self._events("/v1/ask", body):
            if name == "error":
                raise errors.Unavailable(str(json.loads(data)["detail"]))
            if name in kinds:
                yield kinds[name].model_validate_json(data)

    def search(self, query: str, *, k: int = 10, clearance: Label | None = None) -> tuple[Retrieved, ...]:
        """Ranked passages alone."""
        said = self._json("GET", "/v1/search", params={"q": query, "k": k, "clearance": clearance})
        return Found.model_validate(said).passages

    def documents(self, *, clearance: Label | None = None, page: int = 1000) -> Iterator[DocumentCard]:
        """Every document the key may see, by path."""
        cursor = None
        while True:
            params = {"clearance": clearance, "limit": page, "cursor": cursor}
            listed = DocumentList.model_validate(self._json("GET", "/v1/documents", params=params))
            yield from listed.documents
            cursor = listed.next
            if cursor is None:
                return

    def document(self, identity: str, start: int = 0, end: int | None = None) -> DocumentText:
        """The stored text of a document at a span."""
        said = self._json("GET", f"/v1/documents/{identity}", params={"start": start, "end": end})
        return DocumentText.model_validate(said)

    def upload(self, *files: File, label: Label | None = None) -> Job:
        """Hand files over; the job tells what becomes of them. Sent again after a cut, they are taken once."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        data = {"label": label.value} if label else {}
        return self._job("POST", "/v1/documents", files=_parts(files), data=data, headers=headers, again=True)

    def relabel(self, identity: str, label: Label) -> Job:
        """Give an uploaded document another label."""
        return self._job("PATCH", f"/v1/documents/{identity}", json={"label": label})

    def delete(self, identity: str) -> Job:
        """Take an uploaded document away."""
        return self._job("DELETE", f"/v1/documents/{identity}")

    def jobs(self, *, page: int = 100) -> Iterator[Job]:
        """The jobs the key may see, newest first."""
        cursor = None
        while True:
            listed = JobList.model_validate(self._json("GET", "/v1/jobs", params={"limit": page, "cursor": cursor}))
            yield from listed.jobs
            cursor = listed.next
            if cursor is None:
                return

    def job(self, identity: str) -> Job:
        return self._job("GET", f"/v1/jobs/{identity}")

    def cancel(self, identity: str) -> Job:
        """End a job; what came in with it goes."""
        return self._job("DELETE", f"/v1/jobs/{identity}")

    def wait(self, job: Job, timeout_s: float = 600.0) -> Job:
        """The job when it is over. Raises TimeoutError."""
        until = time.monotonic() + timeout_s
        while not job.state.over:
            if time.monotonic() > until:
                raise TimeoutError(f"{job.id} is {job.state} still, at {job.stage or 'its start'}")
            time.sleep(_WAIT_S)
            job = self.job(job.id)
        return job

    def inventory(self, *, clearance: Label | None = None, page: int = 1000) -> dict[str, Any]:
        """Feeds, coverage and all remarks."""
        params: dict[str, Any] = {"clearance": clearance, "limit": page}
        said = dict(self._json("GET", "/v1/inventory", params=params))
        cursor = said.pop("next")
        while cursor is not None:
            more = self._json("GET", "/v1/inventory", params={**params, "cursor": cursor})
            said["problems"] += more["problems"]
            cursor = more["next"]
        return said

    def measures(self) -> list[dict[str, Any]]:
        """The catalogue of measures."""
        return list(self._json("GET", "/v1/inventory/measures"))

    def measure(self, question: str, *, history: Sequence[str] = (), clearance: Label | None = None) -> dict[str, Any]:
        """Figures, facts and table for a question about the estate."""
        body = {"question": question, "history": list(history), "clearance": clearance}
        return dict(self._json("POST", "/v1/inventory/query", json=body, again=True))

    def import_feeds(self, *files: File, label: Label, **said: str) -> Job:
        """Hand feeds over; `said` is what they do not say of themselves (site, as_of, node, …)."""
        return self._job("POST", "/v1/inventory/feeds", files=_parts(files), data={"label": label.value, **said})

    def size(self, text: str | None = None, request: dict[str, Any] | None = None) -> dict[str, Any]:
        """A sizing from a sentence, or from fields."""
        body = {name: value for name, value in (("text", text), ("request", request)) if value is not None}
        return dict(self._json("POST", "/v1/size", json=body, again=True))

    def assess(
        self,
        *,
        workload: str | None = None,
        site: str | None = None,
        what_if: str | None = None,
        clearance: Label | None = None,
    ) -> AssessResponse:
        """Readiness: verdicts, constraints in order, scores, evidence."""
        body = {"workload": workload, "site": site, "what_if": what_if, "clearance": clearance}
        return AssessResponse.model_validate(self._json("POST", "/v1/assess", json=body, again=True))

    def roadmap(
        self,
        options: Options | None = None,
        *,
        organisation: str = "the organisation",
        former: Roadmap | None = None,
        clearance: Label | None = None,
    ) -> Roadmap:
        """A roadmap; blocks that are locked in `former` are kept."""
        body: dict[str, Any] = {"organisation": organisation, "clearance": clearance}
        for name, given in (("options", options), ("former", former)):
            if given is not None:
                body[name] = given.model_dump(mode="json")
        return Roadmap.model_validate(self._json("POST", "/v1/roadmap", json=body, again=True))

    def _job(self, method: str, path: str, **more: Any) -> Job:
        return Job.model_validate(self._json(method, path, **more))

    def _json(self, method: str, path: str, *, again: bool = False, **more: Any) -> Any:
        """The body of a success. What cannot do harm is sent again when the server says so."""
        if "params" in more:
            more["params"] = {name: value for name, value in more["params"].items() if value is not None}
        left = self._retries if again or method == "GET" else 0
        while True:
            try:
                response = self._http.request(method, path, **more)
            except httpx.TransportError as error:
                raise errors.Unreachable(f"{self._http.base_url} did not answer: {error}") from error
            if response.is_success:
                return response.json()
            failed = errors.of(response)
            if left <= 0 or failed.retry_after_s is None:
                raise failed
            left -= 1
            time.sleep(min(failed.retry_after_s, _LONGEST_S))

    def _events(self, path: str, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """(name, data) of server-sent events."""
        name = "message"
        try:
            with self._http.stream("POST", path, json=body) as response:
                if not response.is_success:
                    response.read()
                    raise errors.of(response)
                for line in response.iter_lines():
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        yield name, line.removeprefix("data: ")
        except httpx.TransportError as error:
            raise errors.Unreachable(f"{self._http.base_url} cut the stream: {error}") from error


def _parts(files: Sequence[File]) -> list[tuple[str, tuple[str, bytes]]]:
    named = [(one.name, one.read_bytes()) if isinstance(one, Path) else one for one in files]
    return [("files", one) for one in named]
