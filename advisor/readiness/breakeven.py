"""What a GPU-hour costs owned, reserved and on demand, at which use one beats the other, and what idle hours cost.

Prices are those of the inventory's own spend lines; where it has none, those of sizing/prices.yaml, and it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.evidence import Fact, Figure
from advisor.inventory.inventory import Inventory
from advisor.measures import proof
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import NOT, Group, aggregate
from advisor.measures.reading import Reading
from advisor.measures.wording import shown
from advisor.sizing import cost, price
from index.document import Label

Way = Literal["owned", "reserved", "on demand"]
_PAID, _LISTED = "gpu_used_cost_per_hour", "list_gpu_price"
_AT_HOME = "on-?prem|own data cent"  # providers of lines that charge for owned accelerators
_PAIRS = (("owned", "on demand"), ("reserved", "on demand"), ("owned", "reserved"))
_NOUN = {"owned": "an owned", "reserved": "a reserved", "on demand": "an on-demand"}


@dataclass(frozen=True, slots=True)
class Price:
    """What an hour of one accelerator costs."""

    way: Way
    model: str
    per_hour: float
    currency: str
    own: bool  # of the inventory's spend, not of the catalogue
    figure: Figure
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The use above which a committed hour costs less than paying on demand for the used ones."""

    committed: Price
    against: Price
    utilisation: float  # share of hours; above 1: never. A reserved one is taken to be reserved for used hours only
    figure: Figure

    @property
    def model(self) -> str:
        return self.committed.model


@dataclass(frozen=True, slots=True)
class Idle:
    """What is paid for hours in which nothing runs."""

    amount: float
    currency: str
    figure: Figure
    figures: tuple[Figure, ...]  # it stands on
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Economics:
    """Prices, break-evens and idle cost of an estate."""

    prices: tuple[Price, ...]
    break_evens: tuple[BreakEven, ...]
    idle: tuple[Idle, ...]
    used: Mapping[str, tuple[Figure, tuple[Fact, ...]]]  # model → how much of its commitments is used

    def of(self, model: str) -> tuple[BreakEven, ...]:
        """Those for a model; "H100 SXM" is an H100."""
        words = model.upper().split()
        return tuple(one for one in self.break_evens if one.model.upper() in words)


def economics(inventory: Inventory, catalogue: Catalogue) -> Economics:
    """Everything that spend lines and catalogue prices tell."""
    into = inventory.reporting_currency()
    seen = inventory.converted(into) if into else inventory
    prices = tuple(_chosen([*_own(seen, catalogue), *_listed(seen)]))
    used = {
        str(one.key[0]): (figure, facts)
        for one, figure, facts in _measured("commitment_utilisation", ("model",), seen, catalogue)
        if one.key[0] is not None
    }
    return Economics(prices, tuple(_break_evens(prices)), tuple(_idle(seen, catalogue, prices)), used)


def proofs(found: Economics) -> tuple[tuple[Figure, ...], tuple[Fact, ...]]:
    """Figures and facts that break-evens and idle cost stand on."""
    kept = [one for pair in found.break_evens for one in (pair.committed, pair.against)]
    figures = [one.figure for one in found.break_evens] + [one.figure for one in kept]
    figures += [figure for one in found.idle for figure in (one.figure, *one.figures)]
    facts = [fact for one in kept for fact in one.facts] + [fact for one in found.idle for fact in one.facts]
    return tuple(dict.fromkeys(figures)), tuple(dict.fromkeys(facts))


def _measured(
    name: str,
    group: tuple[str, ...],
    inventory: Inventory,
    catalogue: Catalogue,
    filters: Mapping[str, tuple[str, ...]] | None = None,
    title: str = "",
) -> list[tuple[Group, Figure, tuple[Fact, ...]]]:
    """Values of a measure by group, with figure and cells."""
    measure, chosen = catalogue[name], dict(filters or {})
    groups = [one for one in aggregate(inventory, catalogue, measure, chosen, group) if one.value is not None]
    found = proof.Gathered()
    reading = Reading(measure=measure, filters=chosen, group=group)
    cells = proof.facts(reading, groups, None, inventory, catalogue, found)
    said = title or measure.title
    made = []
    for one, ids in zip(groups, cells, strict=True):
        of = " ".join(part for part in one.key if part)
        assert one.value is not None
        text = f"{said[:1].upper()}{said[1:]}{f' of {of}' if of else ''}: {shown(one.value, one.unit)}."
        figure = Figure(
            name, one.value, one.unit, measure.definition, text, ids, proof.day(one.as_of), one.label, one.rows
        )
        made.append((one, figure, tuple(found.facts[each] for each in ids)))
    return made


