"""Held lines as inert Markdown, and the words of an answer that is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from advisor.answer import Answer, Claim, Receipt, Withheld
from advisor.citing import Ledger, unnumbered
from advisor.gathering import Gathered, hiding
from advisor.hygiene import name
from advisor.markdown import inert
from advisor.measures.query import NEEDS_INVENTORY
from advisor.question import Kind, Question
from advisor.writing.draft import Draft, Line

_NO_INVENTORY = (
    "The library holds guidance, not figures of your own estate: this says what decides, not whether you pass."
)


def markdown(question: Question, draft: Draft, claims: Mapping[int, Claim], ledger: Ledger, guidance_only: bool) -> str:
    """The held lines with citation numbers, shaped as the draft is; `claims` by the id() of their line."""
    blocks: list[str] = [_NO_INVENTORY] if question.kind is Kind.READINESS and guidance_only else []
    for section in draft.sections:
        lines = [line for line in section.lines if id(line) in claims]
        if not lines:
            continue
        if section.heading:
            blocks.append(f"**{inert(section.heading)}**")
        step = 0
        run: list[str] = []
        style = ""
        for line in lines:
            if run and line.style != style:
                blocks.append(_join(run, style))
                run = []
            style = line.style
            step += 1
            run.append(one_line(line, ledger.marks(claims[id(line)]), step))
            step = step if line.style == "step" else 0
        blocks.append(_join(run, style))
    return "\n\n".join(blocks)


def one_line(line: Line, marks: str, step: int = 1) -> str:
    """A line as inert Markdown with its citation numbers."""
    if line.style == "code":
        return f"```\n{line.text.replace('```', '')}\n```\n{marks}"
    prefix = {"bullet": "- ", "step": f"{step}. "}.get(line.style, "")
    return f"{prefix}{inert(unnumbered(line.text))} {marks}"


def _join(run: Sequence[str], style: str) -> str:
    return (" " if style == "prose" else "\n").join(run)


def courtesy(typed: str, generation: str) -> Answer:
    """To thanks and greetings: nothing was asked, so nothing is claimed."""
    return Answer(
        question=typed,
        kind="courtesy",
        answer="You are welcome to ask about the guidance, your estate, sizing or readiness.",
        abstained=True,
        claims=(),
        evidence=(),
        retrieved=(),
        confidence=0.0,
        writer="none",
        receipt=Receipt(writer="none", seconds=0.0, estimate="no model took part"),
        generation=generation,
        timings_ms={"total": 0.0},
    )


def abstention(gathered: Gathered) -> str:
    said = "I don't know: the library has nothing that answers this."
    if gathered.unknown and gathered.passages:
        said += f" No retrieved passage speaks of {_named(gathered.unknown)}."
    if gathered.passages and gathered.confidence > 0.2:
        near = list(dict.fromkeys(name(p.locator.document) for p in gathered.passages[:3]))
        said += f" The nearest documents are {'; '.join(inert(title) for title in near)}."
    return said


def _named(words: Sequence[str]) -> str:
    return ", ".join(f"“{inert(word)}”" for word in words[:5])


def missing(question: Question, gathered: Gathered, answered: bool, guidance_only: bool) -> tuple[str, ...]:
    """What would be needed to answer, or to answer in full."""
    needed = []
    if not answered:
        about = _named(gathered.unknown) if gathered.unknown else f"“{question.text}”"
        needed.append(f"A guidance document about {about}: add one with `advisor ingest PATH`.")
    if question.kind is Kind.READINESS and guidance_only:
        needed.append(NEEDS_INVENTORY)
    return tuple(needed)


def withheld(gathered: Gathered) -> tuple[Withheld, ...]:
    found = []
    if gathered.hidden:
        found.append(Withheld(reason="label above the caller's clearance; not searched", documents=gathered.hidden))
    if titles := hiding(gathered):
        reason = "they hide text in characters that no one sees; it is left out"
        found.append(Withheld(reason=reason, documents=len(titles)))
    return tuple(found)
