"""Readings that were once silently wrong, and what the grammar must refuse rather than guess."""

from pathlib import Path

import pytest

from advisor.errors import SchemaError
from advisor.estate import as_answer
from advisor.inventory import browse
from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.measures import periods
from advisor.measures.query import answer_question

SITES = "site,pue,energy_price_per_kwh,currency,as_of\nOslo,1.2,0.9,NOK,2026-11-01\nBergen,1.4,0.2,EUR,2026-11-01\n"
BILL = (
    "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,ProviderName,Tags\n"
    '100,USD,Usage,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,100,AWS,"{""team"": ""Red""}"\n'
    '30,EUR,Usage,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,30,Azure,"{""team"": ""Blue""}"\n'
    '7,USD,Tax,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,7,AWS,""\n'
)


def ask(inventory, text, *history):
    return answer_question(text, inventory, history)


def value(inventory, text, *history):
    answer = ask(inventory, text, *history)
    assert answer is not None and not answer.abstained, answer
    return answer.figures[0].value


def groups(answer):
    return {str(row[0]): row[-2] for row in answer.table.rows}


@pytest.fixture
def billed(tmp_path):
    """A store with two currencies; call it with the rates that are given."""

    def build(rates: str = "") -> Inventory:
        feeds = tmp_path / "feeds"
        feeds.mkdir()
        (feeds / "feeds.yaml").write_text("label: internal\n")
        (feeds / "focus.csv").write_text(BILL)
        (feeds / "sites.csv").write_text(SITES)
        if rates:
            (feeds / "rates.csv").write_text("currency,target,rate,as_of\n" + rates)
        assert build_store(tmp_path / "store", [feeds]).refused == []
        return Inventory(tmp_path / "store")

    return build


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how many of our GPUs are not H100s?", 124),
        ("GPU count outside Frankfurt", 156),
        ("GPUs neither in Oslo nor Dublin", 132),
        ("how many of our fabrics do not have RDMA?", 2),
        ("How many GPUs are not idle in Frankfurt?", 56),
    ],
)
def test_a_negation_is_never_passed_over(sample, text, expected):
    assert value(sample, text) == expected


@pytest.mark.parametrize("text", ["which site has no idle gpus", "which teams have no spend"])
def test_a_negation_that_no_reading_explains_is_refused(sample, text):
    assert ask(sample, text).abstained and "“no”" in ask(sample, text).missing[0]


def test_a_verb_that_is_also_a_name_is_no_filter(sample):
    assert value(sample, "how many workloads does the Risk team own") == 2
    assert value(sample, "how many workloads have the model family own") == 2


def test_the_dearest_month_is_not_the_first(sample):
    assert set(groups(ask(sample, "Which month was the most expensive on AWS?"))) == {"2026-10"}


def test_a_share_of_another_measure_and_a_share_the_right_way_round(sample):
    tax = ask(sample, "What share of our AWS spend is tax?")
    assert tax.figures[0].formula == "share of tax_cost" and 2 < tax.figures[0].value < 3
    assert value(sample, "what fraction of idle GPUs are H100s") == pytest.approx(100 * 38 / 62)
    assert value(sample, "what fraction of H100s are idle") == pytest.approx(100 * 38 / 94)


def test_a_limit_on_single_devices_counts_devices_not_means(sample):
    assert value(sample, "how many GPUs in Frankfurt are hotter than 70 degrees?") == 25
    assert value(sample, "how many GPUs in Oslo are below 30% utilisation?") == 24
    mean = ask(sample, "is the GPU utilisation in Oslo below 30%?")
    assert mean.sentences[0].text.startswith("No. Mean GPU utilisation")
    assert value(sample, "max GPU utilisation in Oslo") == 97


def test_limits_are_read_with_their_unit_in_words(sample):
    short = groups(ask(sample, "Which storage systems sustain reads below 10000 megabytes per second?"))
    assert set(short) == {"dub-ceph", "fra-nas01"}
    assert set(groups(ask(sample, "storage systems with more than half a PB of capacity"))) == {
        "osl-flash", "osl-archive", "dub-ceph",
    }  # fmt: skip


def test_several_periods_are_added_when_they_meet_and_refused_when_they_do_not(sample):
    parts = sum(value(sample, f"AWS spend in {month}") for month in ("August", "September"))
    assert value(sample, "AWS spend in August and September") == pytest.approx(parts)
    assert "are apart" in ask(sample, "AWS spend in July and October").missing[0]


