"""A reading → sentences, figures, facts and a table. The only place where measured numbers become words."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.evidence import Figure
from advisor.inventory.conversion import convert
from advisor.inventory.inventory import Inventory
from advisor.measures import wording
from advisor.measures.bounds import in_one_currency, uncovered, windows_of
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import Group, Window, aggregate
from advisor.measures.fragment import CURRENCIES
from advisor.measures.proof import CELLS, Gathered, facts, rates
from advisor.measures.reading import Reading
from advisor.measures.relations import change, share_of_whole
from advisor.measures.results import (
    Result,
    Said,
    Table,
    figure_of,
    group_label,
    highest_label,
    is_known,
    no_value,
    ordered_groups,
)

GROUPS = 20  # groups told one by one; the table has them all


def answer(reading: Reading, inventory: Inventory, catalogue: Catalogue) -> Result:
    """What the inventory says to a reading. Raises QuestionError when it cannot be computed at all."""
    windows = windows_of(reading, inventory, catalogue)
    window = windows[0] if windows else None
    inventory, exchanged = in_one_currency(reading, inventory, catalogue)
    if reading.periods.change and len(windows) == 2:
        result = change(reading, windows, inventory, catalogue)
    elif reading.share:
        result = share_of_whole(reading, window, inventory, catalogue)
    elif reading.group:
        result = _grouped(reading, window, inventory, catalogue)
    else:
        result = _single(reading, window, inventory, catalogue)
    if exchanged and result.figures:
        evidence = Gathered()
        ids = tuple(rates(inventory, evidence, exchanged))
        told = "; ".join(one.text for one in evidence.facts.values())
        result.sentences = (*result.sentences, Said(f"Converted into {inventory.into}. {told}.", ids))
        result.facts = tuple({one.id: one for one in (*result.facts, *evidence.facts.values())}.values())
    result.missing = (*result.missing, *uncovered(reading, windows, inventory, catalogue))
    return result


def _single(reading: Reading, window: Window | None, inventory: Inventory, catalogue: Catalogue) -> Result:
    evidence = Gathered()
    groups = aggregate(inventory, catalogue, reading.measure, reading.filters, (), window)
    result = Result(wording.reading(reading, window))
    if not groups and (zero := _zero(reading, window, inventory, catalogue)):
        groups = [zero]
    known = [one for one in groups if is_known(reading.measure, one)]
    if not known:
        result.missing = (no_value(reading, window, groups),)
        return result
    sentences = []
    where = wording.scope(reading, window)
    for one, inputs in zip(known, facts(reading, known, window, inventory, catalogue, evidence), strict=True):
        figure = figure_of(reading, one, where, inputs, one.label)
        evidence.figures[figure.id] = figure
        sentences.append(Said(_verdict(reading, one) + figure.text, (figure.id, *inputs[:CELLS])))
    if len(groups) > 1:
        sentences.append(Said("Currencies are kept apart.", tuple(evidence.figures)))
    result.sentences, result.figures, result.facts = (
        tuple(sentences),
        tuple(evidence.figures.values()),
        tuple(evidence.facts.values()),
    )
    result.table = Table(
        ("value", "unit"),
        tuple((one.value, one.unit) for one in groups),
        tuple(figure.id for figure in evidence.figures.values()),
    )
    return result


def _verdict(reading: Reading, one: Group) -> str:
    if reading.comparison is None or one.value is None or not _comparable(reading, one):
        return ""
    return "Yes. " if _meets(reading, one) else "No. "


def _limit(reading: Reading) -> float | None:
    """The number compared with, in the measure's unit."""
    comparison = reading.comparison
    if comparison is None:
        return None
    if not comparison.unit or reading.measure.currency:
        return comparison.value
    return convert(comparison.value, comparison.unit, reading.measure.unit)


def _comparable(reading: Reading, one: Group) -> bool:
    """Whether the limit is in the value's currency."""
    unit = reading.comparison.unit if reading.comparison else ""
    return unit not in CURRENCIES or one.unit.partition("/")[0] == unit


def _meets(reading: Reading, one: Group) -> bool:
    limit = _limit(reading)
    assert limit is not None and one.value is not None and reading.comparison is not None
    return {
        "<": one.value < limit,
        "<=": one.value <= limit,
        ">": one.value > limit,
        ">=": one.value >= limit,
        "=": one.value == limit,
    }[reading.comparison.op]


def _zero(reading: Reading, window: Window | None, inventory: Inventory, catalogue: Catalogue) -> Group | None:
    """Nothing fits all filters: that is zero when the places asked about are known, else unknown."""
    measure = reading.measure
    if not measure.additive or measure.currency or not measure.counts:
        return None
    places = {
        dim: values for dim, values in reading.filters.items() if dim in ("site", "cluster", "node", "country", "team")
    }
    if places == dict(reading.filters):
        return None
    known = aggregate(inventory, catalogue, measure, places, (), window)
    if not known:
        return None
    return Group((), 0.0, 0, 0, known[0].as_of, measure.unit, known[0].label)


