"""A run as one HTML file that needs nothing from elsewhere, as JSON, and as tables for a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from evals import plots
from evals.bootstrap import Estimate, differences, estimates
from evals.drift import Change, summary
from evals.gate import Breach
from evals.history import Trend
from evals.judging import shown as judgements
from evals.row import ADVISOR, Row, Run, SetResult

_PAGE = Path(__file__).with_name("report.html")


def as_html(
    run: Run, breaches: Sequence[Breach] = (), trends: Sequence[Trend] = (), drift: Sequence[Change] = ()
) -> str:
    """All figures with intervals and plots, every question with what was expected, found and said."""
    body = [_gate(breaches), *(_set(one, trends) for one in run.sets.values()), _drift(drift)]
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        id=escape(run.id), code=escape(run.code[:12]), body="\n".join(body)
    )


def as_json(run: Run, breaches: Sequence[Breach] = (), drift: Sequence[Change] = ()) -> str:
    """Estimates and rows of every set and system, what the gate found, what drifted."""
    sets: dict[str, Any] = {}
    for one in run.sets.values():
        names = [measure.name for measure in one.measures]
        sets[one.name] = {
            "measures": [asdict(measure) for measure in one.measures],
            "systems": {
                system: {
                    "estimates": {name: asdict(e) for name, e in estimates(rows, names).items()},
                    "less_than_advisor": {
                        name: asdict(e) for name, e in differences(one.rows[ADVISOR], rows, names).items()
                    }
                    if system != ADVISOR
                    else {},
                    "rows": [asdict(row) for row in rows],
                }
                for system, rows in one.rows.items()
            },
            "notes": one.notes,
            "judge": one.judge,
            "judged": [asdict(each) for each in one.judged],
        }
    gate = [asdict(one) for one in breaches]
    given = {"run": run.id, "code": run.code, "settings": dict(run.settings), "gate": gate, "sets": sets}
    return json.dumps({**given, "drift": [asdict(one) for one in drift]}, indent=2, ensure_ascii=False, default=str)


def as_text(run: Run) -> str:
    """A Markdown table a set, for a terminal; of a set in parts without other systems, a column a part."""
    shown = [
        f"{one.name}: {one.about}\n\n{table(by_part(one) if len(one.rows) == 1 else one)}\n\n{judgements.as_text(one)}"
        for one in run.sets.values()
    ]
    return "\n\n".join(one.strip() for one in shown)


def by_part(result: SetResult) -> SetResult:
    """The advisor's rows as systems of their own: all of them, and each part that the set names."""
    rows = result.rows[ADVISOR]
    parts = list(dict.fromkeys(row.split for row in rows if row.split))
    if len(parts) < 2:
        return result
    of = {part: [row for row in rows if row.split == part] for part in parts}
    return replace(result, rows={f"all {len(rows)}": rows, **{f"{part} {len(of[part])}": of[part] for part in parts}})


