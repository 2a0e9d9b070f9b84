"""Kept conversations on the Ask tab: the list, new, export, delete."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor import Advisor, Answer
from advisor.access import Principal
from advisor.errors import NotFoundError
from advisor.sessions import Session, Sessions, markdown
from ui import access, views

ABOVE = "This answer rests on evidence above your clearance."
SHOWN = 50  # conversations in the list
TURNS = 8  # answers of a reopened conversation whose sources are shown
_LONGEST = 60  # characters of a title
_SAVE = (
    "text => { if (!text) return; const link = document.createElement('a'); "
    "link.href = URL.createObjectURL(new Blob([text], {type: 'text/markdown'})); link.download = 'conversation.md'; "
    "link.click(); setTimeout(() => URL.revokeObjectURL(link.href), 10000); }"
)


def open_or_begin(kept: Sessions, who: Principal, identity: str) -> Session:
    """The conversation that the page holds; a new one when there is none, or none any more."""
    try:
        return kept.get(who.id, identity, who.clearance) if identity else kept.create(who.id)
    except NotFoundError:
        return kept.create(who.id)


def messages(session: Session) -> list[dict[str, Any]]:
    """The conversation as the chat shows it."""
    said: list[dict[str, Any]] = []
    for number, turn in enumerate(session.turns, 1):
        answer = views.linked(turn.answer.answer, number) if turn.answer else ABOVE
        said += [{"role": "user", "content": turn.question}, {"role": "assistant", "content": answer}]
    return said


def latest(session: Session) -> dict[int, Answer]:
    """The last answers by their turn."""
    found = {number: turn.answer for number, turn in enumerate(session.turns, 1) if turn.answer}
    return dict(list(found.items())[-TURNS:])


def build(
    advisor: Advisor,
    kept: Sessions,
    page: gr.Blocks,
    shown: Sequence[Any],
    empty: tuple[Any, ...],
    answered: Sequence[Any],
) -> None:
    """`shown` are chat, answers, sources, plain text, suggestions and session; `empty` their values without one."""
    state = shown[-1]

    def listed(identity: str, request: gr.Request) -> Any:
        who = access.principal_of(request)
        found = [one for one in kept.listed(who.id, who.clearance) if one.turns][:SHOWN]
        choices = [(f"{_short(one.title)} · {one.changed[:16].replace('T', ' ')}", one.id) for one in found]
        return gr.update(choices=choices, value=identity if identity in {one.id for one in found} else None)

    def opened(identity: str | None, request: gr.Request) -> tuple[Any, ...]:
        if not identity:
            return (gr.skip(),) * len(shown)
        who = access.principal_of(request)
        try:
            session = kept.get(who.id, identity, who.clearance)
        except NotFoundError:
            return empty
        answers = latest(session)
        sources = views.turns_html(answers, advisor.surroundings) if answers else empty[2]
        plain = views.terminal(list(answers.values())[-1]) if answers else ""
        return messages(session), answers, sources, plain, "", session.id

    def deleted(identity: str, request: gr.Request) -> tuple[Any, ...]:
        if identity:
            try:
                kept.delete(access.principal_of(request).id, identity)
            except NotFoundError:
                gr.Info("This conversation had been deleted already.")
        return empty

    def exported(identity: str, request: gr.Request) -> str:
        """Markdown for the browser to save: a file of the server's would outlive the conversation."""
        who = access.principal_of(request)
        try:
            return markdown(kept.get(who.id, identity, who.clearance))
        except NotFoundError:
            gr.Info("Ask something first: there is no conversation to export.")
            return ""

    with gr.Row():
        choice = gr.Dropdown([], label="Conversations", scale=4, min_width=220, filterable=True)
        new = gr.Button("New conversation", size="sm", min_width=140)
        export = gr.Button("Export conversation", size="sm", min_width=140)
        delete = gr.Button("Delete conversation", size="sm", variant="stop", min_width=140)
    text = gr.Textbox(visible="hidden", label="Conversation with its references")
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    page.load(listed, [state], [choice], **quiet)
    for event in answered:
        event.then(listed, [state], [choice], **quiet)
    choice.input(opened, [choice], list(shown), **quiet)
    new.click(lambda: empty, None, list(shown), **quiet).then(listed, [state], [choice], **quiet)
    delete.click(deleted, [state], list(shown), **quiet).then(listed, [state], [choice], **quiet)
    export.click(exported, [state], [text], **quiet).then(None, [text], None, js=_SAVE)


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"
