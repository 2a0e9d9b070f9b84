"""What can be counted about a line and its evidence, for the trees of `judgement` to weigh."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from advisor.verifying import arrangement, polarity, support
from advisor.verifying.alignment import Alignment, Matrix, clauses, windows
from advisor.verifying.reading import Reading, Word

ALIGNED = 0.7  # nearness from which two words count as standing for each other
LEAST_TELLS = 0.15  # weight of a word that carries no fact by itself
UNBORNE = 0.3
_CLAIM_RUNS, _EVIDENCE_RUNS, _FACING = (2, 3, 5), (2, 3, 5), (1, 2, 3, 5)  # content words


def signals(found: Alignment, nearest: Reading, there: Sequence[str]) -> dict[str, float]:
    """By name; `nearest` is the sentence of `there` that the rules compare with the line."""
    return {
        **_coverage(found),
        **_support(found, there),
        **_runs(found),
        **_polarity(found),
        **_order(found),
        **_rules(found.claim, nearest),
    }


def _weights(reading: Reading) -> Matrix:
    return np.array([max(LEAST_TELLS, support.importance(reading, i)) for i in reading.content], dtype=np.float32)


def _coverage(found: Alignment) -> dict[str, float]:
    """How well the words of each side are met on the other."""
    signals = {
        "cosine": found.cosine,
        "length ratio": float(np.log((found.near.shape[0] + 1) / (found.near.shape[1] + 1))),
    }
    for side, reading, axis in (("claim", found.claim, 1), ("evidence", found.evidence, 0)):
        weights, best = _weights(reading), found.near.max(axis=axis)
        gaps = np.sort(np.pad(weights * (1 - best), (3, 0)))[::-1]
        signals |= {
            f"{side} mean": float((weights * best).sum() / weights.sum()),
            f"{side} least": float(best.min()),
            f"{side} shared": float((weights * found.shared.max(axis=axis)).sum() / weights.sum()),
            **{f"{side} gap {i + 1}": float(gaps[i]) for i in range(3)},
        }
    return signals


def _support(found: Alignment, there: Sequence[str]) -> dict[str, float]:
    line = found.claim
    weights = support.weigh(line, there, found.cosines)
    worst, _ = support.heaviest(weights)
    total = sum(support.importance(line, i) for i in line.content)
    places = [i / len(weights) for i, weight in enumerate(weights) if weight > UNBORNE]
    return {
        "unborne run": worst,
        "unborne share": sum(weights) / max(total, 0.1),
        "unborne at the end": float(bool(places) and min(places) > 0.6),
        "added": float(support.too_much(worst, sum(weights), total)),
    }


def _runs(found: Alignment) -> dict[str, float]:
    """How near runs of words and clauses of one side come to any run of the other."""
    signals: dict[str, float] = {}
    sides = (("claim", found.claim, found.claim_vectors), ("evidence", found.evidence, found.evidence_vectors))
    runs = {side: {n: windows(reading, vectors, n) for n in _FACING} for side, reading, vectors in sides}
    every = {side: np.concatenate(list(by_length.values())) for side, by_length in runs.items()}
    for side, facing, lengths in (("claim", "evidence", _CLAIM_RUNS), ("evidence", "claim", _EVIDENCE_RUNS)):
        for n in lengths:
            best = (runs[side][n] @ every[facing].T).max(axis=1)
            signals |= {f"{side} run {n} least": float(best.min()), f"{side} run {n} mean": float(best.mean())}
    parts = clauses(found.claim, found.claim_vectors)
    best = (parts @ every["evidence"].T).max(axis=1)
    whole = parts @ found.evidence_whole
    return signals | {
        "clause least": float(best.min()),
        "clause last": float(best[-1]),
        "clause to all least": float(whole.min()),
    }


def _polarity(found: Alignment) -> dict[str, float]:
    """Denials beside denials, word by word, and opposites."""
    ours, theirs = found.claim_words, found.evidence_words
    weights, best, facing = _weights(found.claim), found.near.max(axis=1), found.near.argmax(axis=1)
    denied = np.array([word.denied for word in ours])
    denied_there = np.array([word.denied for word in theirs])[facing]
    weight = weights * best / weights.sum()
    only_claim, only_evidence, sure = denied & ~denied_there, ~denied & denied_there, best > 0.75
    new = np.array([all(one.stem != other.stem for other in theirs) for one in ours])
    gone = np.array([all(one.stem != other.stem for one in ours) for other in theirs])
    more = len(found.claim.denials) - len(found.evidence.denials)
    opposites = float((found.opposed * new[:, None] * gone[None]).sum())
    return {
        "denials of the claim": len(found.claim.denials),
        "denials of the evidence": len(found.evidence.denials),
        "denials more": more,
        "denials odd": float(more % 2),
        "denied in the claim alone": float((weight * only_claim).sum()),
        "denied in the evidence alone": float((weight * only_evidence).sum()),
        "surely denied in the claim alone": float((only_claim & sure).sum()),
        "surely denied in the evidence alone": float((only_evidence & sure).sum()),
        "denied at most": float((weights * best * (denied != denied_there)).max()),
        "denied in both": float((denied & denied_there).sum()),
        "denied by form in the claim": float(_by_form(ours, theirs)),
        "denied by form in the evidence": float(_by_form(theirs, ours)),
        "opposites": opposites,
        "opposites of new words": float((found.opposed * new[:, None]).any()),
        "opposites of words that are gone": float((found.opposed * gone[None]).any()),
        "turned odd": float((more + opposites) % 2),
    }


def _by_form(ours: Sequence[Word], theirs: Sequence[Word]) -> int:
    """How many words deny by their form a word of the other side, "unused" beside "used"."""
    stems = {word.stem for word in theirs}
    return sum(word.base in stems for word in ours if word.base)


def _order(found: Alignment) -> dict[str, float]:
    best, facing = found.near.max(axis=1), found.near.argmax(axis=1)
    placed = [int(facing[i]) for i in range(len(best)) if best[i] > ALIGNED]
    pairs = [(a, b) for k, a in enumerate(placed) for b in placed[k + 1 :]]
    steps = [b - a for a, b in pairwise(placed)]
    return {
        "inversions": sum(a > b for a, b in pairs) / max(1, len(pairs)),
        "aligned": len(placed) / len(best),
        "adjacent": sum(step in (1, 2) for step in steps) / max(1, len(steps)),
    }


def _rules(line: Reading, nearest: Reading) -> dict[str, float]:
    fired = polarity.findings(line, nearest)
    return {
        "in order": arrangement.in_order(line, nearest),
        **{f"rule: {name}": float(name in fired) for name in polarity.CHECKS},
        "rule: conflict": float(polarity.first(fired, line, nearest) is not None),
        "rule: exchanged": float(arrangement.exchanged(line, nearest) is not None),
        "rule: replaced": float(arrangement.replaced(line, nearest) is not None),
    }
