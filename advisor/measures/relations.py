"""Two values and what lies between them: change from one period to another, a part over its whole."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.evidence import Figure
from advisor.inventory.inventory import Inventory
from advisor.measures import wording
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import Group, Window, aggregate
from advisor.measures.proof import Gathered, day, facts
from advisor.measures.reading import Reading
from advisor.measures.results import (
    Result,
    Said,
    figure_of,
    group_label,
    highest_label,
    is_known,
    no_value,
    ordered_groups,
)


def change(reading: Reading, windows: Sequence[Window], inventory: Inventory, catalogue: Catalogue) -> Result:
    """Both values, their difference, and that as a share of the first."""
    evidence = Gathered()
    result = Result(wording.reading(reading, None, windows))
    sides = []
    for window in windows:
        groups = aggregate(inventory, catalogue, reading.measure, reading.filters, reading.group[:1], window)
        sides.append({(one.key, one.unit): one for one in groups if is_known(reading.measure, one)})
    sentences = []
    keys = [key for key in sides[0] if key in sides[1]]
    proofs = [
        dict(
            zip(keys, facts(reading, [side[key] for key in keys], window, inventory, catalogue, evidence), strict=True)
        )
        for window, side in zip(windows, sides, strict=True)
    ]
    for key in keys:
        a, b = sides[0][key], sides[1][key]
        assert a.value is not None and b.value is not None
        ids = []
        for window, one, proof in zip(windows, (a, b), proofs, strict=True):
            inputs = proof[key]
            figure = figure_of(
                reading,
                one,
                wording.scope(reading, window),
                inputs,
                one.label,
            )
            evidence.figures[figure.id] = figure
            ids.append(figure.id)
        who = f"{group_label(reading, a)}: " if reading.group else ""
        share = f", {wording.shown(100 * (b.value - a.value) / a.value, '%')}" if a.value else ""
        moved = Group(
            key[0], b.value - a.value, a.rows + b.rows, a.known + b.known, b.as_of, a.unit, highest_label((a, b))
        )
        text = (
            f"{who}{reading.measure.title} went from {wording.shown(a.value, a.unit)} in {windows[0].name} to "
            f"{wording.shown(b.value, b.unit)} in {windows[1].name}: {wording.shown(b.value - a.value, a.unit)}{share}."
        )
        figure = figure_of(reading, moved, "", ids, moved.label, text=text, formula=f"change of {reading.measure.name}")
        evidence.figures[figure.id] = figure
        sentences.append(Said(figure.text, (figure.id, *ids)))
    if not sentences:
        result.missing = (f"{reading.measure.title} is not known for both {windows[0].name} and {windows[1].name}.",)
        return result
    result.sentences, result.figures, result.facts = (
        tuple(sentences),
        tuple(evidence.figures.values()),
        tuple(evidence.facts.values()),
    )
    return result


def share_of_whole(reading: Reading, window: Window | None, inventory: Inventory, catalogue: Catalogue) -> Result:
    """A part over its whole, in percent; by group the share of each. Currencies apart."""
    evidence = Gathered()
    measure = reading.measure
    result = Result(wording.reading(reading, window))
    total = reading.whole or measure
    kept = {dim: reading.filters[dim] for dim in reading.share_of} if not reading.group else dict(reading.filters)
    wholes = {one.unit: one for one in aggregate(inventory, catalogue, total, kept, (), window) if is_known(total, one)}
    parts = aggregate(inventory, catalogue, measure, reading.filters, reading.group[:1], window)
    if not parts and wholes and not measure.currency:
        whole = next(iter(wholes.values()))
        parts = [Group((), 0.0, 0, 0, whole.as_of, whole.unit, whole.label)]
    sentences = []
    whole_of = {unit: one for unit, one in wholes.items() if one.value}
    told = ordered_groups(reading, [one for one in parts if one.value is not None and one.unit in whole_of])
    for part, inputs in zip(told, facts(reading, told, window, inventory, catalogue, evidence), strict=True):
        whole = whole_of[part.unit]
        assert whole.value and part.value is not None
        below = figure_of(Reading(total, kept), whole, wording.scope(Reading(total, kept), window), (), whole.label)
        above_text = wording.statement(measure, part.value, part.unit, wording.scope(reading, window), "")
        above = figure_of(reading, part, "", inputs, part.label, text=above_text)
        share = Group(
            part.key,
            100 * part.value / whole.value,
            part.rows,
            part.rows,
            part.as_of,
            "%",
            highest_label((part, whole)),
        )
        who = f"{group_label(reading, part)}: " if reading.group else ""
        shown = wording.shown(part.value, part.unit)
        if reading.whole:
            shown = f"{part.value:,.0f} {measure.title}" if measure.counts else f"{shown} {measure.title}"
        where = wording.scope(reading, window) if not reading.group else ""
        text = (
            f"{who}{wording.shown(share.value or 0.0, '%')} of {total.title}: {shown}{where}"
            f" of {wording.shown(whole.value, whole.unit)}."
        )
        figure = Figure(
            f"share of {measure.name}",
            share.value or 0.0,
            "%",
            f"Part over whole of: {measure.definition}"
            if total is measure
            else f"{measure.definition} Over: {total.definition}",
            text,
            (above.id, below.id),
            day(part.as_of),
            share.label,
            part.rows,
        )
        evidence.figures |= {figure.id: figure, above.id: above, below.id: below}
        sentences.append(Said(text, (figure.id, above.id, below.id)))
    if not sentences:
        result.missing = (no_value(reading, window, parts),)
    result.sentences, result.figures, result.facts = (
        tuple(sentences),
        tuple(evidence.figures.values()),
        tuple(evidence.facts.values()),
    )
    return result
