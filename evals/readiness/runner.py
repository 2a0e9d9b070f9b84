"""Readiness questions on the sample organisation: is the verdict right, what binds said, and do the figures stand?"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.errors import SchemaError
from advisor.inventory.inventory import Inventory
from advisor.readiness import answering

SET = Path(__file__).parent.parent / "sets" / "readiness.jsonl"
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question."""

    id: str
    question: str
    verdict: bool  # the first sentence begins as it should
    said: bool  # what binds, where, and the next step are there
    figures: bool  # every expected number stands in the sentences, within half a per cent
    answer: str

    @property
    def right(self) -> bool:
        return self.verdict and self.said and self.figures


def cases(path: Path = SET) -> list[dict[str, Any]]:
    """The questions. Raises SchemaError when the file is not of the form."""
    try:
        read = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return [{name: one[name] for name in ("id", "question", "starts", "says", "numbers")} for one in read]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SchemaError(f"{path} is no set of readiness questions: {error}") from error


def run(inventory: Inventory, path: Path = SET) -> list[Outcome]:
    """Every question answered from findings, in the order of the file."""
    return [_outcome(case, inventory) for case in cases(path)]


def _outcome(case: dict[str, Any], inventory: Inventory) -> Outcome:
    found = answering.answer(case["question"], inventory)
    sentences = [one.text for one in found.sentences] if found is not None else []
    whole = " ".join(sentences)
    numbers = [float(one.replace(",", "")) for one in _NUMBER.findall(whole)]
    return Outcome(
        case["id"],
        case["question"],
        bool(sentences) and sentences[0].startswith(case["starts"]),
        all(part.lower() in whole.lower() for part in case["says"]),
        all(any(abs(one - want) <= 0.005 * max(abs(want), 0.1) for one in numbers) for want in case["numbers"]),
        whole,
    )


def report(outcomes: Sequence[Outcome]) -> str:
    """How many are right in each respect, then those that are not."""
    count = len(outcomes)
    lines = [f"{name:<28}{sum(getattr(one, key) for one in outcomes):>4} of {count}" for name, key in (
        ("verdict first and right", "verdict"), ("binding constraint, next step", "said"),
        ("figures as in the raw feeds", "figures"), ("all of these", "right"),
    )]  # fmt: skip
    lines += [f"- {one.id} {one.question}\n    {one.answer or 'no answer'}" for one in outcomes if not one.right]
    return "\n".join(lines)
