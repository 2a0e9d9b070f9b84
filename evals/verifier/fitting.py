"""Fit the trees of `advisor.verifying.judgement`: `python -m evals.verifier.fitting HOME [--docs]`.

HOME keeps the exported encoder. Prints what the trees stop when they judge pairs whose evidence they have not seen, and
writes judgement.json; with `--docs` what it prints is written into docs/evaluation.md too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from advisor.settings import load
from advisor.verification import gated, nearest_of
from advisor.verifying import crossencoder
from advisor.verifying.alignment import align, beside
from advisor.verifying.judgement import FITTED, TURNED
from advisor.verifying.reading import read, sentences, without_source
from advisor.verifying.signals import signals
from evals.publishing import filled
from evals.verifier import runner
from index.embedding import Embedder

PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"
FOLDS = 5
# The lowest hundredth at which, cross-validated, at most 0.15 of free paraphrases and 0.05 of the others are stopped
STOP_AT = 0.24
OPEN = 0.05, 0.95  # asking the network about all claims stops hardly more, and takes longer
FREE_WEIGHT = 2.0  # the rules were made on the other pairs, so their signals tell more there than on new ones
_WORDED = ("true", "paraphrase", "negated", "addition", "entity", "citation")  # numbers and units are the rules' own
_FREE = ("d-", "e-", "ha-", "u-")
_ROUND = 6


@dataclass(frozen=True, slots=True)
class Material:
    """`x` has shape (pairs, names), the network's word last; pairs that figures or names settle are not among them."""

    names: list[str]
    x: NDArray[np.float64]
    pairs: list[runner.Pair]

    @property
    def changed(self) -> NDArray[np.bool_]:
        return np.array([pair.kind in runner.CHANGED for pair in self.pairs])

    @property
    def weights(self) -> NDArray[np.float64]:
        return np.array([FREE_WEIGHT if pair.id.startswith(_FREE) else 1.0 for pair in self.pairs])


def gather(paths: Sequence[Path], encoder: Embedder) -> Material:
    rows, kept = [], []
    for pair in (pair for path in paths for pair in runner.load(path) if pair.kind in _WORDED):
        line, there = without_source(pair.claim), sentences(pair.evidence)
        if gated(line, there, pair.evidence) is None:
            text = beside(line, there)
            counted = signals(align(read(line), text, encoder), read(nearest_of(line, there)), there)
            rows.append({**counted, TURNED: crossencoder.turned(line, text)})
            kept.append(pair)
    names = list(rows[0])
    return Material(names, np.array([[row[name] for name in names] for row in rows]), kept)


def fit(x: NDArray[np.float64], changed: NDArray[np.bool_], weights: NDArray[np.float64]) -> Any:
    model = HistGradientBoostingClassifier(
        max_iter=120,
        learning_rate=0.07,
        max_leaf_nodes=8,
        min_samples_leaf=15,
        l2_regularization=5,
        max_features=0.3,
        random_state=0,
    )
    return model.fit(x, changed, weights)


def unseen(material: Material) -> NDArray[np.float64]:
    """The probability of a change for each pair, by trees that saw no pair of the same evidence."""
    groups = [pair.evidence[0] for pair in material.pairs]
    first, second = (np.zeros(len(groups)) for _ in range(2))
    for train, test in GroupKFold(FOLDS).split(material.x, groups=groups):
        for found, x in ((first, material.x[:, :-1]), (second, material.x)):
            model = fit(x[train], material.changed[train], material.weights[train])
            found[test] = model.predict_proba(x[test])[:, 1]
    return np.where((OPEN[0] < first) & (first < OPEN[1]), second, first)


def shares(material: Material, found: NDArray[np.float64]) -> str:
    """A table: of each kind of pairs that figures and names leave, how many of `found` are stopped."""
    lines = ["| pairs left by figures and names | number | stopped |", "| --- | ---: | ---: |"]
    for name, free in (("free pairs", True), ("other dev pairs", False)):
        for kind in _WORDED:
            chosen = [i for i, p in enumerate(material.pairs) if p.kind == kind and p.id.startswith(_FREE) == free]
            if chosen:
                stopped = (found[chosen] >= STOP_AT).mean()
                lines.append(f"| {name}: {kind} | {len(chosen)} | {stopped:.3f} |")
    return "\n".join(lines) + "\n"


def exported(model: Any) -> dict[str, Any]:
    """The trees as `judgement` reads them: a node is (signal, threshold, left, right, value), a leaf has signal -1."""

    def node(one: Any) -> list[float]:
        if one["is_leaf"]:
            return [-1, 0, 0, 0, round(float(one["value"]), _ROUND)]
        return [int(one["feature_idx"]), float(one["num_threshold"]), int(one["left"]), int(one["right"]), 0]

    trees = [[node(one) for one in stage[0].nodes] for stage in model._predictors]
    baseline = round(float(np.ravel(model._baseline_prediction)[0]), _ROUND)
    return {"baseline": baseline, "trees": trees}


def main() -> None:
    encoder = runner.encoder(Path(sys.argv[1]), load().embedding_model)
    material = gather((runner.SET, runner.FRESH, runner.FREE), encoder)
    told = shares(material, unseen(material))
    print(told)
    if "--docs" in sys.argv[2:]:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(filled(page, "fitting", told), encoding="utf-8")
    first, second = (exported(fit(x, material.changed, material.weights)) for x in (material.x[:, :-1], material.x))
    data = {"stop_at": STOP_AT, "open": OPEN, "signals": material.names, "first": first, "second": second}
    FITTED.write_text(_lines(data), encoding="utf-8")


def _lines(data: Any) -> str:
    """A line for each tree."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("]],[[", "]],\n[[").replace('"trees":[', '"trees":[\n') + "\n"


if __name__ == "__main__":
    main()
