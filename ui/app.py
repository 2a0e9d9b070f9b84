"""The app: one page of tabs over one Advisor."""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

from advisor import Advisor
from ui import chat, doctor_page, evals_page, inventory_page, library_page, readiness_page, roadmap_page, sizing_page


def build(advisor: Advisor) -> gr.Blocks:
    """Every tab; each builds its own contents."""
    with gr.Blocks(title="Infra Advisor", analytics_enabled=False, fill_width=True) as page:
        gr.Markdown("# Infra Advisor")
        with gr.Tabs():
            with gr.Tab("Ask"):
                chat.build(advisor, page)
            with gr.Tab("Library"):
                library_page.build(advisor, page)
            with gr.Tab("Inventory"):
                inventory_page.build(advisor, page)
            with gr.Tab("Readiness"):
                readiness_page.build(advisor, page)
            with gr.Tab("Roadmap"):
                roadmap_page.build(advisor)
            with gr.Tab("Sizing"):
                sizing_page.build()
            with gr.Tab("Evals"):
                evals_page.build(advisor, page)
            with gr.Tab("Doctor"):
                doctor_page.build(advisor, page)
    return page
