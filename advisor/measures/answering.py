"""A reading → sentences, figures, facts and a table. The only place where measured numbers become words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from advisor.errors import QuestionError
from advisor.evidence import Fact, Figure
from advisor.inventory.conversion import convert
from advisor.inventory.inventory import Inventory
from advisor.measures import periods, wording
from advisor.measures.catalogue import Catalogue, Measure
from advisor.measures.compute import Group, Window, aggregate, dates
from advisor.measures.fragment import CURRENCIES
from advisor.measures.proof import CELLS, Gathered, day, facts, rates
from advisor.measures.reading import Reading
from index.document import Label

GROUPS = 20  # groups told one by one; the table has them all


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and the evidence it stands on."""

    text: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]
    figures: tuple[str, ...]  # evidence id of each row's value; "" where there is none


@dataclass(slots=True)
class Result:
    reading: str
    sentences: tuple[Said, ...] = ()
    figures: tuple[Figure, ...] = ()
    facts: tuple[Fact, ...] = ()
    table: Table | None = None
    missing: tuple[str, ...] = ()


def answer(reading: Reading, inventory: Inventory, catalogue: Catalogue) -> Result:
    """What the inventory says to a reading. Raises QuestionError when it cannot be computed at all."""
    windows = _windows(reading, inventory, catalogue)
    window = windows[0] if windows else None
    inventory, exchanged = _in_one_currency(reading, inventory, catalogue)
    if reading.periods.change and len(windows) == 2:
        result = _change(reading, windows, inventory, catalogue)
    elif reading.share:
        result = _share(reading, window, inventory, catalogue)
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
    result.missing = (*result.missing, *_uncovered(reading, windows, inventory, catalogue))
    return result


def _in_one_currency(reading: Reading, inventory: Inventory, catalogue: Catalogue) -> tuple[Inventory, frozenset[str]]:
    """The inventory with amounts converted, where rates are given and one currency is asked for or several meet.

    Raises QuestionError when a currency is asked for and a rate into it is missing.
    """
    if not reading.measure.currency:
        return inventory, frozenset()
    found = aggregate(inventory, catalogue, reading.measure, reading.filters)
    present = {one.unit.partition("/")[0] for one in found if one.value is not None}
    limit = reading.comparison.unit if reading.comparison else ""
    wanted = reading.into or (limit if limit in CURRENCIES and present != {limit} else "")
    target = wanted or (inventory.reporting_currency() if len(present) > 1 else None)
    if not target or present <= {target}:
        return inventory, frozenset()
    other = inventory.converted(target)
    lacking = sorted(present - {target} - {one.currency for one in other.rates})
    if lacking and reading.into:
        raise QuestionError(
            f"No feed gives a rate from {' or '.join(lacking)} into {target}: "
            "import a rates.csv with the columns currency, target, rate, as_of."
        )
    return (inventory, frozenset()) if lacking else (other, frozenset(present - {target}))


def _uncovered(
    reading: Reading, windows: Sequence[Window], inventory: Inventory, catalogue: Catalogue
) -> tuple[str, ...]:
    """What of the periods no feed covers: a quarter of which only October is known is no whole quarter."""
    covered = dates(inventory, catalogue.view_of(reading.measure)) if windows else None
    if covered is None or reading.periods.since:
        return ()
    first, last = covered
    return tuple(
        f"The feeds cover only {max(first, one.start):%B %Y} to {last:%B %Y} of {one.name}."
        for one in windows
        if one.start < first.replace(day=1) or (one.end > last and not periods.complete(one, last))
    )


def _windows(reading: Reading, inventory: Inventory, catalogue: Catalogue) -> list[Window]:
    """Windows of the reading's periods. Raises QuestionError for a period outside the data."""
    asked = reading.periods
    if not asked.periods:
        return []
    covered = dates(inventory, catalogue.view_of(reading.measure))
    if covered is None:
        raise QuestionError(f"No feed tells of {reading.measure.title} over time.")
    first, last = covered
    windows = [periods.window(one, first, last) for one in asked.periods]
    if asked.change:
        windows.sort(key=lambda one: one.start)  # "more in August than in July" is a change from July
    for one in windows:
        if one.start > last or one.end <= first:
            raise QuestionError(
                f"The feeds cover {first:%Y-%m-%d} to {last:%Y-%m-%d}; {one.name} is outside: import a feed for it."
            )
    if asked.since and asked.change:
        return [windows[0], periods.latest_like(asked.periods[0], last)]
    if asked.since:
        return [Window(windows[0].start, datetime(9999, 1, 1), f"the time since {windows[0].name}")]
    if asked.span and len(windows) == 2:
        return [Window(windows[0].start, windows[1].end, f"{windows[0].name} to {windows[1].name}")]
    if len(windows) > 1 and not asked.change:
        if (one_window := periods.joined(windows)) is None:
            raise QuestionError(
                f"{' and '.join(one.name for one in windows)} are apart: "
                "ask for each, or for the change from one to the other."
            )
        return [one_window]
    return windows


