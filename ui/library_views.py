"""Documents and jobs as inert HTML. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from advisor.job import FileOutcome, Job

HINT = '<div class="sources"><p class="none">Choose a document to read it.</p></div>'
SHOWN = 5  # jobs
PREVIEW = 4000  # characters of a document


def empty(editor: bool) -> str:
    """What to do when there is nothing yet."""
    said = (
        "There are no documents yet. Add files here, or run <code>advisor ingest PATH…</code> on the server."
        if editor
        else "There are no documents yet. Someone with the role editor can add them here."
    )
    return f'<div class="shown empty"><p>{said}</p></div>'


def wrong(said: str) -> str:
    return f'<div class="shown wrong" role="alert"><p>{_e(said)}</p></div>'


def count(kept: int, of: int) -> str:
    return f'<div class="shown"><p>{kept if kept == of else f"{kept} of {of}"} documents that you may see.</p></div>'


def jobs(found: Sequence[Job]) -> str:
    """The latest work: how far it is, and what became of each file."""
    if not found:
        return ""
    return f'<div class="shown" aria-live="polite"><h3>Work</h3>{"".join(_job(one) for one in found[:SHOWN])}</div>'


def _job(job: Job) -> str:
    far = f": {_e(job.stage)} {job.done} of {job.total}" if not job.state.over and job.total else ""
    bar = (
        f'<progress max="{job.total}" value="{job.done}" aria-label="{_e(job.stage)}"></progress>'
        if not job.state.over and job.total
        else ""
    )
    mark = {"done": "met", "failed": "far", "cancelled": "short"}.get(job.state, "near")
    rows = "".join(_file(one) for one in job.files)
    error = f'<p role="alert">{_e(job.error)}</p>' if job.error else ""
    return (
        f'<div class="card"><span class="chip {mark}">{_e(job.state)}</span>{_e(job.kind)}{far}{bar}'
        f"<ul>{rows}</ul>{error}</div>"
    )


def _file(one: FileOutcome) -> str:
    label = f' <span class="label {one.label}">{_e(one.label)}</span>' if one.label else ""
    why = f": {_e(one.reason)}" if one.reason else ""
    return f"<li><b>{_e(one.name)}</b> {_e(one.outcome)}{why}{label}</li>"


def document(card: Mapping[str, Any], text: str, changeable: bool) -> str:
    """Title, label, place and the beginning of the stored text, as text."""
    rest = f"\n… {len(text) - PREVIEW:,} more characters" if len(text) > PREVIEW else ""
    where = "uploaded" if card["uploaded"] else "from a folder of the server: changed and removed there"
    about = f"{_e(card['path'])} · {_e(card['media'])} · {_e(card['chunks'])} chunks · {where}"
    hint = "" if changeable or not card["uploaded"] else "<p>The role editor may relabel or delete it.</p>"
    return (
        f'<div class="sources"><div class="card"><b>{_e(card["title"])}</b>'
        f'<span class="label {_e(card["label"])}">{_e(card["label"])}</span>'
        f'<div class="where path">{about}</div>{hint}'
        f'<pre class="span scroll" tabindex="0">{_e(text[:PREVIEW])}{rest}</pre>'
        "</div></div>"
    )


def _e(text: object) -> str:
    return html.escape(str(text))
