"""When initiatives run: a constraint program over weeks. Pure: tasks and limits in, places and binding limits out.

Held always: what an initiative depends on is finished before it starts; observability starts first in each horizon;
people, money and power stay within their limits. Within that the plan takes in as much severity as it can, then starts
the worst things first. One worker and a fixed seed: the same tasks give the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

from advisor.errors import QuestionError

WEEKS_A_MONTH = 52 / 12
HORIZONS = (("0-3 months", 13), ("3-12 months", 52), ("12-24 months", 104), ("after 24 months", 10_000))
_TENTHS = 10  # people and kW in tenths: the solver counts in whole numbers
_SECONDS = 0.25  # of the solver's own, deterministic clock


@dataclass(frozen=True, slots=True)
class Task:
    """What the schedule needs to know of an initiative."""

    key: str
    weeks: int
    people: float
    value: int  # 1-100, what it is worth to have it in the plan
    cost: float = 0.0  # the high end
    power_kw: float = 0.0
    frees_kw: float = 0.0  # headroom that it gives its site
    site: str | None = None
    after: tuple[str, ...] = ()
    observes: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """None: no limit. `site_kw` is the headroom of a site; sites that are not named have no known limit."""

    weeks: int
    budget: float | None = None
    power_kw: float | None = None
    people: float | None = None
    site_kw: Mapping[str, float] | None = None

    def given(self) -> tuple[str, ...]:
        named = (("budget", self.budget), ("power", self.power_kw), ("headcount", self.people))
        sites = ("site power",) if self.site_kw else ()
        return (*(name for name, value in named if value is not None), *sites, "horizon")

    def without(self, name: str) -> Limits:
        if name == "horizon":
            return replace(self, weeks=3 * self.weeks)
        fields = {"budget": "budget", "power": "power_kw", "headcount": "people", "site power": "site_kw"}
        changes: dict[str, Any] = {fields[name]: None}
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Plan:
    """Start weeks of what is in, the limit that keeps each other thing out, and the limits that bind."""

    starts: Mapping[str, int]
    outside: Mapping[str, str]  # key → limit
    binding: frozenset[str]


def plan(tasks: Sequence[Task], limits: Limits) -> Plan:
    """The best plan within the limits. Raises QuestionError when a task depends on something that is not there."""
    keys = {one.key for one in tasks}
    if lost := [f"{one.key} after {other}" for one in tasks for other in one.after if other not in keys]:
        raise QuestionError(f"The plan has no {', '.join(lost)}.")
    starts, score = _solve(tasks, limits)
    outside: dict[str, str] = {}
    binding: set[str] = set()
    for name in limits.given():
        if len(starts) == len(tasks) and name != "headcount":
            continue  # everything is in: only people can still make it later
        relaxed, better = _solve(tasks, limits.without(name), early=name == "headcount")
        new = [key for key in relaxed if key not in starts]
        if new or (name == "headcount" and better > score):
            binding.add(name)
        outside.update({key: name for key in new if key not in outside})
    left = [one for one in tasks if one.key not in starts and one.key not in outside]
    for one in left:
        outside[one.key] = _first(one, limits)
        binding.add(outside[one.key])
    return Plan(starts, outside, frozenset(binding))


def _first(one: Task, limits: Limits) -> str:
    """Of several limits that keep a task out together, one that it breaks alone, else the first given."""
    alone = {
        "budget": limits.budget is not None and one.cost > limits.budget,
        "power": limits.power_kw is not None and one.power_kw > limits.power_kw,
        "headcount": limits.people is not None and one.people > limits.people,
        "site power": bool(limits.site_kw) and one.power_kw > (limits.site_kw or {}).get(one.site or "", one.power_kw),
        "horizon": one.weeks > limits.weeks,
    }
    return next((name for name, breaks in alone.items() if breaks), limits.given()[0])


def _greedy(tasks: Sequence[Task], limits: Limits) -> dict[str, int]:
    """A fair first plan to improve on: what observes, then most worth for its work (Smith's rule), early as can be."""
    starts: dict[str, int] = {}
    weeks = {one.key: one.weeks for one in tasks}
    money = limits.budget if limits.budget is not None else float("inf")
    power = limits.power_kw if limits.power_kw is not None else float("inf")
    busy = [0.0] * (limits.weeks + max(weeks.values(), default=0) + 1)
    waiting = sorted(tasks, key=lambda one: (not one.observes, -one.value / (one.weeks * one.people), one.key))
    while waiting:
        ready = next((one for one in waiting if all(other in starts for other in one.after)), None)
        if ready is None:
            break
        waiting.remove(ready)
        week = max((starts[other] + weeks[other] for other in ready.after), default=0)
        room = (limits.people or float("inf")) - ready.people
        while week + ready.weeks <= limits.weeks and max(busy[week : week + ready.weeks]) > room:
            week += 1
        if week + ready.weeks > limits.weeks or ready.cost > money or ready.power_kw > power:
            waiting = [one for one in waiting if ready.key not in one.after]
            continue
        starts[ready.key] = week
        money, power = money - ready.cost, power - ready.power_kw
        for at in range(week, week + ready.weeks):
            busy[at] += ready.people
    return starts


def _solve(tasks: Sequence[Task], limits: Limits, early: bool = True) -> tuple[dict[str, int], int]:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    inside = {one.key: model.new_bool_var(f"in {one.key}") for one in tasks}
    start = {one.key: model.new_int_var(0, limits.weeks, f"start {one.key}") for one in tasks}
    intervals = [
        model.new_optional_fixed_size_interval_var(start[one.key], one.weeks, inside[one.key], one.key) for one in tasks
    ]
    for one in tasks:
        model.add(start[one.key] + one.weeks <= limits.weeks).only_enforce_if(inside[one.key])
        model.add(start[one.key] == 0).only_enforce_if(~inside[one.key])
        for other in one.after:
            model.add_implication(inside[one.key], inside[other])
            weeks = next(task.weeks for task in tasks if task.key == other)
            model.add(start[one.key] >= start[other] + weeks).only_enforce_if(inside[one.key])
    _observe_first(model, tasks, inside, start, limits.weeks)
    _hold(model, tasks, inside, intervals, limits)
    value = {one.key: max(1, one.value) for one in tasks}
    late = sum(value[key] * start[key] for key in start)
    worth = (limits.weeks + 1) * sum(value.values())  # being in outweighs any delay of everything else
    model.maximize(sum(worth * value[key] * inside[key] for key in inside) - (late if early else 0))
    first = _greedy(tasks, limits)
    for key in inside:
        model.add_hint(inside[key], int(key in first))
        model.add_hint(start[key], first.get(key, 0))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = _SECONDS
    if solver.status_name(solver.solve(model)) not in ("OPTIMAL", "FEASIBLE"):
        raise QuestionError("No plan holds the limits: relax one of them.")
    found = {one.key: solver.value(start[one.key]) for one in tasks if solver.value(inside[one.key])}
    return found, round(solver.objective_value)


def _observe_first(
    model: cp_model.CpModel, tasks: Sequence[Task], inside: Mapping[str, Any], start: Mapping[str, Any], weeks: int
) -> None:
    """In each horizon that an observing task starts in, nothing else starts before it."""
    seeing = [one for one in tasks if one.observes]
    if not seeing:
        return
    within = {one.key: _horizons(model, one.key, inside[one.key], start[one.key], weeks) for one in tasks}
    for one in seeing:
        for other in tasks:
            if other.observes:
                continue
            for here, there in zip(within[one.key], within[other.key], strict=True):
                model.add(start[one.key] <= start[other.key]).only_enforce_if(here, there)


def _horizons(model: cp_model.CpModel, key: str, inside: Any, start: Any, weeks: int) -> list[Any]:
    """A flag a horizon: the task is in and starts within it."""
    flags, lower = [], 0
    for name, upper in HORIZONS:
        flag = model.new_bool_var(f"{key} in {name}")
        model.add(start >= min(lower, weeks)).only_enforce_if(flag)
        model.add(start < upper).only_enforce_if(flag)
        flags.append(flag)
        lower = upper
    model.add(sum(flags) == inside)
    return flags


def _hold(
    model: cp_model.CpModel, tasks: Sequence[Task], inside: Mapping[str, Any], intervals: Iterable[Any], limits: Limits
) -> None:
    if limits.budget is not None:
        model.add(sum(round(one.cost) * inside[one.key] for one in tasks) <= int(limits.budget))
    if limits.power_kw is not None:
        model.add(sum(_tenths(one.power_kw) * inside[one.key] for one in tasks) <= _tenths(limits.power_kw))
    for site, free in (limits.site_kw or {}).items():
        drawn = [_tenths(one.power_kw - one.frees_kw) * inside[one.key] for one in tasks if one.site == site]
        if drawn:
            model.add(sum(drawn) <= _tenths(free))
    if limits.people is not None:
        model.add_cumulative(list(intervals), [_tenths(one.people) for one in tasks], int(limits.people * _TENTHS))


def _tenths(value: float) -> int:
    return round(value * _TENTHS)


def horizon_of(week: int) -> str:
    return next(name for name, upper in HORIZONS if week < upper)
