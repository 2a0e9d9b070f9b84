""" "add 16 H100 in Oslo; fabric frankfurt 400 Gb/s": changes to observations, and what they would change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from advisor.errors import QuestionError
from advisor.inventory.conversion import Unreadable, quantity
from advisor.readiness import pools
from advisor.readiness.assessment import Assessment
from advisor.readiness.observation import Estate, Observation
from advisor.readiness.pools import Pool
from advisor.readiness.rubric import Rubric
from index.document import Label

_ADD = re.compile(
    r"(?P<verb>add|remove)\s+(?P<n>\d[\d,]*)\s+(?P<what>[\w-]+(?: \w+)?)\s+(?:in|at|to|from)\s+(?P<site>.+)", re.I
)
_SET = re.compile(
    r"(?P<what>fabric|network|oversubscription|storage(?: read| write)?|pue|renewable|power|controls|signals)\s+(?:in |at |of )?(?P<site>.+?)\s+(?:to |is |were |was |= ?)?(?P<value>\d[\d.,]*\s?\S*)$",
    re.I,
)
_MEASURES = {
    "fabric": (("fabric_gbits_per_s_per_gpu", "Gb/s"),),
    "network": (("fabric_gbits_per_s_per_gpu", "Gb/s"),),
    "oversubscription": (("fabric_oversubscription", "ratio"),),
    "storage": (("storage_read_gbytes_per_s", "GB/s"), ("storage_write_gbytes_per_s", "GB/s")),
    "storage read": (("storage_read_gbytes_per_s", "GB/s"),),
    "storage write": (("storage_write_gbytes_per_s", "GB/s"),),
    "pue": (("pue", "ratio"),),
    "renewable": (("renewable_share", "%"),),
    "power": (("power_headroom_kw", "kW"),),
    "controls": (("control_coverage", "%"),),
    "signals": (("signal_coverage", "%"),),
}  # fmt: skip


_SAID = {
    "gpu_count": ("accelerators", ""),
    "power_headroom_kw": ("power headroom", "kW"),
    "fabric_gbits_per_s_per_gpu": ("network for each GPU", "Gb/s"),
    "fabric_oversubscription": ("oversubscription", ""),
    "storage_read_gbytes_per_s": ("storage read", "GB/s"),
    "storage_write_gbytes_per_s": ("storage write", "GB/s"),
    "pue": ("PUE", ""),
    "renewable_share": ("renewable electricity", "%"),
    "control_coverage": ("controls", "%"),
    "signal_coverage": ("signals collected", "%"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would be otherwise."""

    measure: str
    site: str
    before: float | None
    after: float
    pools: tuple[tuple[Pool, ...], tuple[Pool, ...]] | None = None  # accelerators by model, before and after

    @property
    def text(self) -> str:
        name, unit = _SAID.get(self.measure, (self.measure.replace("_", " "), ""))
        before = "unknown" if self.before is None else f"{self.before:g}"
        return f"{name} at {self.site}: {before} → {self.after:g} {unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Difference:
    """A verdict that is another one after the changes."""

    workload: str
    site: str
    before: str
    after: str


def parse(text: str, estate: Estate, rubric: Rubric) -> tuple[Change, ...]:
    """Changes in order. Raises QuestionError for what cannot be read or is not known."""
    changes: list[Change] = []
    values = {name: seen.value for name, seen in estate.values.items()}
    held = dict(estate.pools)
    for part in filter(None, (one.strip() for one in re.split(r"[;\n]|\band\b", text))):
        for one in _read(part, estate, rubric, values, held):
            values[one.measure, one.site] = one.after
            if one.pools is not None:
                held[one.site] = one.pools[1]
            changes.append(one)
    if not changes:
        raise QuestionError("Say what would be otherwise, e.g. `add 16 H100 in Oslo; fabric Frankfurt 400 Gb/s`.")
    return tuple(changes)


# "we raise Frankfurt's storage write to 20 GB/s", "storage write of Frankfurt is 20 GB/s": verb and order do not matter.
_VERB = re.compile(
    r"^(?:(?:we|i)\s+)?(?:raise|increase|double|upgrade|set|bring|lower|reduce|cut|halve|make|improve)d?\s+(?:the\s+)?",
    re.I,
)
_POSSESSIVE = re.compile(
    r"^(?:the\s+)?(?P<site>\w[\w -]*?)(?:'s|’s)\s+(?P<what>[a-z ]+?)\s+(?P<rest>(?:to|is|were|was|=)?\s*\d.*)$", re.I
)


