"""Does a line in other words say what its evidence says? Trees weigh all signals of the rules and of the alignment.

The trees are gradient boosted (Friedman 2001, doi:10.1214/aos/1013203451), fitted on the dev sets of the verifier by
`evals/verifier/fitting.py`, which writes judgement.json.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FITTED = Path(__file__).parent / "judgement.json"


@dataclass(frozen=True, slots=True)
class Node:
    """A leaf has no signal; else the way is left when the signal is at most the threshold."""

    signal: str
    threshold: float
    left: int
    right: int
    value: float


@dataclass(frozen=True, slots=True)
class Trees:
    """`stop_at` is the probability of a change, 0-1, from which a line is stopped."""

    stop_at: float
    baseline: float
    trees: tuple[tuple[Node, ...], ...]

    def changed(self, signals: Mapping[str, float]) -> float:
        """The probability that the line says something else than its evidence."""
        total = self.baseline
        for nodes in self.trees:
            node = nodes[0]
            while node.signal:
                node = nodes[node.left if signals[node.signal] <= node.threshold else node.right]
            total += node.value
        return 1 / (1 + math.exp(-total))


@cache
def fitted() -> Trees:
    data = json.loads(FITTED.read_text(encoding="utf-8"))
    names: list[str] = data["signals"]

    def node(signal: int, threshold: float, left: int, right: int, value: float) -> Node:
        return Node(names[signal] if signal >= 0 else "", threshold, left, right, value)

    trees = tuple(tuple(node(*one) for one in tree) for tree in data["trees"])
    return Trees(data["stop_at"], data["baseline"], trees)
