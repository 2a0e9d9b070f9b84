"""Ask every follow-up after its earlier turns, and once more in the wording that needs none of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from advisor import Advisor, Answer, Label, Settings
from advisor.errors import SchemaError
from advisor.inventory.importing import import_feeds
from evals.case import Case, Gold, unlocated
from evals.documents import PASSAGES, located, spans, stored_texts
from evals.metrics import GoldSpan, retrieval
from index import library

SET = Path(__file__).parent.parent / "sets" / "follow_ups.jsonl"
SPLITS = ("dev", "held-out")


class FollowUp(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    split: Literal["dev", "held-out"]
    kind: Literal["pronoun", "ellipsis", "refinement", "comparison", "swap", "correction", "topic-change", "courtesy"]
    over: Literal["guidance", "estate"]
    history: tuple[str, ...]
    question: str
    standalone: str  # as a person would have asked without the turns before
    gold: tuple[Gold, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    case: FollowUp
    understood: str | None
    recall: float  # of the first five passages
    alone: float  # of the self-contained wording
    typed: float  # of the words as typed, without the conversation
    right: bool  # the estate's figures are those of the self-contained wording; a courtesy is answered as one


def load(path: Path = SET) -> list[FollowUp]:
    """Raises SchemaError naming the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SchemaError(f"{path} cannot be read: {error}") from error
    cases = []
    for number, line in enumerate(lines, 1):
        try:
            cases.append(FollowUp.model_validate_json(line))
        except ValidationError as error:
            raise SchemaError(f"{path}, line {number}: {error.errors()[0]['msg']}") from error
    return cases


def opened(
    cases: Sequence[FollowUp], settings: Settings, corpus: Path, home: Path, say: Callable[[str], None]
) -> Callable[[FollowUp], Outcome]:
    """What measures one of the cases, over a library and an inventory in `home`."""
    plain = [Case(id=c.id, question=c.standalone, kind=c.kind, answerable=True, gold=c.gold) for c in cases]
    if lost := unlocated(plain, corpus / "guidance"):
        raise SchemaError(f"{len(lost)} quotations are not in the guidance: {'; '.join(lost[:5])}")
    say("indexing the guidance and the sample organisation …")
    library.ingest(home, [corpus / "guidance"], model=settings.embedding_model, label=Label.PUBLIC)
    import_feeds(home, [corpus / "sample_org"])
    advisor = Advisor.open(settings.model_copy(update={"home": home, "clearance": Label.RESTRICTED}))
    golds = located(plain, stored_texts(home, str(corpus / "guidance")))
    return lambda case: _outcome(case, advisor, golds[case.id], str(corpus / "guidance"))


def _outcome(case: FollowUp, advisor: Advisor, golds: Sequence[GoldSpan], root: str) -> Outcome:
    followed = advisor.ask(case.question, k=PASSAGES, history=case.history)
    if case.kind == "courtesy":
        return Outcome(case, followed.understood, 0.0, 0.0, 0.0, followed.kind == "courtesy")
    alone = advisor.ask(case.standalone, k=PASSAGES)
    if case.over == "estate":
        said, wanted = _figures(followed), _figures(alone)
        return Outcome(case, followed.understood, 0.0, 0.0, 0.0, bool(wanted) and said == wanted)
    typed = advisor.ask(case.question, k=PASSAGES)
    recalls = [retrieval(golds, spans(answer, root))["recall@5"][0] for answer in (followed, alone, typed)]
    return Outcome(case, followed.understood, *recalls, right=not followed.abstained)


def _figures(answer: Answer) -> list[tuple[str | None, list[str]]]:
    """Measure and words of each figure; filters may be named in any order."""
    return [
        (one.locator.formula, sorted(re.findall(r"\w+", one.text))) for one in answer.evidence if one.kind == "figure"
    ]
