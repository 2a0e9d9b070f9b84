"""The Library tab: documents with their labels, upload with progress, why a file was refused, relabel and delete."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr
import pandas as pd

from advisor import Advisor, AdvisorError, Label, LibraryError, uploading
from advisor.access import Principal, Role
from advisor.errors import AccessError, UploadError
from index.errors import LibraryNotFound
from index.reading import SUFFIXES
from ui import access, library_views

AS_IT_SAYS = "as the document says, else restricted"
LABELS = [AS_IT_SAYS, *(one.value for one in Label)]
COLUMNS = ("title", "label", "kind", "chunks", "path")
TICK_S = 1.0
_REALLY = "Delete it for good"


def build(advisor: Advisor, page: gr.Blocks) -> None:
    """The tab's contents, inside the caller's Blocks."""
    listed = gr.State([])  # the documents of the table, as they were shown
    chosen = gr.State("")  # id of the document that is looked at
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320):
            note = gr.HTML()
            contains = gr.Textbox(label="Contains", placeholder="a word of title or path; Enter")
            table = gr.Dataframe(interactive=False, label="Documents", max_height=520)
        with gr.Column(scale=2, min_width=320):
            with gr.Group(visible=False) as adding:
                files = gr.File(label="Add documents", file_count="multiple", file_types=sorted(SUFFIXES), height=140)
                label = gr.Dropdown(LABELS, value=AS_IT_SAYS, label="Least label of what is added")
                add = gr.Button("Add to the library", variant="primary")
            jobs = gr.HTML()
            cancel = gr.Button("Cancel the work in progress", size="sm", visible=False)
            shown = gr.HTML(library_views.HINT)
            with gr.Row(visible=False) as changing:
                other = gr.Dropdown([one.value for one in Label], label="New label", scale=2)
                relabel = gr.Button("Relabel", size="sm")
                delete = gr.Button("Delete …", size="sm", variant="stop")
    timer = gr.Timer(TICK_S, active=False)

    def documents(word: str | None, request: gr.Request) -> tuple[Any, ...]:
        """(state, table, note): what the person before the browser may see."""
        try:
            found = advisor.documents(access.clearance_of(request))
        except LibraryNotFound:
            return [], pd.DataFrame(columns=COLUMNS), library_views.empty(access.principal_of(request).may(Role.EDITOR))
        except LibraryError as error:
            return [], pd.DataFrame(columns=COLUMNS), library_views.wrong(str(error))
        kept = [one for one in found if (word or "").lower() in f"{one['title']} {one['path']}".lower()]
        rows = [[one["title"], one["label"], one["media"], one["chunks"], one["path"]] for one in kept]
        return kept, pd.DataFrame(rows, columns=COLUMNS), library_views.count(len(kept), len(found))

    def working(request: gr.Request) -> tuple[Any, ...]:
        """(jobs, cancel button, timer): the caller's latest work, looked at again while it goes on."""
        mine = advisor.jobs.seen(access.principal_of(request))
        active = any(not one.state.over for one in mine)
        return library_views.jobs(mine), gr.update(visible=active), gr.Timer(active=active)

    def opened(word: str | None, request: gr.Request) -> tuple[Any, ...]:
        editor = access.principal_of(request).may(Role.EDITOR)
        return *documents(word, request), gr.update(visible=editor), *working(request)

    def tick(word: str | None, request: gr.Request) -> tuple[Any, ...]:
        state = working(request)
        still = state[1]["visible"]
        return *state, *((gr.skip(),) * 3 if still else documents(word, request))

    def take(paths: list[str] | None, least: str, request: gr.Request) -> tuple[Any, ...]:
        who = access.principal_of(request)
        try:
            if not who.may(Role.EDITOR):
                raise AccessError("Adding documents needs the role editor.")
            if not paths:
                raise UploadError("Choose files first.")
            with ExitStack() as stack:
                given = [(Path(one).name, stack.enter_context(open(one, "rb"))) for one in paths]
                uploading.add_documents(advisor, who, given, _label(least))
        except (AdvisorError, LibraryError) as error:
            return gr.skip(), library_views.wrong(str(error)), gr.skip(), gr.skip()
        finally:
            for one in paths or []:
                with suppress(OSError):
                    Path(one).unlink()  # the library keeps its own copy; none is left where pages are served from
        return None, *working(request)

    def stop(request: gr.Request) -> tuple[Any, ...]:
        who = access.principal_of(request)
        for one in advisor.jobs.seen(who):
            if not one.state.over:
                advisor.jobs.cancel(one.id, who)
        return working(request)

    def look(kept: list[dict[str, Any]], event: gr.SelectData, request: gr.Request) -> tuple[Any, ...]:
        """The document of the clicked row: the reader may have sorted the table, so its path decides."""
        path = (event.row_value or [None])[-1]
        card = next((one for one in kept if one["path"] == path), None)
        found = advisor.document(str(card["id"]), access.clearance_of(request)) if card else None
        if card is None or found is None:
            return "", library_views.HINT, gr.update(visible=False), gr.skip(), gr.update(value="Delete …")
        may = access.principal_of(request).may(Role.EDITOR) and bool(card["uploaded"])
        text = library_views.document(card, found.text, may)
        return card["id"], text, gr.update(visible=may), card["label"], gr.update(value="Delete …")

    def change(identity: str, least: str, request: gr.Request) -> tuple[Any, ...]:
        return _do(request, lambda who: uploading.relabel_document(advisor, who, identity, Label(least)))

    def remove(identity: str, said: str, request: gr.Request) -> tuple[Any, ...]:
        if said != _REALLY:
            return gr.update(value=_REALLY), *(gr.skip(),) * 3
        return gr.update(value="Delete …"), *_do(request, lambda who: uploading.remove_document(advisor, who, identity))

    def _do(request: gr.Request, act: Callable[[Principal], object]) -> tuple[Any, ...]:
        who = access.principal_of(request)
        try:
            if not who.may(Role.EDITOR):
                raise AccessError("Changing documents needs the role editor.")
            act(who)
        except (AdvisorError, LibraryError) as error:
            return library_views.wrong(str(error)), gr.skip(), gr.skip()
        return working(request)

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    progress, shelf = [jobs, cancel, timer], [listed, table, note]
    page.load(opened, [contains], [*shelf, adding, *progress], **quiet)
    contains.submit(documents, [contains], shelf, **quiet)
    timer.tick(tick, [contains], [*progress, *shelf], **quiet)
    add.click(take, [files, label], [files, *progress], **quiet)
    cancel.click(stop, None, progress, **quiet)
    table.select(look, [listed], [chosen, shown, changing, other, delete], **quiet)
    relabel.click(change, [chosen, other], progress, **quiet)
    delete.click(remove, [chosen, delete], [delete, *progress], **quiet)


def _label(least: str) -> Label | None:
    return None if least == AS_IT_SAYS else Label(least)