def table(result: SetResult, measures: Sequence[str] | None = None) -> str:
    """Measures × systems with intervals, in Markdown."""
    wanted = [one for one in result.measures if measures is None or one.name in measures]
    found = {system: estimates(rows, [one.name for one in wanted]) for system, rows in result.rows.items() if rows}
    lines = [f"| measure | {' | '.join(found)} |", f"|---|{'---:|' * len(found)}"]
    for one in wanted:
        cells = [_cell(of.get(one.name), one.digits) for of in found.values()]
        if any(cells):
            lines.append(f"| {one.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(one: Estimate | None, digits: int) -> str:
    if one is None:
        return ""
    return f"{one.value:.{digits}f} ({one.low:.{digits}f}–{one.high:.{digits}f})" if digits else f"{one.value:.0f}"


def _gate(breaches: Sequence[Breach]) -> str:
    if not breaches:
        return '<p class="good">No rule of the gate is broken.</p>'
    items = "".join(f"<li>{escape(f'{one.set_name}, {one.measure}: {one.why}')}</li>" for one in breaches)
    return f'<h2 class="bad">The gate does not hold</h2><ul>{items}</ul>'


def _set(result: SetResult, trends: Sequence[Trend]) -> str:
    names = [one.name for one in result.measures]
    found = {system: estimates(rows, names) for system, rows in result.rows.items() if rows}
    head = "".join(f'<th class="n">{escape(system)}</th>' for system in found)
    rows = []
    for one in result.measures:
        cells = "".join(_figure(of.get(one.name), one.digits) for of in found.values())
        rows.append(f'<tr><td title="{escape(one.about)}">{escape(one.name)}</td>{cells}</tr>')
    drawn = []
    if len(found) > 1:
        for name in result.compared:
            of = {system: values[name] for system, values in found.items() if name in values}
            drawn.append(plots.intervals(name, of, result.measure(name).digits))
    lines = [
        plots.trend(one.measure, one.points, result.measure(one.measure).digits)
        for one in trends
        if one.set_name == result.name and len(one.points) > 1 and one.measure in names
    ]
    notes = "".join(f"<li>{escape(note)}</li>" for note in result.notes)
    return (
        f"<h2>{escape(result.name)}</h2><p>{escape(result.about)}</p>"
        f'<table class="sort"><thead><tr><th>measure</th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        f"{''.join(drawn)}{_less(result)}{''.join(lines)}"
        + (f"<details><summary>How the other systems were run</summary><ul>{notes}</ul></details>" if notes else "")
        + judgements.as_html(result)
        + _questions(result)
    )


def _figure(one: Estimate | None, digits: int) -> str:
    if one is None:
        return '<td class="n"></td>'
    shown = f"<small>{one.low:.{digits}f}–{one.high:.{digits}f}</small>"
    return f'<td class="n" data-v="{one.value}">{one.value:.{digits}f}<br>{shown}</td>'


def _less(result: SetResult) -> str:
    """The paired differences to every other system, in the measures they share."""
    judged = [one for one in result.measures if one.better != "neither"]
    lines = []
    for system, rows in result.rows.items():
        if system == ADVISOR:
            continue
        for name, e in differences(result.rows[ADVISOR], rows, [one.name for one in judged]).items():
            sure = "" if e.low <= 0 <= e.high else ("good" if (e.value > 0) == _upward(result, name) else "bad")
            told = f"{e.value:+.3f} <small>{e.low:+.3f} to {e.high:+.3f}</small>"
            lines.append(f'<tr><td>{escape(system)}</td><td>{escape(name)}</td><td class="n {sure}">{told}</td></tr>')
    if not lines:
        return ""
    return (
        "<h3>The advisor less each other system, question by question</h3>"
        '<table class="sort"><thead><tr><th>system</th><th>measure</th><th class="n">difference</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _upward(result: SetResult, name: str) -> bool:
    return result.measure(name).better == "higher"


def _questions(result: SetResult) -> str:
    rows = result.rows[ADVISOR]
    short = sum(bool(row.failures) for row in rows)
    identity = f"rows-{escape(result.name)}"
    lines = "".join(_question(row) for row in sorted(rows, key=lambda row: not row.failures))
    return (
        f"<details open><summary>{len(rows)} questions, {short} fell short</summary>"
        f'<p><input class="filter" data-of="{identity}" placeholder="words of a question, a reason, a document"></p>'
        f'<table class="sort" id="{identity}"><thead><tr><th>id</th><th>kind</th><th>question</th><th>why</th></tr>'
        f"</thead><tbody>{lines}</tbody></table></details>"
    )


def _question(row: Row) -> str:
    parts = ", ".join(f"{name} {a:g}/{b:g}" for name, (a, b) in row.parts.items())
    evidence = "".join(f"<li>{escape(one)}</li>" for one in row.evidence)
    inside = (
        f"<b>Expected</b><pre>{escape(row.expected)}</pre><b>Answer</b><pre>{escape(row.answer)}</pre>"
        f"<b>Evidence</b><ol>{evidence}</ol><small>{escape(parts)}</small>"
    )
    return (
        f"<tr><td>{escape(row.id)}</td><td>{escape(row.kind)}</td>"
        f"<td><details><summary>{escape(row.question)}</summary>{inside}</details></td>"
        f'<td class="bad">{escape("; ".join(row.failures))}</td></tr>'
    )


def _drift(found: Sequence[Change]) -> str:
    if not found:
        return ""
    lines = []
    for one in found:
        lost = "".join(f"<li>– {escape(place)}</li>" for place in one.evidence_lost)
        new = "".join(f"<li>+ {escape(place)}</li>" for place in one.evidence_new)
        pairs = (("Before", one.before), ("After", one.after))
        told = "".join(f"<b>{when}</b><pre>{escape(text)}</pre>" for when, text in pairs)
        inside = f"{told}<ul>{lost}{new}</ul>"
        lines.append(
            f"<tr><td>{one.what}</td><td>{escape(one.set_name)}</td><td>{escape(one.id)}</td>"
            f"<td><details><summary>{escape(one.question)}</summary>{inside}</details></td></tr>"
        )
    return (
        f"<h2>Advice drift</h2><p>{escape(summary(found))}.</p>"
        '<table class="sort"><thead><tr><th>what</th><th>set</th><th>id</th><th>question</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )
