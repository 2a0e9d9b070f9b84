"""A run of the evaluation as inert HTML and SVG. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from evals import plots
from evals.bootstrap import Estimate, estimates
from evals.case import Case
from evals.drift import Change, summary
from evals.gate import Breach
from evals.history import Trend
from evals.row import ADVISOR, Row, Run, SetResult

NONE_YET = (
    '<div class="shown empty"><p>Nothing has been measured in this workspace yet. Choose sets and run them; a sample of '
    "25 questions takes about a minute, the first run of a set also builds its library.</p></div>"
)
FAILURES = 50  # told on the page; the report has all


def wrong(said: str) -> str:
    return f'<div class="shown wrong" role="alert"><p>{_e(said)}</p></div>'


def progress(said: str, at: Mapping[str, tuple[int, int]]) -> str:
    bars = "".join(
        f'<li>{_e(name)}: {done} of {total} <progress max="{total}" value="{done}" aria-label="{_e(name)}"></progress></li>'
        for name, (done, total) in at.items()
    )
    return f'<div class="shown" aria-live="polite"><p>{_e(said)}</p><ul>{bars}</ul></div>'


def run(found: Run, trends: Sequence[Trend] = (), changed: Sequence[Change] = (), worse: Sequence[Breach] = ()) -> str:
    """Figures with intervals, what got worse, what changed, trends, and every question that fell short."""
    parts = [f'<p class="where">Run {_e(found.id)}</p>']
    parts += [f'<p role="alert">Worse: {_e(one.set_name)}, {_e(one.measure)} {_e(one.why)}.</p>' for one in worse]
    if changed:
        parts.append(f"<p>Since the run before: {_e(summary(changed))}.</p>")
    parts += [_set(one, trends) for one in found.sets.values()]
    return f'<div class="shown">{"".join(parts)}</div>'


def _set(result: SetResult, trends: Sequence[Trend]) -> str:
    rows = result.rows[ADVISOR]
    values = estimates(rows, [one.name for one in result.measures])
    lines = "".join(
        f'<tr><th scope="row">{_e(one.name)}</th><td>{_value(values[one.name], one.digits)}</td><td>{_e(one.about)}</td></tr>'
        for one in result.measures
        if one.name in values
    )
    drawn = "".join(
        plots.trend(one.measure, one.points, result.measure(one.measure).digits)
        for one in trends
        if one.set_name == result.name and len(one.points) > 1 and one.measure in values
    )
    head = '<thead><tr><th scope="col">measure</th><th scope="col">value (95 %)</th><th scope="col">what it is</th></tr></thead>'
    return (
        f'<h3>{_e(result.name)}</h3><p class="where">{_e(result.about)}</p>'
        f'<div class="scroll" tabindex="0"><table>{head}<tbody>{lines}</tbody></table></div>{drawn}{_failures(rows)}'
    )


def _value(one: Estimate, digits: int) -> str:
    return f"<b>{one.value:.{digits}f}</b> ({one.low:.{digits}f}–{one.high:.{digits}f}), {one.questions} questions"


def _failures(rows: Sequence[Row]) -> str:
    short = [row for row in rows if row.failures]
    if not short:
        return f"<p>All {len(rows)} questions are as expected.</p>"
    told = "".join(_failure(row) for row in short[:FAILURES])
    more = f"<p>{len(short) - FAILURES} more in the report.</p>" if len(short) > FAILURES else ""
    return f"<details><summary>{len(short)} of {len(rows)} questions fell short</summary>{told}{more}</details>"


def _failure(row: Row) -> str:
    evidence = "".join(f"<li>{_e(one)}</li>" for one in row.evidence)
    return (
        f'<details class="card"><summary><b>{_e(row.question)}</b> {_e("; ".join(row.failures))}</summary>'
        f"<p><b>Expected</b> {_e(row.expected)}</p><p><b>Answer</b> {_e(row.answer)}</p><ol>{evidence}</ol></details>"
    )


REVIEW = (
    "<h3>Questions of your own</h3><p>Drafted from the documents and feeds of this workspace and from thumbs given on "
    "answers. What you accept becomes the set <b>own</b>, which can then be run above; the rest counts for nothing.</p>"
)


def drafts(found: Sequence[Case]) -> str:
    """Every draft that waits, as a table."""
    if not found:
        return '<div class="shown empty"><p>No draft waits for review.</p></div>'
    head = "".join(f'<th scope="col">{name}</th>' for name in ("draft", "question", "expected", "from"))
    rows = "".join(
        f'<tr><th scope="row" class="id">{_e(one.id)}</th><td>{_e(one.question)}</td><td>{_e(_cut(_expected(one)))}</td><td>{_e(_cut(one.source))}</td></tr>'
        for one in found
    )
    return (
        f'<div class="shown"><h4>{len(found)} drafts wait for review</h4><div class="scroll" tabindex="0" role="region" '
        f'aria-label="Drafts"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></div>'
    )


def draft(one: Case) -> str:
    """What is expected of one, and what it was worked out from."""
    quotes = "".join(f'<li><span class="where">{_e(gold.path)}</span><br>“{_e(gold.quote)}”</li>' for gold in one.gold)
    expected = f"<ul>{quotes}</ul>" if quotes else f"<p>{_e(_expected(one))}</p>"
    label = one.label or "restricted"
    return (
        f'<div class="shown card"><p><b>Expected</b> ({_e(one.kind)}, {_e(label)})</p>{expected}'
        f'<p class="where">From: {_e(one.source)}</p></div>'
    )


def drafted(new: int, said: str) -> str:
    return f'<div class="shown" role="status"><p>{new} new drafts, {_e(said)}.</p></div>'


def decided(question: str, accepted: bool) -> str:
    what = "Accepted" if accepted else "Rejected"
    return f'<div class="shown" role="status"><p>{what}: {_e(question)}</p></div>'


def _expected(one: Case) -> str:
    if not one.answerable:
        return "“I don't know”"
    told = [
        one.starts,
        ", ".join(one.names),
        ", ".join(f"{number:,.4f}".rstrip("0").rstrip(".") for number in one.numbers),
    ]
    golds = [f"{gold.path.rpartition('/')[2]}: {gold.quote}" for gold in one.gold]
    return "; ".join([*(part for part in told if part), *golds, *one.key_facts]) or "not known yet: say what is right"


def _cut(text: str) -> str:
    return text if len(text) <= 160 else text[:159] + "…"


def _e(text: object) -> str:
    return html.escape(str(text))
