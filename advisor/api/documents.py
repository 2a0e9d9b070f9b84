"""The door to the library: its documents, their text, uploads, labels, and search without an answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Header, Path, Query, Request, Response, UploadFile
from pydantic.json_schema import SkipJsonSchema

from advisor import uploading
from advisor.api.auth import Caller, Editor
from advisor.api.paging import Cursor, IfNoneMatch, Limit, page, unchanged
from advisor.api.problems import errors
from advisor.api.repeats import Repeats, fingerprint
from advisor.api.wire import DocumentCard, DocumentList, DocumentText, Found, Relabel
from advisor.engine import Advisor
from advisor.errors import NotFoundError, UploadError
from advisor.job import Job
from advisor.question import MAX_CHARACTERS
from index.document import Label
from index.errors import LibraryNotFound

FILES = 20  # of one upload
CHARACTERS = 100_000  # of a document given at once

Identity = Annotated[
    str, Path(pattern="^[0-9a-f]{12,64}$", description="As the list gives it, or its evidence: what stands before `:`.")
]


def router(advisor: Advisor) -> APIRouter:
    """`/v1/documents…` and `/v1/search`."""
    routes = APIRouter(prefix="/v1", tags=["documents"])
    repeats = Repeats()

    @routes.get("/documents", responses=errors(304, 422, 503))
    def documents(
        who: Caller,
        request: Request,
        response: Response,
        clearance: Annotated[Label | None, Query()] = None,
        limit: Limit = 1000,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
    ) -> DocumentList:
        """The documents the caller may see, by path."""
        try:
            generation, listed = advisor.retriever.generation, advisor.documents(who.sees(clearance))
        except LibraryNotFound:
            generation, listed = "", []
        cards = [DocumentCard.model_validate(one) for one in listed]
        shown, following = page(cards, lambda one: f"{one.path} {one.id}", limit, cursor)
        unchanged(request, response, [len(cards), [one.model_dump() for one in shown], following])
        return DocumentList(generation=generation, count=len(cards), documents=tuple(shown), next=following)

    @routes.post("/documents", status_code=202, responses=errors(403, 409, 413, 422, 429, 507))
    def upload(
        who: Editor,
        response: Response,
        files: Annotated[list[UploadFile], File(min_length=1, max_length=FILES, description=f"Up to {FILES} files.")],
        label: Annotated[
            Label | SkipJsonSchema[None],
            Form(description="The least they have; without it and without one of their own: restricted."),
        ] = None,
        idempotency_key: Annotated[
            str | None, Header(max_length=200, description="Sent again with the same files, it gives the same job.")
        ] = None,
    ) -> Job:
        """Take files in and ingest them in the background; the job tells what became of each."""
        if len(files) > FILES:
            raise UploadError(f"At most {FILES} files at once: these are {len(files)}.")
        given = [(one.filename or "", one.file) for one in files]
        job = repeats.once(
            (who.id, idempotency_key),
            lambda: fingerprint(given, label),
            lambda: uploading.add_documents(advisor, who, given, label),
        )
        response.headers["Location"] = f"/v1/jobs/{job.id}"
        return advisor.jobs.find(job.id, who) or job

    @routes.get("/documents/{identity}", responses=errors(304, 404, 422, 503))
    def document(
        identity: Identity,
        who: Caller,
        request: Request,
        response: Response,
        start: Annotated[int, Query(ge=0, le=10**9, description="First character, from 0.")] = 0,
        end: Annotated[int | None, Query(ge=0, le=10**9, description="One past the last character.")] = None,
        clearance: Annotated[Label | None, Query()] = None,
        if_none_match: IfNoneMatch = None,
    ) -> DocumentText:
        """The stored text at a span, as citations give it; at most 100,000 characters at once."""
        seen = who.sees(clearance)
        card = next((one for one in advisor.documents(seen) if identity.startswith(str(one["id"]))), None)
        found = advisor.document(identity, seen)
        if found is None or card is None:
            raise NotFoundError(f"There is no document {identity}.")
        unchanged(request, response, [found.id, card])
        length = len(found.text)
        first = min(start, length)
        last = max(first, min(length if end is None else end, length, first + CHARACTERS))
        return DocumentText(
            id=found.id[:12], path=found.path, title=found.title, label=found.label, media=found.media,
            uploaded=bool(card["uploaded"]), characters=length, start=first, end=last, text=found.text[first:last],
        )  # fmt: skip

    @routes.patch("/documents/{identity}", status_code=202, responses=errors(403, 404, 409, 422, 429, 503))
    def relabel(identity: Identity, body: Relabel, who: Editor, response: Response) -> Job:
        """Give an uploaded document another label; what comes from a folder is labelled there."""
        job = uploading.relabel_document(advisor, who, identity, body.label)
        response.headers["Location"] = f"/v1/jobs/{job.id}"
        return job

    @routes.delete("/documents/{identity}", status_code=202, responses=errors(403, 404, 409, 422, 429, 503))
    def delete(identity: Identity, who: Editor, response: Response) -> Job:
        """Take an uploaded document away; what comes from a folder is removed there."""
        job = uploading.remove_document(advisor, who, identity)
        response.headers["Location"] = f"/v1/jobs/{job.id}"
        return job

    @routes.get("/search", tags=["answers"], responses=errors(422, 503))
    def search(
        who: Caller,
        q: Annotated[str, Query(min_length=1, max_length=MAX_CHARACTERS, examples=["checkpoint bandwidth"])],
        k: Annotated[int, Query(ge=1, le=100, description="How many passages.")] = 10,
        clearance: Annotated[Label | None, Query()] = None,
    ) -> Found:
        """Ranked passages alone, without an answer."""
        passages = advisor.search(q, clearance=who.sees(clearance), k=k)
        return Found(generation=advisor.retriever.generation, passages=tuple(passages))

    return routes
