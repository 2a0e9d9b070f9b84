"""The catalogue is whole, computes for every measure, and groups add up to totals."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import QuestionError
from advisor.measures.catalogue import load, problems
from advisor.measures.compute import aggregate, condition

CATALOGUE = load()
ADDITIVE = [one for one in CATALOGUE.measures if one.additive and one.view]


def test_there_are_sixty_measures_and_more_and_nothing_is_inconsistent():
    assert len(CATALOGUE.measures) >= 60
    assert problems(CATALOGUE) == []


@pytest.mark.parametrize("measure", CATALOGUE.measures, ids=lambda one: one.name)
def test_every_measure_computes_for_every_dimension(measure, sample):
    for dimension in CATALOGUE.dimensions_of(measure):
        for one in aggregate(sample, CATALOGUE, measure, {}, (dimension,)):
            assert one.value is None or math.isfinite(one.value)
            assert "currency" not in one.unit or one.unit.startswith("unknown")
    assert measure.definition.endswith(".") and measure.synonyms


@settings(max_examples=60)
@given(st.data())
def test_sums_over_groups_are_the_total(sample, data):
    measure = data.draw(st.sampled_from(ADDITIVE))
    dimension = data.draw(st.sampled_from(CATALOGUE.dimensions_of(measure)))
    totals = {one.unit: one.value or 0.0 for one in aggregate(sample, CATALOGUE, measure, {})}
    sums: dict[str, float] = {}
    for one in aggregate(sample, CATALOGUE, measure, {}, (dimension,)):
        sums[one.unit] = sums.get(one.unit, 0.0) + (one.value or 0.0)
    assert sums == pytest.approx(totals, rel=1e-9)


@settings(max_examples=60)
@given(st.text(max_size=30))
def test_values_never_become_sql(sample, value):
    measure = CATALOGUE["gpu_count"]
    assert aggregate(sample, CATALOGUE, measure, {"site": (value,)}) == []
    where, parameters = condition(CATALOGUE.view_of(measure), {"site": (value,)}, None)
    assert parameters == [value] and (len(value) < 6 or value not in where)


def test_a_dimension_that_the_catalogue_does_not_know_is_refused():
    with pytest.raises(QuestionError):
        condition(CATALOGUE.view_of(CATALOGUE["gpu_count"]), {"site) OR (1=1": ("x",)}, None)


def test_currencies_are_never_added(sample):
    units = {one.unit for one in aggregate(sample, CATALOGUE, CATALOGUE["effective_cost"], {})}
    assert units == {"USD", "EUR"}
