"""When initiatives run: a constraint program over periods of four weeks. Pure: tasks and limits in, places, binding
limits and proof out.

Held always: what an initiative depends on is finished before it starts; observability starts first in each horizon;
people, money and power stay within their limits. Within that the plan takes in as much severity as it can (first
stage), then starts the worst things first (second stage, with what is in fixed). One worker, a fixed seed and a clock
that counts work and not seconds: the same tasks give the same plan.

A flag for each period that a task can start in ("time-indexed", Pritsker, Watters and Wolfe 1969) has a far tighter
relaxation than start variables with intervals: plans of twenty tasks under a headcount are proven best within seconds,
where the other form left a gap after minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

from advisor.errors import QuestionError

WEEKS_A_MONTH = 52 / 12
PERIOD = 4  # weeks: no plan of two years is known to the week
HORIZONS = (("0-3 months", 13), ("3-12 months", 52), ("12-24 months", 104), ("after 24 months", 10_000))
_TENTHS = 10  # people and kW in tenths: the solver counts in whole numbers
_SEEING = 60  # least value that observing counts with when it is placed
_THOUSAND = 1000  # money in thousands, costs rounded up and the budget down
_WORK = 1.0  # of the solver's own, deterministic clock; about as many seconds, a stage
_WORK_RELAXED = 0.4  # to see whether more fits when a limit is lifted


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
class Proof:
    """How good the plan is known to be: both shares are 0 when it is proven the best."""

    more_value: float  # share of severity by which a better plan could at most take in more
    less_delay: float  # share by which the weighted delay of what is in could at most be smaller

    @property
    def best(self) -> bool:
        return self.more_value == 0 and self.less_delay == 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Start weeks of what is in, the limit that keeps each other thing out, and the limits that bind."""

    starts: Mapping[str, int]
    outside: Mapping[str, str]  # key → limit
    binding: frozenset[str]
    proof: Proof


@dataclass(frozen=True, slots=True)
class _Found:
    """Start periods of what is in; `value` and `bound` of the stage that was solved last."""

    starts: Mapping[str, int]
    value: float
    bound: float


def plan(tasks: Sequence[Task], limits: Limits) -> Plan:
    """The best plan within the limits. Raises QuestionError when a task depends on something that is not there."""
    keys = {one.key for one in tasks}
    if lost := [f"{one.key} after {other}" for one in tasks for other in one.after if other not in keys]:
        raise QuestionError(f"The plan has no {', '.join(lost)}.")
    taken = _solve(tasks, limits, _greedy(tasks, limits))
    placed = _place(tasks, limits, taken)
    outside: dict[str, str] = {}
    binding: set[str] = set()
    for name in _tight(tasks, limits) if len(taken.starts) < len(tasks) else ():
        relaxed = _without(name, tasks, limits, taken)
        new = [key for key in relaxed.starts if key not in taken.starts]
        if new and relaxed.value > taken.value:
            binding.add(name)
            outside.update({key: name for key in new if key not in outside})
    if limits.people is not None and _place(tasks, limits.without("headcount"), taken).value < placed.value:
        binding.add("headcount")  # nothing is left out for it, but things start later
    for one in tasks:
        if one.key not in taken.starts and one.key not in outside:
            outside[one.key] = _first(one, limits)
            binding.add(outside[one.key])
    proof = Proof(_share(taken.bound, taken.value), _share(placed.value, placed.bound))
    return Plan({key: PERIOD * at for key, at in placed.starts.items()}, outside, frozenset(binding), proof)


def _tight(tasks: Sequence[Task], limits: Limits) -> tuple[str, ...]:
    """Limits that could bind: what everything together stays below cannot."""
    free = {
        "budget": limits.budget is not None and sum(one.cost for one in tasks) <= limits.budget,
        "power": limits.power_kw is not None and sum(one.power_kw for one in tasks) <= limits.power_kw,
        "site power": all(
            sum(one.power_kw for one in tasks if one.site == site) <= kw for site, kw in (limits.site_kw or {}).items()
        ),
    }
    return tuple(name for name in limits.given() if not free.get(name, False))


