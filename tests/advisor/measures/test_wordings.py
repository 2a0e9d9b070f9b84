"""Words that once led to a wrong number, and what they lead to now."""

import pytest

from advisor.measures.query import answer_question


def ask(inventory, text, *history):
    return answer_question(text, inventory, history)


@pytest.mark.parametrize("short", ["No. of", "no of", "Nr. of", "# of", "number of"])
def test_an_abbreviated_number_is_no_negation(sample, short):
    assert ask(sample, f"{short} L40S in Dublin").figures[0].value == 24


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("total storage capacity in PB", 5.23, "PB"),
        ("total storage capacity in TB", 5230, "TB"),
        ("how many watts do the frankfurt gpus draw altogether", 36082.36, "W"),
        ("power capacity of Frankfurt in MW", 0.42, "MW"),
        ("IT energy of Oslo in October in MWh", 103.41, "MWh"),
        ("link speed of osl-eth in Gb/s", 100, "Gb/s"),
        ("link speed of osl-eth in GB/s", 12.5, "GB/s"),
    ],
)
def test_the_unit_in_the_question_is_the_unit_of_the_answer(sample, question, value, unit):
    figure = ask(sample, question).figures[0]
    assert (figure.value, figure.unit) == (pytest.approx(value), unit)
    assert unit in figure.text


def test_a_share_is_not_rescaled_by_a_unit_beside_it(sample):
    assert ask(sample, "how full is dub-ceph, in percent").figures[0].value == pytest.approx(100 * 588 / 650)
    assert ask(sample, "share of storage capacity in TB that is used in Oslo").figures[0].unit in ("%", "TB")


def test_what_a_site_can_deliver_is_its_capacity(sample):
    for verb in ("deliver", "supply", "draw"):
        assert ask(sample, f"how much IT power can Frankfurt {verb}?").figures[0].value == 420


def test_words_that_two_measures_share_are_flagged_when_they_differ(sample):
    for question, other in [
        ("what's the pue in dublin", "metered PUE"),
        ("free GPUs in Frankfurt", "idle GPUs"),
        ("renewable share in Dublin", "renewable share of the grid"),
    ]:
        answer = ask(sample, question)
        assert answer.ambiguous and other in answer.clarify
    assert not ask(sample, "reported PUE of Dublin").ambiguous
    assert not ask(sample, "what did AWS cost us in Q3?").ambiguous  # billed and amortised are the same there


def test_a_word_of_a_longer_name_is_asked_back(sample):
    answer = ask(sample, "cloud spend in Frankfurt")
    assert answer.abstained and "region EU (Frankfurt)" in answer.clarify


def test_single_gpus_over_a_limit_are_counted_without_a_word_for_counting(sample):
    assert ask(sample, "gpus hotter than 75 C in frankfurt").figures[0].value == 8


def test_follow_ups_change_the_aggregate_the_state_and_the_unit(sample):
    assert ask(sample, "max?", "average gpu temperature in frankfurt").figures[0].value == 78
    partial = ask(sample, "and the partial ones?", "how many controls are missing in Dublin")
    assert partial.figures[0].value == 2
    assert ask(sample, "and in PB?", "storage capacity in oslo").figures[0].value == pytest.approx(4.1)


@pytest.mark.parametrize(
    "question", ["how much IT energy do we use each day in Oslo", "our AWS cost per day in August"]
)
def test_a_total_is_no_answer_to_a_rate_by_day(sample, question):
    answer = ask(sample, question)
    assert answer.abstained and "“day”" in answer.missing[0]


def test_a_limit_on_gpus_of_a_node_is_not_a_limit_on_nodes(sample):
    told = ask(sample, "how many nodes in Dublin have less than 8 GPUs")
    assert told.figures[0].value == 6 and "GPUs" in told.reading
    assert ask(sample, "how many nodes in Frankfurt have less than 8 GPUs").figures[0].value == 0
    assert ask(sample, "how many nodes have more than 4 GPUs by site").abstained  # no limit on sites


def test_ram_for_each_gpu_may_be_of_the_node_or_of_the_gpu(sample):
    assert ask(sample, "how much RAM per GPU do we have in Frankfurt").ambiguous


@pytest.mark.parametrize(
    ("phrase", "group", "first"),
    [
        ("fastest storage by measured read", "storage", 38.4),
        ("largest cluster by GPUs", "cluster", 96),
        ("workloads by kind", "workload_kind", None),
    ],
)
def test_a_phrase_that_ranks_or_divides_what_is_there_is_about_the_estate(sample, phrase, group, first):
    told = ask(sample, phrase)
    assert told is not None and told.table.columns[0] == group.replace("_", " ")
    assert first is None or told.table.rows[0][1] == first


def test_all_of_something_and_the_things_themselves_are_those_of_the_estate(sample):
    assert ask(sample, "concurrent users over all inference workloads") is not None
    assert ask(sample, "avg temperature of the L40S cards") is not None
    assert ask(sample, "How hot may a GPU get?") is None


def test_credits_are_told_as_what_the_bill_was_lowered_by(sample):
    assert ask(sample, "how much credit did we get from Azure in September").figures[0].value == 850


def test_emissions_are_told_in_tonnes_or_kilograms(sample):
    tonnes = ask(sample, "CO2 emissions of Dublin in October, in tonnes").figures[0]
    kilograms = ask(sample, "CO2 emissions of Dublin in October, in kg").figures[0]
    assert kilograms.value == pytest.approx(1000 * tonnes.value) and kilograms.unit == "kgCO2e"
