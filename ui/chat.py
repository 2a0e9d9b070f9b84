"""The Ask tab: the conversation on the left, the sources of its answers on the right."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor import Advisor, AdvisorError, Answer, LibraryError, audit
from advisor.events import ClaimHeld, Done
from advisor.sessions import Sessions
from ui import access, conversations, feedback, follow_ups, views
from ui.readiness_page import PICK

EXAMPLES = (
    "What is PUE and why can it mislead?",
    "How do we audit storage throughput before buying GPUs?",
    "InfiniBand or Ethernet for a small fine-tuning cluster?",
    "How much memory does mixed-precision Adam need per parameter?",
)
NOTHING_YET = '<div class="sources"><p class="none">Ask a question to see its sources.</p></div>'
WELCOME = (
    "**Ask about your infrastructure.** Every sentence of an answer carries a number; it leads to the words, the cell "
    "or the formula it stands on. What the evidence does not answer is said to be unknown."
)
EMPTY: tuple[Any, ...] = ([], {}, NOTHING_YET, "", "", "")  # a page without a conversation
KEPT = 8  # answers whose sources stay on the page
_PAUSE_S = 0.1  # between two states of an answer in the making
_COPY = "text => { if (text) navigator.clipboard.writeText(text); }"
_SCROLL = (  # a citation opens its source and brings it into view, in this page
    "document.addEventListener('click', event => { const link = event.target.closest('a[href*=\"#source-\"]'); "
    "if (!link) return; event.preventDefault(); "
    "const card = document.getElementById(link.getAttribute('href').split('#')[1]); if (!card) return; "
    "for (let one = card; one; one = one.parentElement) if (one.tagName === 'DETAILS') one.open = true; "
    "card.scrollIntoView({block: 'nearest'}); card.querySelector('summary').focus(); });"
)

Said = list[dict[str, Any]]


def _write_down(advisor: Advisor, request: gr.Request, answer: Answer) -> None:
    """For the audit: the page's requests come through Gradio's queue, which does not tell what they cited."""
    who = access.principal_of(request)
    question = answer.question if advisor.settings.audit_questions else None
    noted = audit.Noted(dict.fromkeys(audit.cited(answer)), who.clearance, question)
    audit.record(advisor.settings.home, who.name, "page Ask", "answered", noted, key=who.id)


def build(advisor: Advisor, page: gr.Blocks) -> None:
    """The tab's contents, inside the caller's Blocks. Handlers only call the advisor and show its answer."""
    kept = Sessions(advisor.settings.home)

    def respond(
        question: str, history: Said, answers: dict[int, Answer], identity: str, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Claims as they hold, then the whole answer with its sources and what can be asked next."""
        if not question.strip():
            yield (gr.skip(),) * 7
            return
        who = access.principal_of(request)
        said = [*history, {"role": "user", "content": question}]
        turn, lines, shown_at = len(said) // 2 + 1, list[str](), time.monotonic()
        try:
            session = conversations.open_or_begin(kept, who, identity)
            for event in advisor.stream(
                question,
                clearance=who.clearance,
                history=session.history(),
                local_only=session.local_only(advisor.settings.llm_ceiling),
            ):
                if isinstance(event, ClaimHeld):
                    lines.append(views.linked(event.markdown, turn))
                    if time.monotonic() - shown_at > _PAUSE_S:
                        shown_at = time.monotonic()
                        yield "", [*said, _reply("\n\n".join(lines))], *(gr.skip(),) * 5
                elif isinstance(event, Done):
                    _write_down(advisor, request, event.answer)
                    kept.keep(who.id, session.id, event.answer)
                    answers = {**dict(list(answers.items())[1 - KEPT :]), turn: event.answer}
                    said = [*said, _reply(views.linked(event.answer.answer, turn))]
                    sources = views.turns_html(answers, advisor.surroundings)
                    yield "", said, answers, sources, views.terminal(event.answer), "", session.id
        except (AdvisorError, LibraryError) as error:
            said = [*said, _reply(f"This could not be answered: {views.inert(str(error))}")]
            yield "", said, *(gr.skip(),) * 5

    def go_on(history: Said, answers: dict[int, Answer], request: gr.Request) -> str:
        """Apart from the answer, so that the next question need not wait for it."""
        answer = answers.get(len(history) // 2)
        if answer is None:
            return ""
        try:
            asked = views.questions(history)
            return views.suggestions_html(follow_ups.suggest(advisor, access.clearance_of(request), answer, asked))
        except (AdvisorError, LibraryError):
            return ""  # the answer stands; only what could be asked next is not known

    def judged(answers: dict[int, Answer], event: gr.LikeData) -> None:
        """A message's place in the conversation tells the answer: question, answer, question, answer."""
        at = event.index if isinstance(event.index, int) else event.index[0]
        answer = answers.get(at // 2 + 1)
        if answer is not None and isinstance(event.liked, bool):
            feedback.keep(advisor.settings.home, answer, event.liked)

    def picked(event: gr.EventData) -> str:
        return str((event._data or {}).get("pick", ""))

    answers, session = gr.State({}), gr.State("")
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320):
            chat = gr.Chatbot(
                label="Conversation",
                height=520,
                sanitize_html=True,
                latex_delimiters=[],
                buttons=["copy"],
                placeholder=WELCOME,
            )
            next_up = gr.HTML(js_on_load=PICK)
            box = gr.Textbox(
                label="Question",
                placeholder="Ask about GPUs, fabrics, storage, energy, cost, talent …",
                autofocus=True,
                submit_btn="Ask",
            )
            gr.Examples([[example] for example in EXAMPLES], inputs=box)
        with gr.Column(scale=2, min_width=320):
            gr.Markdown("### Sources")
            sources = gr.HTML(NOTHING_YET, js_on_load=_SCROLL)
            plain = gr.Textbox(visible="hidden", label="Answer with references")
            gr.Button("Copy the last answer with its references", size="sm").click(None, [plain], None, js=_COPY)
    outputs = [box, chat, answers, sources, plain, next_up, session]
    inputs = [box, chat, answers, session]
    typed = box.submit(respond, inputs, outputs, api_visibility="private", show_progress="minimal")
    chosen = next_up.click(picked, None, [box], api_visibility="private", show_progress="hidden").success(
        respond, inputs, outputs, api_visibility="private", show_progress="minimal"
    )
    for answered in (typed, chosen):
        answered.then(go_on, [chat, answers], [next_up], api_visibility="private", show_progress="hidden")
    chat.like(judged, [answers], None, api_visibility="private")
    shown = [chat, answers, sources, plain, next_up, session]
    chat.clear(lambda: EMPTY[1:], None, shown[1:], api_visibility="private")
    with gr.Column():  # below both: on a phone the sources stand right under the answer
        conversations.build(advisor, kept, page, shown, EMPTY, answered=(typed, chosen))


def _reply(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}