def _figure(
    reading: Reading,
    one: Group,
    where: str,
    inputs: Sequence[str],
    label: Label,
    *,
    text: str | None = None,
    formula: str | None = None,
) -> Figure:
    assert one.value is not None
    dated = one.as_of.date().isoformat() if one.as_of else ""
    said = text or wording.statement(reading.measure, one.value, one.unit, where, dated)
    return Figure(
        formula or reading.measure.name,
        one.value,
        one.unit,
        reading.measure.definition,
        said + _left_out(reading.measure, one),
        tuple(inputs),
        day(one.as_of),
        label,
        one.rows,
    )


def _left_out(measure: Measure, one: Group) -> str:
    """ " 2 of 96 rows have no reading." when the measure needs what some rows lack."""
    unknown = one.rows - one.known
    if not measure.needs or unknown <= 0:
        return ""
    fields = " or ".join(measure.needs)
    have = "has" if unknown == 1 else "have"
    return f" Of {one.rows:,} rows, {unknown:,} {have} no {fields} and {'is' if unknown == 1 else 'are'} left out."


def _known(measure: Measure, one: Group) -> bool:
    """Whether the value says anything: a count of rows none of which has a reading does not."""
    if one.value is None:
        return False
    return not (measure.needs and one.rows and not one.known)


def _single(reading: Reading, window: Window | None, inventory: Inventory, catalogue: Catalogue) -> Result:
    evidence = Gathered()
    groups = aggregate(inventory, catalogue, reading.measure, reading.filters, (), window)
    result = Result(wording.reading(reading, window))
    if not groups and (zero := _zero(reading, window, inventory, catalogue)):
        groups = [zero]
    if not groups or not any(_known(reading.measure, one) for one in groups):
        result.missing = (_no_value(reading, window, groups),)
        return result
    sentences = []
    where = wording.scope(reading, window)
    for one in groups:
        if not _known(reading.measure, one):
            continue
        inputs = facts(reading, one, (), window, inventory, catalogue, evidence)
        figure = _figure(reading, one, where, inputs, one.label)
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


def _no_value(reading: Reading, window: Window | None, groups: Sequence[Group]) -> str:
    measure = reading.measure
    where = wording.scope(reading, window)
    if groups and measure.needs:
        needed = " and ".join(measure.needs)
        return (
            f"{measure.title}{where}: {groups[0].rows:,} rows, none of which has {needed}: import a feed that gives it."
        )
    return f"{measure.title}{where}: no feed tells of it."


def _grouped(reading: Reading, window: Window | None, inventory: Inventory, catalogue: Catalogue) -> Result:
    evidence = Gathered()
    measure = reading.measure
    result = Result(wording.reading(reading, window))
    groups = aggregate(inventory, catalogue, measure, reading.filters, reading.group, window)
    if reading.group[0] in ("site", "cluster", "node", "workload", "storage", "fabric", "team", "model"):
        ranked = reading.top is not None or reading.comparison is not None
        groups = [one for one in groups if one.key[0] is not None or (measure.currency and not ranked)]
    known = [one for one in groups if _known(measure, one)]
    unknown = [one for one in groups if not _known(measure, one)]
    if not known:
        result.missing = (_no_value(reading, window, groups),)
        return result
    foreign = [one for one in known if not _comparable(reading, one)]
    known = [one for one in known if _comparable(reading, one)]
    chosen = [one for one in known if _meets(reading, one)] if reading.comparison else known
    if reading.listing and measure.proof and measure.additive and not reading.comparison and not reading.top:
        chosen = [one for one in chosen if one.value]  # "which nodes are down?": those that are
    chosen = _ordered(reading, chosen)
    empty = not chosen and not reading.comparison
    sentences = [] if empty else _lead(reading, chosen, known, unknown, window, evidence, inventory)
    for one in chosen[:GROUPS]:
        inputs = facts(reading, one, one.key, window, inventory, catalogue, evidence)
        figure = _figure(
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
        names = ", ".join(dict.fromkeys(f"{_name(reading, one)} ({one.unit})" for one in foreign))
        result.missing = (*result.missing, f"Not compared, being in another currency without a rate: {names}.")
    result.figures, result.facts = tuple(evidence.figures.values()), tuple(evidence.facts.values())
    by_text = {figure.text.partition(":")[0]: figure.id for figure in result.figures}
    result.table = Table(
        (*map(wording.words, reading.group), measure.title, "unit"),
        tuple((*one.key, one.value, one.unit) for one in chosen),
        tuple(by_text.get(_name(reading, one), "") for one in chosen),
    )
    return result


def _ordered(reading: Reading, groups: Sequence[Group]) -> list[Group]:
    """Best first where an order is asked for or the measure has a direction; months in time. Top-n within each unit."""
    if "month" in reading.group and reading.top is None:
        ordered = list(groups)
    else:
        ordered = sorted(
            groups,
            key=lambda one: (
                -(one.value or 0.0) if reading.descending else one.value or 0.0,
                "" if not one.key else one.key[0] or "",
            ),
        )
    if reading.top is None:
        return ordered
    kept: list[Group] = []
    for unit in dict.fromkeys(one.unit for one in ordered):
        mine = [one for one in ordered if one.unit == unit]
        kept += mine[: reading.top] + [one for one in mine[reading.top :] if one.value == mine[reading.top - 1].value]
    return kept


def _name(reading: Reading, one: Group) -> str:
    return ", ".join(wording.group_name(dim, key) for dim, key in zip(reading.group, one.key, strict=False))


def _line(reading: Reading, one: Group) -> str:
    assert one.value is not None
    return f"{_name(reading, one)}: {wording.shown(one.value, one.unit)}."


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
        _highest(known),
    )
    figure = _figure(reading, count, "", (), count.label, text=text, formula=f"number of groups by {measure.name}")
    evidence.figures[figure.id] = figure
    return [Said(text, (figure.id,))]


