"""How often a judge and the deterministic measures say the same, and beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.row import ADVISOR, Judgement, Material, Row, SetResult


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one aspect of a set. Shares are None where nothing counts."""

    aspect: str
    asked: int
    good: int
    bad: int
    withheld: int  # not asked: labelled above what the judge may read
    silent: int  # asked, and no verdict
    compared: int  # verdicts of rows that the measures judge too
    differ: float | None  # share of those
    kappa: float | None
    judge_right: float | None  # share of the verdicts that are as the set knows them
    ours_right: float | None  # the same of the measures, over the same rows
    examples: tuple[tuple[Row, Judgement], ...]  # where they differ


def agreements(result: SetResult) -> list[Agreement]:
    """An agreement for each aspect that was judged."""
    rows = {row.id: row for row in result.rows[ADVISOR]}
    aspects = dict.fromkeys(one.aspect for one in result.judged)
    return [_agreement(aspect, [one for one in result.judged if one.aspect == aspect], rows) for aspect in aspects]


def _agreement(aspect: str, judged: Sequence[Judgement], rows: dict[str, Row]) -> Agreement:
    told = [(rows[one.row], one, bool(one.passing)) for one in judged if one.passing is not None]
    ours = [(row, one, said, _of(row).ours[aspect]) for row, one, said in told if aspect in _of(row).ours]
    known = [(said, mine, _of(row).truth[aspect]) for row, _, said, mine in ours if aspect in _of(row).truth]
    withheld = sum(one.withheld for one in judged)
    return Agreement(
        aspect=aspect,
        asked=len(judged) - withheld,
        good=sum(said for _, _, said in told),
        bad=sum(not said for _, _, said in told),
        withheld=withheld,
        silent=len(judged) - withheld - len(told),
        compared=len(ours),
        differ=_share([said != mine for _, _, said, mine in ours]),
        kappa=kappa([(said, mine) for _, _, said, mine in ours]),
        judge_right=_share([said == truth for said, _, truth in known]),
        ours_right=_share([mine == truth for _, mine, truth in known]),
        examples=tuple((row, one) for row, one, said, mine in ours if said != mine),
    )


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Agreement beyond chance, 1 at most (Cohen, "A coefficient of agreement for nominal scales", 1960).

    None without pairs, and where both always say the same one thing: chance alone would agree then.
    """
    if not pairs:
        return None
    count = len(pairs)
    one, other = (sum(pair[i] for pair in pairs) / count for i in (0, 1))
    chance = one * other + (1 - one) * (1 - other)
    agreed = sum(a == b for a, b in pairs) / count
    return None if chance == 1 else (agreed - chance) / (1 - chance)


def _of(row: Row) -> Material:
    assert row.material is not None, "only rows with material are judged"
    return row.material


def _share(held: Sequence[bool]) -> float | None:
    return sum(held) / len(held) if held else None
