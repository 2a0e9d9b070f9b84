"""Fit the abstention weights: `python -m evals.calibration HOME:SET[:WEIGHT] …`.

Each HOME is a workspace that holds the documents of its SET (JSONL with `question` and
`answerable`). Prints the weights for `advisor.confidence` and the cross-validated abstention F1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from advisor import Advisor
from advisor.confidence import ANSWERS, WEIGHTS
from advisor.gathering import gather
from advisor.question import analyse
from advisor.settings import load
from evals.metrics import f1
from index.document import Label

FOLDS = 10
NAMES = [name for name in WEIGHTS if name != "bias"]


def signals(home: Path, questions: Path) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(signals, answerable) of every question, shape (questions, len(NAMES)) and (questions,)."""
    retriever = Advisor.open(load(home=home)).retriever
    cases = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [gather(analyse(case["question"]), retriever, clearance=Label.RESTRICTED, k=10).signals for case in cases]
    return np.array([[row[name] for name in NAMES] for row in rows]), np.array([c["answerable"] for c in cases])


def fit(x: NDArray[np.float64], y: NDArray[np.bool_], weights: NDArray[np.float64]) -> dict[str, float]:
    """Weights on the raw signals of a logistic regression over standardised ones."""
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=1.0).fit(scaler.transform(x), y, sample_weight=weights)
    slopes = model.coef_[0] / scaler.scale_
    return {
        "bias": float(model.intercept_[0] - slopes @ scaler.mean_),
        **dict(zip(NAMES, slopes.tolist(), strict=True)),
    }


def probability(fitted: dict[str, float], x: NDArray[np.float64]) -> NDArray[np.float64]:
    total = fitted["bias"] + x @ np.array([fitted[name] for name in NAMES])
    return np.asarray(1 / (1 + np.exp(-total)))


def abstention_f1(p: NDArray[np.float64], answerable: NDArray[np.bool_]) -> float:
    abstains = p < ANSWERS
    return f1(
        int((abstains & ~answerable).sum()), int((abstains & answerable).sum()), int((~abstains & ~answerable).sum())
    )


def main(arguments: Sequence[str]) -> None:
    named, xs, ys, ws = [], [], [], []
    for argument in arguments:
        home, questions, *weight = argument.split(":")
        x, y = signals(Path(home), Path(questions))
        named.append((Path(questions).stem, len(y)))
        xs.append(x)
        ys.append(y)
        ws.append(np.full(len(y), float(weight[0]) if weight else 1.0))
    x, y, w = np.concatenate(xs), np.concatenate(ys), np.concatenate(ws)
    held_out = np.zeros(len(y))
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(x, y):
        held_out[test] = probability(fit(x[train], y[train], w[train]), x[test])
    fitted = fit(x, y, w)
    print(json.dumps({name: round(value, 3) for name, value in fitted.items()}, indent=4))
    start = 0
    for name, size in named:
        part = slice(start, start + size)
        start += size
        print(
            f"{name:<24} abstention F1 {abstention_f1(probability(fitted, x[part]), y[part]):.3f} as fitted, "
            f"{abstention_f1(held_out[part], y[part]):.3f} on questions held out in {FOLDS} folds"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