def _own(inventory: Inventory, catalogue: Catalogue) -> Iterable[Price]:
    """Prices of the spend lines: owned, used commitments, standard prices, and list prices of whatever was used."""
    rows = inventory.query(
        f"SELECT DISTINCT provider FROM {inventory.schema}.spend WHERE regexp_matches(lower(provider), ?)", [_AT_HOME]
    )
    home = tuple(sorted(str(row[0]) for row in rows))
    away = {NOT + "provider": home} if home else {}
    standard = {"pricing_category": ("Standard",), "charge_category": ("Usage",)}
    asked: list[tuple[Way, str, dict[str, tuple[str, ...]]]] = [
        ("reserved", _PAID, {"commitment_status": ("Used",)} | away),
        ("on demand", _PAID, standard | away),
        ("on demand", _LISTED, away),
    ]
    if home:
        asked.insert(0, ("owned", _PAID, {"provider": home}))
    for way, name, filters in asked:
        title = f"{_NOUN[way].partition(' ')[2]} GPU-hour{' at list price' if name == _LISTED else ''}"
        for one, figure, facts in _measured(name, ("model",), inventory, catalogue, filters, title):
            if one.key[0] is not None and one.value and not one.unit.startswith("unknown"):
                yield Price(way, one.key[0], one.value, one.unit.partition("/")[0], True, figure, facts)


def _listed(inventory: Inventory) -> Iterable[Price]:
    """Catalogue prices, in the inventory's currency where it has a rate."""
    figure, facts = price.owned()
    rented = price.fact("on_demand")
    said = f"{rented.subject}: {shown(float(rented.value), price.CURRENCY)} an hour, a catalogue price."
    hired = Figure(
        "catalogue price", float(rented.value), f"{price.CURRENCY}/GPU-hour", rented.subject, said, (rented.id,), None,
        Label.PUBLIC,
    )  # fmt: skip
    rate = next((one.rate for one in inventory.rates if one.currency == price.CURRENCY), None)
    factor, currency = (rate, inventory.into) if rate and inventory.into else (1.0, price.CURRENCY)
    yield Price("owned", price.MODEL, figure.value * factor, currency, False, figure, facts)
    yield Price("on demand", price.MODEL, hired.value * factor, currency, False, hired, (rented,))


def _chosen(prices: Iterable[Price]) -> Iterable[Price]:
    """The first of each way, model and currency: own lines before list prices, those before the catalogue."""
    return {(one.way, one.model, one.currency): one for one in reversed(list(prices))}.values()


def _break_evens(prices: Sequence[Price]) -> Iterable[BreakEven]:
    for committed in prices:
        for other in prices:
            same = (committed.model, committed.currency) == (other.model, other.currency)
            if same and (committed.way, other.way) in _PAIRS:
                share = cost.break_even_utilisation(committed.per_hour, other.per_hour)
                yield BreakEven(committed, other, share, _break_even_figure(committed, other, share))


def _break_even_figure(committed: Price, other: Price, share: float) -> Figure:
    rates = f"{_amount(committed)} against {_amount(other)}"
    sources = {True: "of your own spend", False: "of the catalogue"}
    whose = (
        f"both {sources[committed.own]}" if committed.own == other.own
        else f"the first {sources[committed.own]}, the second {sources[other.own]}"
    )  # fmt: skip
    rival = "a reserved one in full use" if other.way == "reserved" else "an on-demand one"
    above = f"above {shown(100 * share, '%')} of its hours in use"
    said = f"never costs less than {rival}" if share > 1 else f"costs less than {rival} {above}"
    who = f"{_NOUN[committed.way][:1].upper()}{_NOUN[committed.way][1:]} {committed.model}"
    text = f"{who} {said}: {rates} an hour, {whose}."
    label = max((committed.figure.label, other.figure.label), key=lambda one: one.rank)
    return Figure(
        "committed price / on-demand price", 100 * share, "%", "break-even utilisation", text,
        (committed.figure.id, other.figure.id), committed.figure.as_of, label,
    )  # fmt: skip


def _amount(one: Price) -> str:
    return shown(one.per_hour, one.currency) + (" at list price" if one.figure.formula == _LISTED else "")


def _idle(inventory: Inventory, catalogue: Catalogue, prices: Sequence[Price]) -> Iterable[Idle]:
    """Commitments that nobody used, as billed; then idle accelerators of the sites at the price of owning one."""
    for one, figure, facts in _measured("unused_commitment_cost", (), inventory, catalogue):
        if one.value:
            yield Idle(one.value, one.unit, figure, (), facts)
    for one, counted, facts in _measured("idle_gpu_count", ("site", "model"), inventory, catalogue):
        site, model = one.key
        rate = next((p for p in prices if p.way == "owned" and p.model == model), None)
        if not one.value or rate is None or site is None:
            continue
        hour = cost.idle_cost(one.value, rate.per_hour, 1.0, 0.0)
        whose = "of your own spend" if rate.own else "of the catalogue"
        text = (
            f"{shown(one.value, 'GPU')} ({model}) idle at {site} cost {shown(hour, rate.currency)} an hour, at "
            f"{_amount(rate)} each, {whose}."
        )
        label = max((counted.label, rate.figure.label), key=lambda each: each.rank)
        figure = Figure(
            "idle accelerators × cost of an owned hour", hour, f"{rate.currency}/h", "idle cost", text,
            (counted.id, rate.figure.id), counted.as_of, label,
        )  # fmt: skip
        yield Idle(hour, f"{rate.currency}/h", figure, (counted, rate.figure), (*facts, *rate.facts))