def _none(reading: Reading, known: Sequence[Group], window: Window | None, inventory: Inventory) -> Figure:
    """No group is left: a figure of zero."""
    noun, where = wording.plural(reading.group[0]), wording.scope(reading, window)
    text = f"None of {len(known):,} {noun}: {reading.measure.title}{where}."
    zero = Group((), 0.0, len(known), len(known), None, reading.group[0], _highest(known))
    return _figure(reading, zero, "", (), zero.label, text=text)


def _change(reading: Reading, windows: Sequence[Window], inventory: Inventory, catalogue: Catalogue) -> Result:
    """Both values, their difference, and that as a share of the first."""
    evidence = Gathered()
    result = Result(wording.reading(reading, None, windows))
    sides = []
    for window in windows:
        groups = aggregate(inventory, catalogue, reading.measure, reading.filters, reading.group[:1], window)
        sides.append({(one.key, one.unit): one for one in groups if _known(reading.measure, one)})
    sentences = []
    for key in [key for key in sides[0] if key in sides[1]]:
        a, b = sides[0][key], sides[1][key]
        assert a.value is not None and b.value is not None
        ids = []
        for window, one in zip(windows, (a, b), strict=True):
            inputs = facts(reading, one, one.key, window, inventory, catalogue, evidence)
            figure = _figure(
                reading,
                one,
                wording.scope(reading, window),
                inputs,
                one.label,
            )
            evidence.figures[figure.id] = figure
            ids.append(figure.id)
        who = f"{_name(reading, a)}: " if reading.group else ""
        share = f", {wording.shown(100 * (b.value - a.value) / a.value, '%')}" if a.value else ""
        moved = Group(key[0], b.value - a.value, a.rows + b.rows, a.known + b.known, b.as_of, a.unit, _highest((a, b)))
        text = (
            f"{who}{reading.measure.title} went from {wording.shown(a.value, a.unit)} in {windows[0].name} to "
            f"{wording.shown(b.value, b.unit)} in {windows[1].name}: {wording.shown(b.value - a.value, a.unit)}{share}."
        )
        figure = _figure(reading, moved, "", ids, moved.label, text=text, formula=f"change of {reading.measure.name}")
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


def _share(reading: Reading, window: Window | None, inventory: Inventory, catalogue: Catalogue) -> Result:
    """A part over its whole, in percent; by group the share of each. Currencies apart."""
    evidence = Gathered()
    measure = reading.measure
    result = Result(wording.reading(reading, window))
    total = reading.whole or measure
    kept = {dim: reading.filters[dim] for dim in reading.share_of} if not reading.group else dict(reading.filters)
    wholes = {one.unit: one for one in aggregate(inventory, catalogue, total, kept, (), window) if _known(total, one)}
    parts = aggregate(inventory, catalogue, measure, reading.filters, reading.group[:1], window)
    if not parts and wholes and not measure.currency:
        whole = next(iter(wholes.values()))
        parts = [Group((), 0.0, 0, 0, whole.as_of, whole.unit, whole.label)]
    sentences = []
    for part in _ordered(reading, [one for one in parts if one.value is not None and one.unit in wholes]):
        whole = wholes[part.unit]
        if not whole.value or part.value is None:
            continue
        inputs = facts(reading, part, part.key, window, inventory, catalogue, evidence)
        below = _figure(Reading(total, kept), whole, wording.scope(Reading(total, kept), window), (), whole.label)
        above_text = wording.statement(measure, part.value, part.unit, wording.scope(reading, window), "")
        above = _figure(reading, part, "", inputs, part.label, text=above_text)
        share = Group(
            part.key, 100 * part.value / whole.value, part.rows, part.rows, part.as_of, "%", _highest((part, whole))
        )
        who = f"{_name(reading, part)}: " if reading.group else ""
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
        result.missing = (_no_value(reading, window, parts),)
    result.sentences, result.figures, result.facts = (
        tuple(sentences),
        tuple(evidence.figures.values()),
        tuple(evidence.facts.values()),
    )
    return result


def _highest(groups: Sequence[Group]) -> Label:
    """The most sensitive label among the rows that groups rest on."""
    return max((one.label for one in groups), key=lambda label: label.rank, default=Label.RESTRICTED)