def _grouped(reading: Reading, window: Window | None, inventory: Inventory, catalogue: Catalogue) -> Result:
    evidence = Gathered()
    measure = reading.measure
    result = Result(wording.reading(reading, window))
    groups = aggregate(inventory, catalogue, measure, reading.filters, reading.group, window)
    if reading.group[0] in ("site", "cluster", "node", "workload", "storage", "fabric", "team", "model"):
        ranked = reading.top is not None or reading.comparison is not None
        groups = [one for one in groups if one.key[0] is not None or (measure.currency and not ranked)]
    known = [one for one in groups if is_known(measure, one)]
    unknown = [one for one in groups if not is_known(measure, one)]
    if not known:
        result.missing = (no_value(reading, window, groups),)
        return result
    foreign = [one for one in known if not _comparable(reading, one)]
    known = [one for one in known if _comparable(reading, one)]
    chosen = [one for one in known if _meets(reading, one)] if reading.comparison else known
    if reading.listing and measure.proof and measure.additive and not reading.comparison and not reading.top:
        chosen = [one for one in chosen if one.value]  # "which nodes are down?": those that are
    chosen = ordered_groups(reading, chosen)
    empty = not chosen and not reading.comparison
    sentences = [] if empty else _lead(reading, chosen, known, unknown, window, evidence, inventory)
    told = chosen[:GROUPS]
    for one, inputs in zip(told, facts(reading, told, window, inventory, catalogue, evidence), strict=True):
        figure = figure_of(
            reading,
            one,
            "",
            inputs,
            one.label,
            text=_line(reading, one),
        )
        evidence.figures[figure.id] = figure
        sentences.append(Said(figure.text, (figure.id, *inputs)))
    units = {one.unit for one in chosen}
    if len(units) > 1:
        sentences.append(Said("Currencies are kept apart.", tuple(evidence.figures)))
    result.sentences = tuple(sentences)
    if not evidence.figures:
        evidence.figures |= {one.id: one for one in [_none(reading, known, window, inventory)]}
        result.sentences = tuple(Said(one.text, (one.id,)) for one in evidence.figures.values())
    if unknown:
        names = ", ".join(wording.group_name(reading.group[0], one.key[0]) for one in unknown[:8])
        more = f" and {len(unknown) - 8} more" if len(unknown) > 8 else ""
        result.missing = (
            f"{measure.title} cannot be determined for {names}{more}: no feed gives what it needs there.",
        )
    if foreign:
        names = ", ".join(dict.fromkeys(f"{group_label(reading, one)} ({one.unit})" for one in foreign))
        result.missing = (*result.missing, f"Not compared, being in another currency without a rate: {names}.")
    result.figures, result.facts = tuple(evidence.figures.values()), tuple(evidence.facts.values())
    by_text = {figure.text.partition(":")[0]: figure.id for figure in result.figures}
    result.table = Table(
        (*map(wording.words, reading.group), measure.title, "unit"),
        tuple((*one.key, one.value, one.unit) for one in chosen),
        tuple(by_text.get(group_label(reading, one), "") for one in chosen),
    )
    return result


def _line(reading: Reading, one: Group) -> str:
    assert one.value is not None
    return f"{group_label(reading, one)}: {wording.shown(one.value, one.unit)}."


def _lead(
    reading: Reading,
    chosen: Sequence[Group],
    known: Sequence[Group],
    unknown: Sequence[Group],
    window: Window | None,
    evidence: Gathered,
    inventory: Inventory,
) -> list[Said]:
    """The first sentence: how many groups meet a comparison, or what the list is of."""
    measure, noun = reading.measure, wording.plural(reading.group[0])
    where = wording.scope(reading, window)
    title = f"{measure.title[0].upper()}{measure.title[1:]}{where} by {wording.words(reading.group[0])}"
    if reading.comparison:
        unit = reading.comparison.unit if measure.currency else measure.unit
        limit = wording.comparison(reading, _limit(reading), unit)
        have = "has" if len(chosen) == 1 else "have"
        what = f"{measure.title}{where} {limit}".rstrip()
        text = f"Of {len(known):,} {noun} with a value, {len(chosen):,} {have} {what}."
    elif len(chosen) > GROUPS:
        text = f"{title}, the first {GROUPS} of {len(chosen):,}:"
    elif reading.top:
        rank = ("Highest" if reading.descending else "Lowest") + (f" {reading.top}" if reading.top > 1 else "")
        text = f"{rank} by {measure.title}{where}, of {len(known):,} {noun} with a value:"
    else:
        text = f"{title}, {len(chosen):,} with a value:"
    dates_known = [one.as_of for one in known if one.as_of]
    count = Group(
        (),
        float(len(chosen)),
        len(known),
        len(known),
        min(dates_known, default=None),
        reading.group[0],
        highest_label(known),
    )
    figure = figure_of(reading, count, "", (), count.label, text=text, formula=f"number of groups by {measure.name}")
    evidence.figures[figure.id] = figure
    return [Said(text, (figure.id,))]


def _none(reading: Reading, known: Sequence[Group], window: Window | None, inventory: Inventory) -> Figure:
    """No group is left: a figure of zero."""
    noun, where = wording.plural(reading.group[0]), wording.scope(reading, window)
    text = f"None of {len(known):,} {noun}: {reading.measure.title}{where}."
    zero = Group((), 0.0, len(known), len(known), None, reading.group[0], highest_label(known))
    return figure_of(reading, zero, "", (), zero.label, text=text)
