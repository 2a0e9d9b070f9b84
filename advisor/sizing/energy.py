"""Power, energy, carbon."""

from __future__ import annotations

import math

from advisor.errors import SizingError


def it_power_kw(accelerators: int, accelerator_w: float, other_share: float, load: float = 1.0) -> float:
    """kW of servers: accelerators × power × load, and the rest of the server as a share of the accelerators' rated
    power (CPUs, fans, network cards do not fall with accelerator load). DGX H100: 10.2 kW for 8 × 0.7 kW, share 0.82
    at most (NVIDIA, DGX H100 data sheet, 2022)."""
    if not 0 <= load <= 1:
        raise SizingError(f"A load is a share from 0 to 1, not {load:g}.")
    return accelerators * accelerator_w * (load + other_share) / 1000


def facility_power_kw(it_kw: float, pue: float) -> float:
    """kW drawn by the site: IT power × PUE (ISO/IEC 30134-2:2016)."""
    if pue < 1:
        raise SizingError(f"PUE is at least 1 by definition, not {pue:g}.")
    return it_kw * pue


def energy_kwh(power_kw: float, hours: float) -> float:
    """kWh: power × time."""
    return power_kw * hours


def accelerator_energy_kwh(hours: float, power_w: float, pue: float = 1.0) -> float:
    """kWh of accelerator-hours at `power_w` each, × PUE: the estimate of Meta's and BigScience's reports (Luccioni et
    al. 2022, arXiv:2211.02001; Llama 2 model card, 2023)."""
    return facility_power_kw(hours * power_w / 1000, pue)


def carbon_kg(kwh: float, grams_per_kwh: float) -> float:
    """kg CO2e: energy × intensity of the grid (GHG Protocol Scope 2 Guidance, 2015, location-based)."""
    return kwh * grams_per_kwh / 1000


def idle_energy_kwh(accelerators: int, idle_w: float, hours: float, pue: float) -> float:
    """kWh drawn while nothing runs."""
    return accelerator_energy_kwh(accelerators * hours, idle_w, pue)


def racks(nodes: int, node_kw: float, rack_kw: float) -> int:
    """Racks for `nodes` under a power limit, whole nodes in each."""
    each = math.floor(rack_kw / node_kw + 1e-9)
    if each < 1:
        raise SizingError(f"A node of {node_kw:g} kW exceeds the rack's {rack_kw:g} kW.")
    return math.ceil(nodes / each)
