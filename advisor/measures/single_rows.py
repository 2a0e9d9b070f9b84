"""Measures of single devices, made from those over all: how many are above a limit, the highest, the median."""

from __future__ import annotations

from dataclasses import replace

from advisor.inventory.conversion import convert
from advisor.measures.catalogue import Catalogue
from advisor.measures.fragment import WORDS_OF, Fragment
from advisor.measures.reading import Reading


def of_rows(fragment: Fragment) -> bool:
    """Whether single accelerators are asked for ("how many H100s are above 70 °C"), not a mean or sum over them."""
    texts = [token.text for token in fragment.words]
    gpus = {p for p, word in enumerate(texts) if word in ("gpu", "accelerator", "card")}
    gpus |= {p for match in fragment.matches if match.dimension == "model" for p in match.span.positions}
    lead = ("the", "all", "our", "any", "show", "me", "list")
    first = next((p for p, word in enumerate(texts) if word not in lead), -1)
    if first in gpus and fragment.words[first].raw.lower().endswith("s"):
        return True  # "GPUs hotter than 75 °C"
    for position, word in enumerate(texts):
        if word in ("many", "number", "count", "which"):
            after = next(
                (p for p in range(position + 1, len(texts)) if texts[p] not in ("of", "our", "the", "all")), -1
            )
            if after in gpus:
                return True
    return False


def rows_counted(reading: Reading, catalogue: Catalogue) -> Reading:
    """The number of rows whose own value meets the comparison, as a measure of its own."""
    measure, limit = reading.measure, reading.comparison
    assert limit is not None and measure.each is not None
    number = convert(limit.value, limit.unit, measure.unit) if limit.unit else limit.value
    holds = (
        f"{measure.each.sql} {limit.op} {number!r}"  # an expression of the catalogue, an operator of ours and a number
    )
    noun = catalogue.view_of(measure).noun[0]
    said = f"{WORDS_OF[limit.op]} {number:g} {measure.unit}".strip()
    counted = measure.model_copy(
        update={
            "name": f"{measure.name} {limit.op} {number:g}",
            "title": f"GPUs with {measure.each.title} {said}",
            "unit": noun,
            "sql": f"count(*) FILTER (WHERE {holds})",
            "definition": f"Accelerators whose own value is {said}; those without a reading are not counted.",
            "proof": holds,
            "additive": True,
            "mean": False,
            "better": "neither",
            "part_of": None,
            "each": None,
        }
    )
    return replace(reading, measure=counted, comparison=None)


_EXTREMES = {
    "max": "max",
    "maximum": "max",
    "highest": "max",
    "peak": "max",
    "min": "min",
    "minimum": "min",
    "lowest": "min",
    "median": "median",
}


def extreme_of(fragment: Fragment) -> tuple[str, int] | None:
    """The aggregate that "highest", "lowest" or "median" asks for when nothing is grouped, and where it stands."""
    found = [(_EXTREMES[word.text], p) for p, word in enumerate(fragment.words) if word.text in _EXTREMES]
    return found[0] if len(found) == 1 else None


def of_one(reading: Reading, aggregate: str, position: int) -> Reading:
    """The highest, lowest or median value of single rows, as a measure of its own."""
    measure = reading.measure
    word = {"max": "highest", "min": "lowest", "median": "median"}[aggregate]
    assert measure.each is not None
    told = measure.model_copy(
        update={
            "name": f"{word} {measure.name}",
            "title": f"{word} {measure.each.title} of one GPU",
            "sql": f"{aggregate}({measure.each.sql})",
            "additive": False,
            "definition": f"The {word} value among single accelerators that have one.",
            "mean": False,
            "part_of": None,
            "each": None,
        }
    )
    return replace(reading, measure=told, row_word=position)
