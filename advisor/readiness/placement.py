"""Where a workload belongs: on-premises, reserved or burst, with reasons from sensitivity, burstiness and readiness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.readiness.assessment import Verdict
from advisor.sizing import cost

Place = Literal["on-premises", "reserved", "burst"]


@dataclass(frozen=True, slots=True)
class Advice:
    """A place, why, and the utilisation above which owning is cheaper, where prices are known."""

    place: Place
    site: str | None
    reasons: tuple[str, ...]
    break_even_utilisation: float | None


def advise(
    here: Verdict,
    elsewhere: tuple[Verdict, ...],
    public_sites: frozenset[str],
    owned_per_hour: float | None = None,
    on_demand_per_hour: float | None = None,
) -> Advice:
    """Deterministic: restricted data stay at home, bursts go out, steady load is owned or reserved."""
    workload = here.workload
    own = [v for v in (here, *elsewhere) if v.site not in public_sites]
    fit = [v for v in own if v.status in ("ready", "ready with gaps")]
    best = min(fit or own, key=lambda v: (v.site != here.site, len(v.constraints), v.site), default=None)
    share = None
    if owned_per_hour is not None and on_demand_per_hour is not None:
        share = cost.break_even_utilisation(owned_per_hour, on_demand_per_hour)
    reasons = []
    if (workload.data_sensitivity or "restricted") == "restricted":
        known = (
            "are restricted" if workload.data_sensitivity else "have no known sensitivity, which counts as restricted"
        )
        reasons.append(f"Its data {known}: they stay on sites of your own.")
        if best is not None and best.constraints:
            reasons.append(f"To clear first: {best.constraints[0].text}")
        return Advice("on-premises", best.site if best else None, tuple(reasons), share)
    if workload.burstiness == "bursty":
        reasons.append("It is bursty: accelerators of its own would stand idle between peaks.")
        if here.site not in public_sites and here.status in ("ready", "ready with gaps"):
            reasons.append(f"{here.site} can carry it, so run it there when accelerators are free.")
        return Advice("burst", None, tuple(reasons), share)
    reasons.append(f"It is {workload.burstiness or 'of unknown burstiness'}: committed capacity is used.")
    if fit:
        chosen = min(fit, key=lambda v: (v.site != here.site, v.site))
        reasons.append(f"{chosen.site} has what blocks it least: {chosen.status}.")
        return Advice("on-premises", chosen.site, tuple(reasons), share)
    if best is not None and best.constraints:
        reasons.append(f"No site of your own carries it yet: {best.constraints[0].text}")
    return Advice("reserved", None, tuple(reasons), share)