def test_a_period_that_feeds_cover_in_part_is_remarked(sample):
    assert "October 2026" in ask(sample, "AWS spend in Q4").missing[0]
    assert ask(sample, "AWS spend in Q3").missing == ()


def test_the_period_before_is_that_of_the_question_before(sample):
    july = value(sample, "AWS spend in July")
    assert value(sample, "and the month before?", "What did we spend on AWS in August?") == july
    assert periods.read("AWS spend in H1 2026")[0].periods[0].kind == "half"


def test_follow_ups_group_join_and_order(sample):
    assert set(groups(ask(sample, "same for clusters", "GPUs by site"))) == {
        "aws-burst", "dub-infer", "fra-train", "osl-ml",
    }  # fmt: skip
    assert value(sample, "and as a percentage?", "How many GPUs sit idle in Frankfurt?") == pytest.approx(100 * 38 / 94)
    assert groups(ask(sample, "and the best?", "Which of our sites has the worst PUE?")) == {"Oslo": 1.16}
    emptiest = ask(sample, "and the emptiest?", "Which storage system is the fullest?")
    assert set(groups(emptiest)) == {"osl-flash"}


def test_a_name_of_two_dimensions_is_flagged_only_when_it_matters(sample):
    assert "account research" in ask(sample, "What is research spending in September?").clarify
    assert not ask(sample, "What is claims spending in October?").ambiguous
    assert not ask(sample, "What did the Research team spend in September?").ambiguous


@pytest.mark.parametrize("text", ["How many vGPUs do we have in Oslo?", "How many nodes can one leaf switch serve?"])
def test_plain_words_are_not_mended_into_known_ones(sample, text):
    answer = ask(sample, text)
    assert answer is None or (answer.abstained and "read as" not in answer.reading)


def test_counting_things_by_themselves_is_no_answer(sample):
    assert ask(sample, "Which of our sites is the best?").status == "clarify"
    assert groups(ask(sample, "Which GPU model do we have the fewest of?")) == {"L4": 4}


def test_currencies_stay_apart_without_a_rate(billed):
    inventory = billed()
    assert {one.unit for one in ask(inventory, "total spend in September").figures} == {"EUR", "USD"}
    refused = ask(inventory, "AWS spend in September in EUR")
    assert refused.abstained and "rates.csv" in refused.missing[0]
    over = ask(inventory, "Which teams spent over 20 EUR in September?")
    assert set(groups(over)) == {"Blue"} and "Red (USD)" in over.missing[-1]


def test_a_rate_converts_and_its_cell_is_cited(billed):
    inventory = billed("USD,EUR,0.9,2026-09-30\n")
    total = ask(inventory, "total spend in September")
    assert [(one.value, one.unit) for one in total.figures] == [(pytest.approx(120), "EUR")]
    rate = next(one for one in total.facts if one.column == "rate")
    assert (rate.value, rate.row, Path(rate.feed).name, rate.unit) == (0.9, 2, "rates.csv", "EUR")
    raw = {(one.value, one.unit) for one in total.facts if one.column == "EffectiveCost"}
    assert raw == {(100.0, "USD"), (30.0, "EUR")}  # cells stay as the feed has them
    assert value(inventory, "spend in September in dollars") == pytest.approx(100 + 30 / 0.9)
    assert groups(ask(inventory, "top team by spend")) == {"Red": pytest.approx(90)}
    assert "NOK" in ask(inventory, "energy price by site in EUR").missing[0]
    assert len(as_answer(total, "", "1", 0.0).claims) == len(total.sentences)


def test_records_show_where_a_cell_stands_and_nothing_above_the_clearance(sample):
    shown = browse.records(sample, "site", "frank")
    assert [row[0] for row in shown.rows] == ["Frankfurt"]
    column = shown.columns.index("pue")
    place = browse.place(sample, shown, 0, column)
    assert shown.rows[0][column] == 1.38 and place is not None and (place.column, place.row) == ("pue", 2)
    assert browse.place(sample, shown, 5, 0) is None
    assert browse.records(sample, "spend", limit=3).total > len(browse.records(sample, "spend", limit=3).rows) == 3
    assert browse.records(sample, "site", "'; DROP TABLE site --").rows == ()
    with pytest.raises(SchemaError):
        browse.records(sample, "feeds")
