"""Confidence intervals by resampling questions (Efron, "Bootstrap methods", 1979); paired when two systems answered
the same questions (Sakai, "Evaluating evaluation metrics based on the bootstrap", 2006)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.row import Row

SAMPLES, LEVEL, SEED = 4000, 0.95, 20260101


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval; `questions` is how many count in it."""

    value: float
    low: float
    high: float
    questions: int


def estimates(rows: Sequence[Row], names: Sequence[str]) -> dict[str, Estimate]:
    """Of each measure that any row has a denominator for."""
    tops, bottoms = _table(rows, names)
    draws = _ratio(*_resampled(tops, bottoms))
    values = _ratio(tops.sum(0), bottoms.sum(0))
    return {
        name: Estimate(float(values[i]), *_interval(draws[:, i]), int((bottoms[:, i] > 0).sum()))
        for i, name in enumerate(names)
        if bottoms[:, i].sum() > 0
    }


def differences(one: Sequence[Row], other: Sequence[Row], names: Sequence[str]) -> dict[str, Estimate]:
    """`one` minus `other` over the questions both have, each resample drawing the same questions of both."""
    mine, theirs = ({row.id: row for row in rows} for rows in (one, other))
    shared = [name for name in mine if name in theirs]
    if not shared:
        return {}
    a = _table([mine[name] for name in shared], names)
    b = _table([theirs[name] for name in shared], names)
    draws = _ratio(*_resampled(*a)) - _ratio(*_resampled(*b))
    values = _ratio(a[0].sum(0), a[1].sum(0)) - _ratio(b[0].sum(0), b[1].sum(0))
    return {
        name: Estimate(float(values[i]), *_interval(draws[:, i]), len(shared))
        for i, name in enumerate(names)
        if a[1][:, i].sum() > 0 and b[1][:, i].sum() > 0
    }


def _table(rows: Sequence[Row], names: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(numerators, denominators), shape (rows, measures); 0 where a row has no part in a measure."""
    parts = np.array([[row.parts.get(name, (0.0, 0.0)) for name in names] for row in rows], dtype=np.float64)
    parts = parts.reshape(len(rows), len(names), 2)
    return parts[:, :, 0], parts[:, :, 1]


def _resampled(
    tops: NDArray[np.float64], bottoms: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums over SAMPLES draws with replacement, shape (SAMPLES, measures); equal row counts give equal draws."""
    count = len(tops)
    weights = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), SAMPLES).astype(np.float64)
    return weights @ tops, weights @ bottoms


def _ratio(tops: NDArray[np.float64], bottoms: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 where nothing counts: of such a draw there is nothing to say, and F1 of no hit is 0."""
    return np.divide(tops, bottoms, out=np.zeros_like(tops), where=bottoms > 0)


def _interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
