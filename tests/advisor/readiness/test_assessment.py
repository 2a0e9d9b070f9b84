"""Readiness on the sample organisation, and its invariants."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import QuestionError, SchemaError
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import load as catalogue
from advisor.readiness import assessed, findings, observation, placement, rubric, what_if, wire
from advisor.readiness.assessment import assess
from advisor.readiness.cells import Cells
from advisor.readiness.observation import Observation
from index.document import Label

RUBRIC = rubric.load()


@pytest.fixture(scope="module")
def estate(sample):
    return observation.observe(sample, catalogue(), RUBRIC)


@pytest.fixture(scope="module")
def result(estate):
    return assess(estate, RUBRIC)


def verdict(result, name):
    return next(one for one in result.verdicts if one.workload.name == name)


def test_the_planted_faults_are_the_constraints(result):
    """An expert would nod: the slow NAS, the oversubscribed Ethernet, no telemetry, restricted data outside."""
    finetune = verdict(result, "llm-finetune-70b")
    assert finetune.status == "not ready"
    assert finetune.constraints[0].check.name == "checkpoint write"
    assert finetune.constraints[0].need == pytest.approx(70 * 14 / 60)
    assert finetune.constraints[0].have == 1.3
    assert finetune.constraints[0].change == "add 15.03 GB/s of sustained write, e.g. an all-flash tier"
    assert finetune.constraints[1].check.name == "checkpoint read"
    assert verdict(result, "fraud-graph").constraints[0].check.name == "network for each GPU"
    assert verdict(result, "fraud-graph").constraints[0].have == 25 / 4
    dublin = {one.check.name for one in verdict(result, "support-bot").constraints}
    assert {"signals collected", "PUE"} <= dublin
    outside = {one.check.name for one in verdict(result, "claims-triage").constraints}
    assert "restricted data outside public cloud" in outside
    assert result.bottleneck() is finetune.constraints[0]


def test_unknown_is_neither_bad_nor_good(result):
    finops = result.dimension("finops", "Dublin")
    assert (finops.low, finops.high) == (0.0, 1.0)
    assert "idle accelerators" in {one.check.name for one in verdict(result, "support-bot").unknown}
    assert verdict(result, "code-assistant").status == "cannot determine"


def test_memory_that_no_telemetry_reports_is_the_datasheet_s(result):
    """Dublin counts its accelerators only: the H200 of support-bot have 141 GB by their datasheet."""
    gap = next(one for one in verdict(result, "support-bot").gaps if one.check.name == "accelerator memory")
    assert (gap.have, gap.status) == (141.0, "met")


def test_a_higher_priority_takes_the_accelerators_first(result):
    available = {
        v.workload.name: next(g.have for g in v.gaps if g.check.name == "accelerators")
        for v in result.verdicts
        if v.site == "Frankfurt"
    }
    assert available == {"llm-finetune-70b": 96, "pretrain-nordic-13b": 32, "genomics-fold": 0}


def test_findings_lead_to_cells(estate, result, sample):
    gap = verdict(result, "llm-finetune-70b").constraints[0]
    ((found, figures, facts),) = findings.of([gap], estate, Cells(sample, catalogue()), catalogue())
    assert found.cite().kind == "finding" and set(found.inputs) == {one.id for one in figures}
    assert [(one.feed.rpartition("/")[2], one.value) for one in facts] == [
        ("fio-fra-nas01.json", 1.3),
        ("workloads.csv", 70.0),
        ("rubric.yaml", 60.0),
    ]


def test_the_same_estate_gives_the_same_assessment(estate, result):
    assert assess(estate, RUBRIC) == result


def test_what_if_says_what_changes_and_is_reversible(estate, result):
    changes = what_if.parse("add 16 H100 in Oslo; fabric frankfurt 400 Gb/s; storage Frankfurt 20 GB/s", estate, RUBRIC)
    assert {(one.measure, one.after) for one in changes} >= {("gpu_count", 96), ("storage_write_gbytes_per_s", 20)}
    changed = what_if.apply(estate, changes)
    after = assess(changed, RUBRIC)
    assert {one.workload for one in what_if.differences(result, after)} == {"llm-finetune-70b", "pretrain-nordic-13b"}
    back = what_if.apply(changed, what_if.inverse(changes))
    assert assess(back, RUBRIC) == result
    assert assess(estate, RUBRIC) == result


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("storage Berlin 20 GB/s", "no site 'Berlin'"),
        ("fabric Oslo 400 kW", "cannot be read"),
        ("paint Oslo green", "cannot be read"),
        ("remove 500 A100 from Oslo", "cannot be removed"),
        ("", "Say what would be otherwise"),
    ],
)
def test_a_change_that_cannot_be_read_is_refused(text, why, estate):
    with pytest.raises(QuestionError, match=why):
        what_if.parse(text, estate, RUBRIC)


@settings(max_examples=40)
@given(st.data())
def test_forgetting_a_value_never_raises_a_floor(estate, result, data):
    """What is forgotten becomes "cannot determine": no floor rises, no verdict turns ready."""
    forgotten = data.draw(st.sets(st.sampled_from(sorted(estate.values)), min_size=1, max_size=6))
    values = {
        key: replace(seen, value=None, coverage=0.0) if key in forgotten else seen
        for key, seen in estate.values.items()
    }
    less = assess(replace(estate, values=values), RUBRIC)
    for site in (None, *result.sites):
        before, after = result.whole(site), less.whole(site)
        assert after.low <= before.low + 1e-12 and after.high >= before.high - 1e-12
    for old, new in zip(result.verdicts, less.verdicts, strict=True):
        assert new.status != "ready" or old.status == "ready"
        for was, now in zip(old.gaps, new.gaps, strict=True):
            assert now.score is None or now.score == was.score
            assert now.confidence <= was.confidence + 1e-12


@settings(max_examples=40)
@given(st.sampled_from(["storage", "storage write", "fabric", "power"]), st.floats(1, 1e4), st.floats(1, 1e4))
def test_more_is_never_worse(estate, what, low, more):
    unit = {"fabric": "Gb/s", "power": "kW"}.get(what, "GB/s")
    less, much = (
        assess(what_if.apply(estate, what_if.parse(f"{what} Frankfurt {value:.3f} {unit}", estate, RUBRIC)), RUBRIC)
        for value in (low, low + more)
    )
    assert much.whole("Frankfurt").low >= less.whole("Frankfurt").low - 1e-12


def test_placement_keeps_restricted_data_at_home(estate):
    everywhere = assess(estate, RUBRIC, everywhere=True).verdicts
    public = frozenset(site for site, kind in estate.kinds.items() if kind == "public cloud")

    def advice(name):
        mine = [one for one in everywhere if one.workload.name == name]
        here = next(one for one in mine if one.site == one.workload.site)
        return placement.advise(here, tuple(one for one in mine if one.site != here.site), public)

    claims = advice("claims-triage")
    assert claims.place == "on-premises" and claims.site not in public
    assert advice("genomics-fold").place == "burst"


def test_a_customer_s_rubric_is_checked(tmp_path):
    written = tmp_path / "rubric.yaml"
    written.write_text(
        "dimensions: {compute: 1}\nhalf_life_days: 1\nsave_s: 1\nload_s: 1\nsite_kw_per_gpu: 1\nchecks: []\n"
    )
    with pytest.raises(SchemaError, match="nine dimensions"):
        rubric.load(written)


def test_proofs_are_looked_up_once_an_inventory(sample_store, monkeypatch):
    """Answers after the first ask the tables nothing, what-if included: what is in them does not change."""
    asked = []
    query = Inventory.query
    monkeypatch.setattr(Inventory, "query", lambda self, sql, given=(): asked.append(sql) or query(self, sql, given))
    found = assessed.of(Inventory(sample_store))
    first = wire.respond(found)
    known = len(asked)
    assert known > 0 and wire.respond(found) == first
    wire.respond(assessed.suppose(found, "add 16 H100 in Oslo").after)
    assert len(asked) == known


def test_age_and_coverage_lower_confidence(estate):
    old = {key: replace(one, as_of=None) for key, one in estate.values.items()}
    assert all(gap.confidence == 0 for v in assess(replace(estate, values=old), RUBRIC).verdicts for gap in v.gaps
               if gap.check.measure == "pue")  # fmt: skip
    fresh = Observation(1.0, 1.0, estate.newest, Label.PUBLIC)
    half = replace(fresh, coverage=0.5)
    values = estate.values | {("pue", "Dublin"): half, ("pue", "Oslo"): fresh}
    seen = {g.site: g.confidence for v in assess(replace(estate, values=values), RUBRIC).verdicts for g in v.gaps
            if g.check.name == "PUE"}  # fmt: skip
    assert seen["Dublin"] == 0.5 and seen["Oslo"] == 1.0
