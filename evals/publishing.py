"""Write the figures just measured into the pages: what stands between `<!-- eval SET: begin -->` and its end.

What a language model wrote has a block of its own, `<!-- eval SET by LLM: begin -->` with the setting `llm`.
"""

from __future__ import annotations

import re
from pathlib import Path

from evals.bootstrap import differences
from evals.gate import best_peer
from evals.report import by_part, table
from evals.row import ADVISOR, Run, SetResult

PAGES = ("README.md", "docs/evaluation.md", "docs/language-models.md")
_TIMES = ("ms ", "CPU ms", "seconds")  # they are of the machine, not of the advisor
_BLOCK = "(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)"


def write(run: Run, root: Path) -> list[str]:
    """Names of the pages that have another text now; a set without a block in a page is passed over."""
    changed = []
    model = str(run.settings.get("llm", "none"))
    writer = "" if model == "none" else f" by {model}"
    for name in PAGES:
        before = (root / name).read_text(encoding="utf-8")
        text = before
        for one in run.sets.values():
            text = filled(text, f"eval {one.name}{writer}", block(one))
        if text != before:
            (root / name).write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


def filled(page: str, name: str, body: str) -> str:
    """The page with `body` between its marks `name: begin` and `name: end`; as it is when it has none."""
    return re.sub(_BLOCK.format(name=re.escape(name)), lambda m: m[1] + body + m[2], page, flags=re.DOTALL)


def block(result: SetResult) -> str:
    """The tables of a set: beside other systems what they share, then what only the advisor does."""
    peers = len(result.rows) > 1
    alone = SetResult(result.name, result.about, result.measures, {ADVISOR: result.rows[ADVISOR]})
    rest = [one.name for one in result.measures if one.name not in result.compared or not peers]
    parts = [table(result, result.compared)] if peers else []
    parts += [_lead(result, result.compared[0])] if peers else []
    steady = [name for name in rest if not name.startswith(_TIMES)]
    if not peers and any(row.split for row in result.rows[ADVISOR]):
        alone = by_part(alone)
    parts += [table(alone, steady)] if steady else []
    halves = [_halves(result)] if peers and any(row.split for row in result.rows[ADVISOR]) else []
    return "\n\n".join([*parts, *halves]) + "\n"


def _lead(result: SetResult, measure: str) -> str:
    """How far the advisor is ahead of the best other system, question by question."""
    best = best_peer(result, measure)
    assert best is not None
    found = differences(result.rows[ADVISOR], result.rows[best[0]], [measure])[measure]
    mine = best[1] + found.value
    return (
        f"{measure} less that of the best other system ({best[0]}): {found.value:+.3f} ({found.low:+.3f} to "
        f"{found.high:+.3f}, paired over {found.questions} questions); {mine / best[1]:.2f} times."
    )


def _halves(result: SetResult) -> str:
    """The same on each half: weights were chosen on the first alone."""
    lines = []
    for half in dict.fromkeys(row.split for row in result.rows[ADVISOR] if row.split):
        rows = {name: [row for row in of if row.split == half] for name, of in result.rows.items()}
        part = SetResult(result.name, result.about, result.measures, rows)
        lines.append(f"{half}, {len(rows[ADVISOR])} questions:\n\n{table(part, result.compared[:1])}")
    return "\n\n".join(lines)
