"""The Doctor tab: what there is to answer with, the settings in force and where to change them; for administrators."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr
from pydantic import SecretStr

from advisor import Advisor, LibraryError
from advisor.access import Role
from advisor.doctor import Check, checks
from advisor.settings import Settings
from index import retriever
from ui import access

NOT_YOURS = '<div class="shown empty"><p>Settings and checks are shown to administrators: ask for a key with the role admin.</p></div>'


def build(advisor: Advisor, page: gr.Blocks) -> None:
    """The tab's contents, inside the caller's Blocks."""

    def look(request: gr.Request) -> tuple[str, str]:
        if not access.principal_of(request).may(Role.ADMIN):
            return NOT_YOURS, ""
        return checks_html(checks(advisor.settings)), settings_html(advisor.settings)

    def verify(request: gr.Request) -> str:
        if not access.principal_of(request).may(Role.ADMIN):
            return NOT_YOURS
        return verified_html(advisor.settings)

    found = gr.HTML()
    with gr.Row():
        again = gr.Button("Check again", size="sm")
        sums = gr.Button("Check every file against its checksum", size="sm")
    verdict = gr.HTML()
    settings = gr.HTML()
    again.click(look, None, [found, settings], api_visibility="private")
    sums.click(verify, None, [verdict], api_visibility="private")
    page.load(look, None, [found, settings], api_visibility="private", show_progress="hidden")


def checks_html(found: Sequence[Check]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{_e(one.part)}</th><td><span class="chip {"met" if one.ok else "far"}">'
        f"{'ok' if one.ok else 'mend'}</span></td><td>{_e(one.said)}</td></tr>"
        for one in found
    )
    return f'<div class="shown"><h3>Checks</h3><div class="scroll" tabindex="0"><table>{rows}</table></div></div>'


def settings_html(settings: Settings) -> str:
    """Every setting with its value; of a secret only whether it is set."""
    rows = []
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        shown = "set" if isinstance(value, SecretStr) else "none" if value is None or value == () else str(value)
        changed = value != field.get_default(call_default_factory=True)
        rows.append(
            f'<tr><th scope="row"><code>{_e(name)}</code></th><td>{_e(shown)}{" (changed)" if changed else ""}</td>'
            f"<td>{_e(field.description or '')}</td><td><code>ADVISOR_{_e(name.upper())}</code></td></tr>"
        )
    head = '<tr><th scope="col">setting</th><th scope="col">value</th><th scope="col">meaning</th><th scope="col">environment</th></tr>'
    return (
        '<div class="shown"><h3>Settings in force</h3><p class="where">Command line over environment over '
        "<code>advisor.toml</code> over default; a change takes effect when the server starts again.</p>"
        f'<div class="scroll" tabindex="0"><table><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div></div>'
    )


def verified_html(settings: Settings) -> str:
    try:
        manifest, damaged = retriever.verify(settings.home)
    except LibraryError as error:
        return f'<div class="shown wrong" role="alert"><p>{_e(error)}</p></div>'
    if damaged:
        said = f"Damaged: {', '.join(damaged)}. Run `advisor ingest --rebuild`."
        return f'<div class="shown wrong" role="alert"><p>{_e(said)}</p></div>'
    whole = f"Generation {manifest.name} is whole: {manifest.documents} documents, {manifest.chunks} chunks."
    return f'<div class="shown" role="status"><p>{_e(whole)}</p></div>'


def _e(text: object) -> str:
    return html.escape(str(text))
