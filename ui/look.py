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
    ).set(  # the theme's own greys miss the contrast of WCAG AA
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="white",
        block_title_text_color="*neutral_700",
        block_title_text_color_dark="white",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_secondary_background_fill_hover_dark="*neutral_700",
        checkbox_label_background_fill_selected="*primary_600",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
    )
