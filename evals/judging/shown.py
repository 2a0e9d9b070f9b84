"""What a judge said of a set, and where it differs from the measures, as HTML and for a terminal. Pure."""

from __future__ import annotations

from html import escape

from evals.judging.agreement import Agreement, agreements
from evals.row import Judgement, Row, SetResult

EXAMPLES = 20
_HEAD = ("aspect", "asked", "good", "bad", "no verdict", "withheld", "differ", "kappa", "judge right", "measures right")
_OURS = {
    "faithfulness": "the verifier",
    "relevancy": "whether the first five passages tell of the gold",
    "correctness": "whether half of the key facts are said",
}


def as_text(result: SetResult) -> str:
    """A Markdown table, or nothing where no judge was asked."""
    found = agreements(result)
    if not found:
        return ""
    lines = [f"Judge {result.judge}, apart from the measures:", "", f"| {' | '.join(_HEAD)} |", f"|---|{'---:|' * 9}"]
    lines += [f"| {' | '.join(_cells(one))} |" for one in found]
    return "\n".join(lines)


def as_html(result: SetResult) -> str:
    """The table, and examples of each aspect where the judge and the measures differ."""
    found = agreements(result)
    if not found:
        return ""
    head = "".join(f'<th class="n">{name}</th>' for name in _HEAD)
    rows = "".join(f"<tr>{''.join(f'<td class=n>{escape(cell)}</td>' for cell in _cells(one))}</tr>" for one in found)
    return (
        f"<h3>Judge {escape(result.judge)}, apart from the measures</h3>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{''.join(map(_examples, found))}"
    )


def _cells(one: Agreement) -> tuple[str, ...]:
    shares = (one.differ, one.kappa, one.judge_right, one.ours_right)
    counts = (one.asked, one.good, one.bad, one.silent, one.withheld)
    return (one.aspect, *map(str, counts), *("–" if share is None else f"{share:.3f}" for share in shares))


def _examples(one: Agreement) -> str:
    if not one.examples:
        return ""
    told = "".join(_example(row, said, one.aspect) for row, said in one.examples[:EXAMPLES])
    title = f"{one.aspect}: {len(one.examples)} of {one.compared} where the judge differs from {_OURS[one.aspect]}"
    more = f"; the first {EXAMPLES}" if len(one.examples) > EXAMPLES else ""
    return f"<details><summary>{escape(title + more)}</summary>{told}</details>"


def _example(row: Row, said: Judgement, aspect: str) -> str:
    assert row.material is not None
    verdict, mine = ("good" if good else "bad" for good in (said.passing, row.material.ours[aspect]))
    known = row.material.truth.get(aspect)
    truth = "" if known is None else f"; the set says {'good' if known else 'bad'}"
    context = "".join(f"<li>{escape(text)}</li>" for text in row.material.contexts)
    return (
        f"<details><summary>{escape(row.id)}: {escape(row.question)}</summary>"
        f"<p>The judge says {verdict}, {escape(_OURS[aspect])} {mine}{truth}.</p>"
        f"<b>Said</b><pre>{escape(row.material.said)}</pre><b>Judge</b><pre>{escape(said.said)}</pre>"
        f"<b>Context</b><ol>{context}</ol></details>"
    )
