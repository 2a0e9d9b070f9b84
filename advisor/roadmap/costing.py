"""What an initiative costs: a quantity of the estate times a price of its own bills or of the catalogue, or unknown."""

from __future__ import annotations

import math
from dataclasses import dataclass

from advisor.evidence import Fact, Figure
from advisor.inventory.inventory import Inventory
from advisor.roadmap import words
from advisor.roadmap.document import Range
from advisor.roadmap.ledger import Ledger
from advisor.roadmap.playbook import NO_PURCHASE, UNKNOWN, Play, prices
from advisor.roadmap.survey import Measures
from index.document import Label

HOURS_A_YEAR = 8760.0


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much is bought, and the evidence that says so."""

    value: float
    unit: str
    evidence: tuple[str, ...]


class Costing:
    """Costs in one currency; what no feed and no catalogue prices is None."""

    def __init__(self, inventory: Inventory, measures: Measures, ledger: Ledger, currency: str) -> None:
        self._inventory, self._measures, self._ledger, self._currency = inventory, measures, ledger, currency
        self.unconverted: set[str] = set()  # currencies without a rate into ours

    def of(self, play: Play, quantity: Quantity | None, rented: bool) -> Range | None:
        if play.price == NO_PURCHASE:
            (book,) = self._ledger.add(play.fact("price"))
            text = f"Nothing is bought: 0 {self._currency}; its labour stands under effort."
            figure = Figure("cost", 0.0, self._currency, "quantity × price", text, (book,), None, Label.PUBLIC)
            return Range(low=0, high=0, unit=self._currency, arithmetic=text, evidence=self._ledger.add(figure))
        if play.price == UNKNOWN or quantity is None or not quantity.value:
            return None
        if rented:
            return self._rented(quantity) if quantity.unit == "GPU" else None
        price = prices()[play.price]
        (source,) = self._ledger.add(price.fact())
        return self._priced(quantity, price.low, price.high, price.currency, price.per, (source,))

    def _rented(self, quantity: Quantity) -> Range | None:
        """A year of rented accelerators at what the organisation's own bills say an hour costs."""
        paid = self._measures.all("gpu_used_cost_per_hour")
        mine = [one for one in paid if one.unit.startswith(self._currency)] or list(paid)
        if not mine:
            return None
        price, currency = mine[0], mine[0].unit.partition("/")[0]
        year = price.value * HOURS_A_YEAR
        said = f"8,760 hours at {words.number(price.value)} {price.unit}, the rate of your own bills"
        figure = Figure(
            "a year at the billed rate", year, currency, "hours × rate", said, (price.id,), None, Label.INTERNAL
        )
        return self._priced(quantity, year, year, currency, "GPU and year", self._ledger.add(figure))

    def _priced(
        self, quantity: Quantity, low: float, high: float, currency: str, per: str, source: tuple[str, ...]
    ) -> Range | None:
        rate, rated = self._rate(currency)
        if rate is None:
            self.unconverted.add(currency)
            return None
        a, b = _outward(quantity.value * low * rate, quantity.value * high * rate)
        into = f" × {words.number(rate)} {self._currency}/{currency}" if rate != 1 else ""
        text = (
            f"{words.quantity(quantity.value, quantity.unit)} × {words.span(low, high, currency)} for 1 {per}{into}, "
            f"rounded outward: {words.span(a, b, self._currency)}."
        )
        inputs = (*quantity.evidence, *source, *rated)
        label = self._ledger.label(inputs)
        figure = Figure("cost", b, self._currency, "quantity × price", text, inputs, None, label)
        return Range(low=a, high=b, unit=self._currency, arithmetic=text, evidence=self._ledger.add(figure))

    def _rate(self, currency: str) -> tuple[float | None, tuple[str, ...]]:
        if currency == self._currency:
            return 1.0, ()
        for one in self._inventory.converted(self._currency).rates:
            if one.currency == currency:
                if one.place is None:
                    return one.rate, ()
                cell = one.place
                subject = f"rate of {one.said[0]} in {one.said[1]}"
                fact = Fact(cell.feed, cell.row, cell.column, subject, one.said[2], "", None, cell.label)
                return one.rate, self._ledger.add(fact)
        return None, ()


def _outward(low: float, high: float) -> tuple[float, float]:
    """Two significant figures, the low end down and the high end up: prices are not known better."""
    if high <= 0:
        return 0.0, 0.0
    step = 10.0 ** (math.floor(math.log10(high)) - 1)
    fine = 10.0 ** (math.floor(math.log10(low)) - 1) if low > 0 else step
    return math.floor(low / fine + 1e-9) * fine, math.ceil(high / step - 1e-9) * step
