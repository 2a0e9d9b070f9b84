"""The schedule holds what it promises, and says which limit keeps a thing out."""

import pytest

from advisor.errors import QuestionError
from advisor.roadmap.schedule import HORIZONS, Limits, Task, horizon_of, plan

STORAGE = Task("storage", 26, 2, 60, cost=200_000, site="a")
NETWORK = Task("network", 26, 2, 50, cost=300_000, site="a")
GPUS = Task("gpus", 30, 2, 90, cost=600_000, power_kw=25, site="a", after=("storage", "network"))
SEEING = Task("telemetry", 8, 1, 5, site="a", observes=True)
ALL = (GPUS, STORAGE, NETWORK, SEEING)


def test_compute_waits_for_storage_and_network():
    starts = plan(ALL, Limits(104)).starts
    assert starts["gpus"] >= max(starts["storage"] + 26, starts["network"] + 26)


def test_observability_starts_first_in_its_horizon():
    starts = plan((*ALL, Task("idle", 10, 1, 99)), Limits(104, people=1)).starts
    horizon = {key: horizon_of(week) for key, week in starts.items()}
    for key, week in starts.items():
        if horizon[key] == horizon["telemetry"]:
            assert starts["telemetry"] <= week


def test_people_are_never_more_than_there_are():
    starts = plan(ALL, Limits(104, people=3)).starts
    tasks = {one.key: one for one in ALL}
    for week in range(104):
        busy = sum(tasks[key].people for key, at in starts.items() if at <= week < at + tasks[key].weeks)
        assert busy <= 3


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(104, budget=500_000), "budget"),
        (Limits(104, power_kw=10), "power"),
        (Limits(104, site_kw={"a": 10}), "site power"),
        (Limits(50), "horizon"),
        (Limits(104, people=1.5), "headcount"),
    ],
)
def test_the_limit_that_keeps_compute_out_is_named(limits, name):
    found = plan(ALL, limits)
    assert found.outside["gpus"] == name
    assert name in found.binding
    assert sum(one.cost for one in ALL if one.key in found.starts) <= (limits.budget or 1e9)


def test_a_limit_that_nothing_reaches_does_not_bind():
    found = plan(ALL, Limits(104, budget=5_000_000, power_kw=100, people=20))
    assert not found.outside
    assert not found.binding


def test_the_same_tasks_give_the_same_plan():
    assert plan(ALL, Limits(104, people=3)) == plan(ALL, Limits(104, people=3))


def test_a_dependency_that_is_not_there_is_an_error():
    with pytest.raises(QuestionError, match="storage"):
        plan((GPUS,), Limits(104))


def test_horizons_meet():
    assert [horizon_of(upper - 1) for _, upper in HORIZONS] == [name for name, _ in HORIZONS]


def test_a_small_plan_is_proven_the_best():
    assert plan(ALL, Limits(104, people=3)).proof.best


def test_what_is_proven_is_true():
    """Every order of three jobs for one team: no schedule has less weighted delay than the one that is called best."""
    from itertools import permutations

    jobs = (Task("a", 8, 1, 30), Task("b", 16, 1, 90), Task("c", 4, 1, 20))
    found = plan(jobs, Limits(52, people=1))

    def delay(order):
        at, total = 0, 0
        for one in order:
            total += max(1, round(one.value**2 / 100)) * at
            at += one.weeks
        return total

    assert found.proof.best
    order = sorted(jobs, key=lambda one: found.starts[one.key])
    assert found.starts[order[1].key] == found.starts[order[0].key] + order[0].weeks
    assert delay(order) == min(map(delay, permutations(jobs)))


def test_the_gravest_goes_before_shorter_and_milder_things():
    grave, mild, milder = Task("grave", 26, 2, 97), Task("mild", 8, 1, 35), Task("milder", 8, 1, 30)
    starts = plan((mild, milder, grave), Limits(104, people=2)).starts
    assert starts["grave"] == 0


def test_twenty_jobs_for_a_small_team_are_proven_or_the_gap_is_told():
    jobs = tuple(
        Task(f"t{n}", 6 + 4 * (n % 7), 1 + n % 2, 20 + 3 * n, after=(f"t{n - 5}",) if n % 5 == 4 and n > 5 else ())
        for n in range(20)
    )
    proof = plan(jobs, Limits(104, people=5)).proof
    assert 0 <= proof.more_value < 0.1
    assert 0 <= proof.less_delay < 0.1
