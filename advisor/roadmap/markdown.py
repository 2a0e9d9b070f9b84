"""A roadmap as Markdown: text is inert, [n] points into the numbered references at the end."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.answer import Evidence
from advisor.markdown import inert
from advisor.roadmap.document import Block, Roadmap
from advisor.roadmap.reference import described, numbered, short


def render(roadmap: Roadmap) -> str:
    """The whole document."""
    number = numbered(roadmap)
    lines = [f"# {inert(roadmap.title)}", "", f"As of {roadmap.as_of}. Classification: {roadmap.label.value}.", ""]
    for section in roadmap.sections:
        lines += [f"## {section.number} {inert(section.title)}".replace("##  ", "## "), ""]
        for block in section.blocks:
            lines += [*_block(block, number), ""]
    lines += ["## References", "", *(f"{number[one.id]}. {reference(one, number)}" for one in roadmap.evidence)]
    return "\n".join(lines) + "\n"


def _block(block: Block, number: dict[str, int]) -> Iterable[str]:
    if block.heading:
        yield f"### {inert(block.heading)}"
        yield ""
    if block.kind == "table":
        yield "| " + " | ".join(inert(one) for one in (*block.columns, "Refs")) + " |"
        yield "|" + "---|" * (len(block.columns) + 1)
        for row in block.rows:
            cells = [inert(one).replace("|", "\\|") for one in row.cells]
            yield "| " + " | ".join([*cells, short(row.evidence, number)]) + " |"
        return
    said = [f"{inert(one.text)} {short(one.evidence, number)}".strip() for one in block.claims]
    if block.kind == "bullets":
        yield from (f"- {one}" for one in said)
    else:
        yield " ".join(said)


def reference(one: Evidence, number: dict[str, int]) -> str:
    """Where evidence stands, and its words."""
    place, inputs, words = described(one, number)
    links = ", ".join("–".join(f"[{n}]" for n in dict.fromkeys((part[0], part[-1]))) for part in inputs)
    computed = f" from {links}" if links else ""
    return f"{inert(place)}{computed}: “{inert(words)}” ({one.label.value})"
