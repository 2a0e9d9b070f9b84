"""Theme and style of the whole app: system fonts, light and dark, nothing fetched from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr

CSS = (Path(__file__).parent / "look.css").read_text(encoding="utf-8")


def theme() -> gr.themes.Base:
    """System fonts: the default theme would fetch its own from the internet."""
    return gr.themes.Soft(
        primary_hue="blue",
        neutral_hue="slate",
        radius_size="md",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
