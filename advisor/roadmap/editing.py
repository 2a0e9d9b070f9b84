"""A person's words in a roadmap, and one section drafted anew beside the others."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.answer import Claim
from advisor.errors import QuestionError
from advisor.roadmap.document import Block, Roadmap, Section
from advisor.roadmap.ledger import Ledger
from index.chunking import split_sentences


def edited(roadmap: Roadmap, block: str, text: str) -> Roadmap:
    """The roadmap with a paragraph or list in a person's words: locked, so that it is kept when its section is drafted
    anew. Each sentence is checked against what the block cited; one that does not hold is kept and marked as such.

    Raises QuestionError for a block that there is not, is a table, or is left without words.
    """
    old = next((one for section in roadmap.sections for one in section.blocks if one.id == block), None)
    if old is None or old.kind == "table":
        raise QuestionError(f"There is no paragraph or list {block!r} to edit.")
    lines = [line.removeprefix("- ").strip() for line in text.splitlines() if line.strip()]
    said = lines if old.kind == "bullets" else [line[a:b] for line in lines for a, b in split_sentences(line)]
    if not said:
        raise QuestionError("Write at least one sentence.")
    ledger = Ledger()
    ledger.add(*roadmap.evidence)
    kept = {claim.text: claim for claim in old.claims}
    cites = tuple(dict.fromkeys(part for claim in old.claims for part in claim.evidence))
    claims = tuple(kept.get(one) or Claim(text=one, verdict=ledger.verdict(one, cites), evidence=cites) for one in said)
    return _with_block(roadmap, old.model_copy(update={"claims": claims, "locked": True}))


def released(roadmap: Roadmap, block: str) -> Roadmap:
    """The roadmap with a block that is no longer kept: the next draft of its section writes it anew."""
    old = next((one for section in roadmap.sections for one in section.blocks if one.id == block), None)
    return roadmap if old is None else _with_block(roadmap, old.model_copy(update={"locked": False}))


def redrafted(roadmap: Roadmap, part: Roadmap) -> Roadmap:
    """The roadmap with the sections of `part`, a draft of one section; references are numbered anew."""
    new = {one.id: one for one in part.sections}
    sections = tuple(new.get(one.id, one) for one in roadmap.sections)
    ledger = Ledger()
    ledger.add(*roadmap.evidence, *part.evidence)
    used = [name for one in roadmap.initiatives for name in (*one.kpi.evidence, *one.effort.evidence, *one.why)]
    return roadmap.model_copy(update={"sections": sections, "evidence": ledger.evidence([*cited(sections), *used])})


def cited(sections: Sequence[Section]) -> list[str]:
    """Evidence ids in the order a reader meets them."""
    found: list[str] = []
    for section in sections:
        for block in section.blocks:
            found += [identity for claim in block.claims for identity in claim.evidence]
            found += [identity for row in block.rows for identity in row.evidence]
    return found


def _with_block(roadmap: Roadmap, new: Block) -> Roadmap:
    sections = tuple(
        section.model_copy(update={"blocks": tuple(new if one.id == new.id else one for one in section.blocks)})
        for section in roadmap.sections
    )
    return roadmap.model_copy(update={"sections": sections})
