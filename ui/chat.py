"""The Ask tab: the conversation on the left, its sources on the right."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor import Advisor, AdvisorError, LibraryError
from ui import views

EXAMPLES = (
    "What is PUE and why can it mislead?",
    "How do we audit storage throughput before buying GPUs?",
    "InfiniBand or Ethernet for a small fine-tuning cluster?",
    "How much memory does mixed-precision Adam need per parameter?",
)


def build(advisor: Advisor) -> None:
    """The tab's contents, inside the caller's Blocks. Handlers only call the advisor and show its answer."""

    def respond(question: str, history: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]], str]:
        if not question.strip():
            return "", history, gr.skip()
        try:
            answer = advisor.ask(question, history=views.questions(history))
            shown, sources = answer.answer, views.sources_html(answer, advisor.surroundings)
        except (AdvisorError, LibraryError) as error:
            shown, sources = f"This could not be answered: {error}", ""
        asked = {"role": "user", "content": question}
        return "", [*history, asked, {"role": "assistant", "content": shown}], sources

    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320):
            chat = gr.Chatbot(
                label="Conversation", height=560, sanitize_html=True, latex_delimiters=[], buttons=["copy"]
            )
            box = gr.Textbox(
                label="Question",
                placeholder="Ask about GPUs, fabrics, storage, energy, cost, talent …",
                autofocus=True,
            )
            gr.Examples([[example] for example in EXAMPLES], inputs=box)
        with gr.Column(scale=2, min_width=320):
            gr.Markdown("### Sources")
            sources = gr.HTML('<div class="sources"><p class="none">Ask a question to see its sources.</p></div>')
    box.submit(respond, [box, chat], [box, chat, sources], api_visibility="private")