def _without(name: str, tasks: Sequence[Task], limits: Limits, taken: _Found) -> _Found:
    """What fits when one limit is lifted. Without a horizon time is no matter, only that each task can be staffed."""
    if name != "horizon":
        return _solve(tasks, limits.without(name), taken.starts, work=_WORK_RELAXED)
    model, flags = _model(tasks, limits, timeless=True)
    model.maximize(sum(_value(one) * flags[one.key][0] for one in tasks))
    return _run(model, flags, dict.fromkeys(taken.starts, 0), _WORK_RELAXED)


def _share(more: float, less: float) -> float:
    return max(0.0, (more - less) / more) if more > 0 else 0.0


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


def _periods(weeks: int) -> int:
    return -(-weeks // PERIOD)


def _greedy(tasks: Sequence[Task], limits: Limits) -> dict[str, int]:
    """A fair first plan to improve on: what observes, then most worth for its work (Smith's rule), early as can be."""
    starts: dict[str, int] = {}
    lasts = {one.key: _periods(one.weeks) for one in tasks}
    end = limits.weeks // PERIOD
    money = limits.budget if limits.budget is not None else float("inf")
    power = limits.power_kw if limits.power_kw is not None else float("inf")
    busy = [0.0] * (end + max(lasts.values(), default=0) + 1)
    waiting = sorted(tasks, key=lambda one: (not one.observes, -one.value / (one.weeks * one.people), one.key))
    while waiting:
        ready = next((one for one in waiting if all(other in starts for other in one.after)), None)
        if ready is None:
            break
        waiting.remove(ready)
        at = max((starts[other] + lasts[other] for other in ready.after), default=0)
        long = lasts[ready.key]
        room = (limits.people or float("inf")) - ready.people
        while at + long <= end and max(busy[at : at + long]) > room:
            at += 1
        if at + long > end or ready.cost > money or ready.power_kw > power:
            waiting = [one for one in waiting if ready.key not in one.after]
            continue
        starts[ready.key] = at
        money, power = money - ready.cost, power - ready.power_kw
        for period in range(at, at + long):
            busy[period] += ready.people
    return starts


def _solve(tasks: Sequence[Task], limits: Limits, hint: Mapping[str, int], work: float = _WORK) -> _Found:
    """As much severity as the limits let in."""
    model, flags = _model(tasks, limits)
    for one in flags.values():
        model.add_at_most_one(one)
    model.maximize(sum(_value(one) * sum(flags[one.key]) for one in tasks))
    return _run(model, flags, hint, work)


def _place(tasks: Sequence[Task], limits: Limits, taken: _Found) -> _Found:
    """What is in, each as early as can be, the worst first."""
    inside = [one for one in tasks if one.key in taken.starts]
    model, flags = _model(inside, limits)
    for one in flags.values():
        model.add_exactly_one(one)
    delays = [_urgency(one) * at * flag for one in inside for at, flag in enumerate(flags[one.key])]
    model.minimize(sum(delays))
    return _run(model, flags, taken.starts, _WORK)


def _value(one: Task) -> int:
    return max(1, one.value)


def _urgency(one: Task) -> int:
    """The square of the value: in proportion to it, short mild things would go before a long grave one. What others are
    judged by is never left for last."""
    value = max(_value(one), _SEEING) if one.observes else _value(one)
    return max(1, round(value**2 / 100))


def _run(model: cp_model.CpModel, flags: Mapping[str, Sequence[Any]], hint: Mapping[str, int], work: float) -> _Found:
    from ortools.sat.python import cp_model

    for key, own in flags.items():
        for at, flag in enumerate(own):
            model.add_hint(flag, int(hint.get(key) == at))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.linearization_level = 2  # the relaxation is what proves
    solver.parameters.max_deterministic_time = work
    if solver.status_name(solver.solve(model)) not in ("OPTIMAL", "FEASIBLE"):
        raise QuestionError("No plan holds the limits: relax one of them.")
    starts = {key: at for key, own in flags.items() for at, flag in enumerate(own) if solver.value(flag)}
    return _Found(starts, solver.objective_value, solver.best_objective_bound)


def _model(
    tasks: Sequence[Task], limits: Limits, timeless: bool = False
) -> tuple[cp_model.CpModel, dict[str, list[Any]]]:
    """The constraints, and for each task a flag a period: it starts there. `timeless`: one flag a task, it is in."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    end = limits.weeks // PERIOD
    lasts = {one.key: 0 if timeless else _periods(one.weeks) for one in tasks}
    flags = {
        one.key: [model.new_bool_var(f"{one.key} at {at}") for at in range(1 if timeless else end - lasts[one.key] + 1)]
        for one in tasks
    }
    for one in tasks:
        for other in one.after:
            for at in range(len(flags[one.key])):  # started by then: the other was finished by then
                model.add(sum(flags[one.key][: at + 1]) <= sum(flags[other][: max(0, at - lasts[other] + 1)]))
    _spend(model, tasks, flags, limits)
    if timeless:
        for one in tasks:
            if limits.people is not None and one.people > limits.people:
                model.add(flags[one.key][0] == 0)
    else:
        _observe_first(model, tasks, flags)
        _staff(model, tasks, flags, limits)
    return model, flags


def _observe_first(model: cp_model.CpModel, tasks: Sequence[Task], flags: Mapping[str, Sequence[Any]]) -> None:
    """In each horizon that an observing task starts in, nothing else starts before it."""
    for one in (one for one in tasks if one.observes):
        for other in (other for other in tasks if not other.observes):
            for at in range(len(flags[other.key])):
                within = horizon_of(PERIOD * at)
                before = [flags[other.key][p] for p in range(at + 1) if horizon_of(PERIOD * p) == within]
                later = [
                    flags[one.key][p] for p in range(at + 1, len(flags[one.key])) if horizon_of(PERIOD * p) == within
                ]
                if later:
                    model.add_at_most_one([*before, *later])


def _spend(model: cp_model.CpModel, tasks: Sequence[Task], flags: Mapping[str, Sequence[Any]], limits: Limits) -> None:
    """Money and power of everything that is in."""
    inside = {key: sum(own) for key, own in flags.items()}
    if limits.budget is not None:
        costs = {one.key: -int(-one.cost // _THOUSAND) for one in tasks}
        model.add(sum(costs[key] * inside[key] for key in inside) <= int(limits.budget // _THOUSAND))
    if limits.power_kw is not None:
        model.add(sum(_tenths(one.power_kw) * inside[one.key] for one in tasks) <= _tenths(limits.power_kw))
    for site, free in (limits.site_kw or {}).items():
        drawn = [_tenths(one.power_kw - one.frees_kw) * inside[one.key] for one in tasks if one.site == site]
        if drawn:
            model.add(sum(drawn) <= _tenths(free))


def _staff(model: cp_model.CpModel, tasks: Sequence[Task], flags: Mapping[str, Sequence[Any]], limits: Limits) -> None:
    """People at work in each period."""
    for period in range(limits.weeks // PERIOD) if limits.people is not None else ():
        busy = [
            _tenths(one.people) * flag
            for one in tasks
            for flag in flags[one.key][max(0, period - _periods(one.weeks) + 1) : period + 1]
        ]
        model.add(sum(busy) <= _tenths(limits.people or 0))


def _tenths(value: float) -> int:
    return round(value * _TENTHS)


def horizon_of(week: int) -> str:
    return next(name for name, upper in HORIZONS if week < upper)
