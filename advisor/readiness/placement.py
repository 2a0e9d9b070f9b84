"""Where a workload belongs: on-premises, reserved or burst, with reasons from sensitivity, burstiness and readiness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.readiness.assessment import Verdict
from advisor.readiness.breakeven import BreakEven

Place = Literal["on-premises", "reserved", "burst"]


@dataclass(frozen=True, slots=True)
class Advice:
    """A place, why, and the use above which committing is cheaper, where prices are known."""

    place: Place
    site: str | None
    reasons: tuple[str, ...]
    break_evens: tuple[BreakEven, ...] = ()

    @property
    def break_even_utilisation(self) -> float | None:
        """Share of hours above which the advised commitment costs less than renting on demand."""
        way = {"on-premises": "owned", "reserved": "reserved", "burst": "reserved"}[self.place]
        shares = [
            one.utilisation for one in self.break_evens if one.committed.way == way and one.against.way == "on demand"
        ]
        return shares[0] if shares else None


def advise(
    here: Verdict,
    elsewhere: tuple[Verdict, ...],
    public_sites: frozenset[str],
    break_evens: tuple[BreakEven, ...] = (),
) -> Advice:
    """Deterministic: restricted data stay at home, bursts go out, steady load is owned or reserved."""
    workload = here.workload
    own = [v for v in (here, *elsewhere) if v.site not in public_sites]
    fit = [v for v in own if v.status in ("ready", "ready with gaps")]
    best = min(fit or own, key=lambda v: (v.site != here.site, len(v.constraints), v.site), default=None)
    reasons = []
    if (workload.data_sensitivity or "restricted") == "restricted":
        known = (
            "are restricted" if workload.data_sensitivity else "have no known sensitivity, which counts as restricted"
        )
        reasons.append(f"Its data {known}: they stay on sites of your own.")
        if best is not None and best.constraints:
            reasons.append(f"To clear first: {best.constraints[0].text}")
        return Advice("on-premises", best.site if best else None, tuple(reasons), break_evens)
    if workload.burstiness == "bursty":
        reasons.append("Its load comes in bursts: accelerators of its own would stand idle between them.")
        if here.site not in public_sites and here.status in ("ready", "ready with gaps"):
            reasons.append(f"{here.site} can carry it, so run it there when accelerators are free.")
        return Advice("burst", None, tuple(reasons), break_evens)
    load = {"steady": "Its load is steady", "daily": "Its load comes every day"}.get(
        workload.burstiness or "", "Nothing says that its load comes in bursts"
    )
    reasons.append(f"{load}, so capacity that is paid for anyway suits it.")
    if fit:
        chosen = min(fit, key=lambda v: (v.site != here.site, v.site))
        reasons.append(f"{chosen.site} carries it: {chosen.status}.")
        return Advice("on-premises", chosen.site, tuple(reasons), break_evens)
    if best is not None and best.constraints:
        reasons.append(f"No site of your own carries it yet: {best.constraints[0].text}")
    return Advice("reserved", None, tuple(reasons), break_evens)
