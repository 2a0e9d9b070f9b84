"""Does a line in other words say what its evidence says? Trees weigh all signals of the rules and of the alignment.

Where those leave it open, a network is asked that reads line and evidence together (`crossencoder`), and other trees
weigh its word with the rest: it costs more than all else, and most lines need no second look. The trees are gradient
boosted (Friedman 2001, doi:10.1214/aos/1013203451), fitted on the dev sets of the verifier by
`evals/verifier/fitting.py`, which writes judgement.json.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FITTED = Path(__file__).parent / "judgement.json"
TURNED = "turned"  # the signal that the network gives


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


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities of a change, 0-1: a line is stopped from `stop_at`; the network is asked between the `open` two."""

    stop_at: float
    open: tuple[float, float]
    first: Trees
    second: Trees

    def changed(self, signals: Mapping[str, float], turned: Callable[[], float]) -> float:
        """The probability of a change; `turned` is called when the first trees leave it open."""
        found = self.first.changed(signals)
        low, high = self.open
        return self.second.changed({**signals, TURNED: turned()}) if low < found < high else found


@cache
def fitted() -> Judgement:
    data = json.loads(FITTED.read_text(encoding="utf-8"))
    names: list[str] = data["signals"]

    def node(signal: int, threshold: float, left: int, right: int, value: float) -> Node:
        return Node(names[signal] if signal >= 0 else "", threshold, left, right, value)

    def trees(of: Any) -> Trees:
        return Trees(of["baseline"], tuple(tuple(node(*one) for one in tree) for tree in of["trees"]))

    low, high = data["open"]
    return Judgement(data["stop_at"], (low, high), trees(data["first"]), trees(data["second"]))
