"""The Gradio chat: the conversation on the left, its sources on the right."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor import Advisor, AdvisorError, LibraryError
from ui import inventory_page, views

EXAMPLES = (
    "What is PUE and why can it mislead?",
    "How do we audit storage throughput before buying GPUs?",
    "InfiniBand or Ethernet for a small fine-tuning cluster?",
    "How much memory does mixed-precision Adam need per parameter?",
)
CSS = """
.sources { font-size: 0.9rem; }
.sources .card { border: 1px solid var(--border-color-primary); border-radius: 8px; padding: .5rem .75rem; margin-bottom: .6rem; }
.sources summary { cursor: pointer; }
.sources .label { float: right; font-size: .75rem; padding: 0 .5rem; border-radius: 999px; border: 1px solid currentColor; }
.sources .label.public { color: #15803d; } .sources .label.internal { color: #b45309; } .sources .label.restricted { color: #b91c1c; }
.sources .where { color: var(--body-text-color-subdued); font-size: .8rem; overflow-wrap: anywhere; }
.sources .span { white-space: pre-wrap; overflow-wrap: anywhere; font-family: inherit; margin: .4rem 0 0; background: none; }
.sources .around { color: var(--body-text-color-subdued); }
.sources mark { background: #fde68a; color: #1c1917; border-radius: 3px; padding: 0 2px; }
.sources .stamp, .sources .missing, .sources .none { color: var(--body-text-color-subdued); font-size: .8rem; }
footer { display: none !important; }
"""  # noqa: E501 - one rule, one line


def theme() -> gr.themes.Base:
    """System fonts: the default theme would fetch its own from the internet."""
    return gr.themes.Soft(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def build(advisor: Advisor) -> gr.Blocks:
    """The page. Handlers only call the advisor and show its answer."""

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

    with gr.Blocks(title="Infra Advisor", analytics_enabled=False, fill_width=True) as page:
        gr.Markdown("## Infra Advisor\nAnswers from your library only. Every sentence carries its source.")
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=420):
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
    return inventory_page.beside(page, advisor)
