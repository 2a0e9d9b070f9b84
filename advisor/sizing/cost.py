"""Cost of owning, reserving and renting; break-even and idle cost. Amounts in one currency, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.errors import SizingError

HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True, slots=True)
class Ownership:
    """What an owned accelerator costs. Shares of the purchase price are a year."""

    purchase: float  # accelerator with its part of server, network and storage
    years: float
    upkeep_share_per_year: float  # support, spares
    staff_and_space_per_year: float
    power_kw: float  # at the wall, PUE included
    energy_price_per_kwh: float
    residual: float = 0.0  # worth at the end


def owned_cost_per_year(one: Ownership) -> float:
    """A year of one accelerator: (purchase − residual)/years + upkeep + staff and space + energy (straight-line total
    cost of ownership; Barroso et al., The Datacenter as a Computer, 3rd ed. 2018, chapter 6)."""
    if one.years <= 0:
        raise SizingError("The life must be above 0 years.")
    depreciation = (one.purchase - one.residual) / one.years
    energy = one.power_kw * HOURS_PER_YEAR * one.energy_price_per_kwh
    return depreciation + one.purchase * one.upkeep_share_per_year + one.staff_and_space_per_year + energy


def owned_cost_per_hour(one: Ownership) -> float:
    """An hour of one owned accelerator, busy or not: a year / 8,760."""
    return owned_cost_per_year(one) / HOURS_PER_YEAR


def cost_per_used_hour(cost_per_hour: float, utilisation: float) -> float:
    """Cost of an hour that does work: cost / utilisation."""
    if not 0 < utilisation <= 1:
        raise SizingError(f"Utilisation is a share above 0 and at most 1, not {utilisation:g}.")
    return cost_per_hour / utilisation


def break_even_utilisation(committed_per_hour: float, on_demand_per_hour: float) -> float:
    """Share of hours above which a committed hour (owned or reserved) is cheaper than paying on demand for used ones:
    committed / on demand. Above 1: never."""
    if on_demand_per_hour <= 0:
        raise SizingError("The on-demand price must be above 0.")
    return committed_per_hour / on_demand_per_hour


def idle_cost(accelerators: float, cost_per_hour: float, hours: float, utilisation: float) -> float:
    """Paid for hours in which nothing runs: accelerators × hours × cost × (1 − utilisation)."""
    return accelerators * hours * cost_per_hour * (1 - utilisation)


def used_cost(accelerators: float, cost_per_hour: float, hours: float, utilisation: float) -> float:
    """Paid for hours that do work; with `idle_cost` it is the whole bill."""
    return accelerators * hours * cost_per_hour * utilisation


def energy_cost(kwh: float, price_per_kwh: float) -> float:
    """Energy × price."""
    return kwh * price_per_kwh
