"""Review of drafted questions, on the Evals tab: read each, mend it, accept or reject it; for administrators."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor import Advisor, AdvisorError, LibraryError
from advisor.access import Role
from advisor.errors import AccessError
from evals import own
from evals.case import Case
from ui import access, eval_sets, evals_views
from ui.feedback import FILE


def build(advisor: Advisor, page: gr.Blocks, sets: gr.CheckboxGroup) -> None:
    """Inside the caller's column; `sets` is told when the workspace has a set of its own."""
    home = advisor.settings.home
    gr.HTML(evals_views.REVIEW)
    with gr.Row():
        count = gr.Number(20, label="Questions to draft", precision=0, minimum=5, maximum=1000, scale=1)
        more = gr.Button("Draft questions", scale=1)
    note = gr.HTML()
    with gr.Column(visible=False) as waiting:
        chosen = gr.Dropdown([], label="Draft", filterable=True)
        told = gr.HTML()
        question = gr.Textbox(label="Question, as you would ask it", lines=2)
        facts = gr.Textbox(label="Key facts a right answer must contain, one a line", lines=2)
        unanswerable = gr.Checkbox(label="Nothing in this workspace answers it")
        with gr.Row():
            accept = gr.Button("Accept", variant="primary")
            reject = gr.Button("Reject", variant="stop")
    listed = gr.HTML()
    shown = [chosen, told, question, facts, unanswerable, waiting, listed, sets]

    def drafts(request: gr.Request) -> list[Case]:
        """Those that the person before the browser may see. Raises AccessError for all but administrators."""
        who = access.principal_of(request)
        if not who.may(Role.ADMIN):
            raise AccessError("Reviewing drafts needs the role admin.")
        return own.drafts(home, who.clearance)

    def refreshed(request: gr.Request, at: int = 0) -> tuple[Any, ...]:
        """Every component of `shown`; the draft at a place is opened."""
        found = drafts(request)
        one = found[min(at, len(found) - 1)] if found else None
        choices = [(f"{case.id}: {case.question}", case.id) for case in found]
        return (
            gr.update(choices=choices, value=one.id if one else None),
            *_fields(one),
            gr.update(visible=bool(found)),
            evals_views.drafts(found),
            gr.update(choices=eval_sets.names(advisor.settings)),
        )

    def opened(request: gr.Request) -> tuple[Any, ...]:
        if not access.principal_of(request).may(Role.ADMIN):
            return (gr.skip(),) * (1 + len(shown))
        try:
            return "", *refreshed(request)
        except AdvisorError as error:
            return evals_views.wrong(str(error)), *(gr.skip(),) * len(shown)

    def drafted(wanted: float, request: gr.Request) -> tuple[Any, ...]:
        try:
            drafts(request)
            new, said = own.draft(advisor.settings, int(wanted or 20), home / FILE)
        except (AdvisorError, LibraryError) as error:
            return evals_views.wrong(str(error)), *(gr.skip(),) * len(shown)
        return evals_views.drafted(new, said), *refreshed(request)

    def selected(identity: str | None, request: gr.Request) -> tuple[Any, ...]:
        """The fields of a draft that was chosen from the list."""
        return _fields(next((one for one in drafts(request) if one.id == identity), None))

    def decided(request: gr.Request, identity: str | None, *edits: Any) -> tuple[Any, ...]:
        """Accepted with its edits (question, facts, unanswerable), or rejected where there are none; then the next."""
        try:
            found = drafts(request)
            at = next((place for place, one in enumerate(found) if one.id == identity), None)
            if at is None or identity is None:
                raise AccessError("Choose a draft first.")
            if edits:
                own.accept(home, identity, edits[0], edits[1].splitlines(), not edits[2])
            else:
                own.reject(home, identity)
        except (AdvisorError, LibraryError) as error:
            return evals_views.wrong(str(error)), *(gr.skip(),) * len(shown)
        return evals_views.decided(found[at].question, bool(edits)), *refreshed(request, at)

    def accepted(identity: str | None, asked: str, said: str, no_answer: bool, request: gr.Request) -> tuple[Any, ...]:
        return decided(request, identity, asked, said, no_answer)

    def rejected(identity: str | None, request: gr.Request) -> tuple[Any, ...]:
        return decided(request, identity)

    given: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    more.click(drafted, [count], [note, *shown], api_visibility="private", show_progress="minimal")
    chosen.input(selected, [chosen], [told, question, facts, unanswerable], **given)
    accept.click(accepted, [chosen, question, facts, unanswerable], [note, *shown], **given)
    reject.click(rejected, [chosen], [note, *shown], **given)
    page.load(opened, None, [note, *shown], **given)


def _fields(one: Case | None) -> tuple[Any, ...]:
    """(what is expected and from where, question, key facts, unanswerable)."""
    if one is None:
        return "", "", "", False
    return evals_views.draft(one), one.question, "\n".join(one.key_facts), not one.answerable