def _plain(part: str) -> str:
    """A change in the order that is read: what, site, value."""
    part = _VERB.sub("", part.strip())
    if found := _POSSESSIVE.match(part):
        return f"{found['what']} {found['site']} {found['rest']}"
    return part


Values = dict[tuple[str, str], float | None]


def _read(part: str, estate: Estate, rubric: Rubric, values: Values, held: dict[str, tuple[Pool, ...]]) -> list[Change]:
    part = _plain(part)
    if found := _ADD.fullmatch(part):
        return _accelerators(found, estate, rubric, values, held)
    if found := _SET.fullmatch(part):
        site = _site(found["site"], estate)
        changes = []
        for measure, unit in _MEASURES[found["what"].lower()]:
            try:
                value = quantity(found["value"].strip(), unit)
            except Unreadable as error:
                raise QuestionError(f"{part!r} cannot be read: {error}.") from error
            changes.append(Change(measure, site, values.get((measure, site)), value))
        return changes
    raise QuestionError(f"{part!r} cannot be read: say `add N MODEL in SITE` or `{'|'.join(_MEASURES)} SITE VALUE`.")


def _accelerators(
    found: re.Match[str], estate: Estate, rubric: Rubric, values: Values, held: dict[str, tuple[Pool, ...]]
) -> list[Change]:
    """More or fewer of a model; their power comes from the headroom."""
    site = _site(found["site"], estate)
    before = values.get(("gpu_count", site))
    if before is None:
        raise QuestionError(f"How many GPUs {site} has is not known, so none can be added to them.")
    count = float(found["n"].replace(",", ""))
    model = re.sub(r"(?i)\b(?:more|gpus?|accelerators?)\b", "", found["what"]).strip()
    now = held.get(site, ())
    if found["verb"].lower() == "add":
        after: tuple[Pool, ...] | None = pools.added(now, model or "GPU", count, Label.PUBLIC)
    else:
        after, count = pools.removed(now, model, count), -count
    if after is None or before + count < 0:
        there = sum(one.count for one in now if not model or one.model.lower() == model.lower())
        raise QuestionError(f"{site} has {there:g} {model or 'GPUs'}; {-count:g} cannot be removed.")
    changes = [Change("gpu_count", site, before, before + count, (now, after))]
    power = values.get(("power_headroom_kw", site))
    if power is not None:
        changes.append(Change("power_headroom_kw", site, power, power - count * rubric.site_kw_per_gpu))
    return changes


def _site(written: str, estate: Estate) -> str:
    wanted = written.strip().lower()
    for site in estate.sites:
        if site.lower() == wanted:
            return site
    near = [site for site in estate.sites if site.lower().startswith(wanted)]
    if len(near) == 1:
        return near[0]
    raise QuestionError(f"There is no site {written.strip()!r}: {', '.join(estate.sites)}.")


def apply(estate: Estate, changes: Sequence[Change]) -> Estate:
    """The estate as it would be. The one given is left alone."""
    values = dict(estate.values)
    for one in changes:
        seen = values.get((one.measure, one.site))
        base = seen or Observation(
            None, 1.0, estate.newest, max((v.label for v in values.values()), key=lambda v: v.rank)
        )
        values[one.measure, one.site] = replace(base, value=one.after)
    changed = {(one.measure, one.site) for one in changes}
    held = estate.pools | {one.site: one.pools[1] for one in changes if one.pools is not None}
    return replace(estate, values=values, pools=held, hypothetical=estate.hypothetical | changed)


def inverse(changes: Sequence[Change]) -> tuple[Change, ...]:
    """What undoes changes of known values."""
    return tuple(
        Change(one.measure, one.site, one.after, one.before, one.pools and (one.pools[1], one.pools[0]))
        for one in reversed(changes)
        if one.before is not None
    )


def differences(before: Assessment, after: Assessment) -> tuple[Difference, ...]:
    """Workloads whose verdict or binding constraint is another."""
    found = []
    for old, new in zip(before.verdicts, after.verdicts, strict=True):
        was, now = _said(old.status, old.constraints), _said(new.status, new.constraints)
        if was != now:
            found.append(Difference(old.workload.name, old.site, was, now))
    return tuple(found)


def _said(status: str, constraints: Sequence[object]) -> str:
    first = getattr(constraints[0], "text", "") if constraints else ""
    return f"{status}: {first}" if first else status
