"""Break-even between owned, reserved and on demand: the organisation's own prices first, else the catalogue's."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.inventory.importing import build_store
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import load as catalogue
from advisor.readiness import assessed, breakeven, wire
from advisor.sizing import cost, price


@pytest.fixture(scope="module")
def money(sample):
    return breakeven.economics(sample, catalogue())


def pair(money, committed, against, currency="USD"):
    found = [one for one in money.break_evens if (one.committed.way, one.against.way) == (committed, against)]
    return next(one for one in found if one.committed.currency == currency)


def test_reserved_against_on_demand_is_of_the_bill(money):
    """AWS, p5.48xlarge: 62.80 USD an hour reserved, 98.32 at list price, eight GPUs each."""
    one = pair(money, "reserved", "on demand")
    assert one.committed.per_hour == pytest.approx(62.80 / 8, abs=0.001)
    assert one.against.per_hour == pytest.approx(98.32 / 8, abs=0.001)
    assert one.utilisation == pytest.approx(62.80 / 98.32, abs=1e-4)
    assert one.committed.own and one.against.own and "both of your own spend" in one.figure.text
    assert all(fact.feed.endswith("focus-aws-2026q3-q4.csv") for fact in one.committed.facts)


def test_prices_of_different_currencies_are_not_compared(money):
    assert {one.currency for one in money.prices if one.model == "H100"} == {"USD", "EUR"}
    assert all(one.committed.currency == one.against.currency for one in money.break_evens)


def test_what_the_bill_does_not_price_is_the_catalogue_s_and_said(money):
    one = pair(money, "owned", "on demand")
    assert not one.committed.own and "the first of the catalogue" in one.figure.text
    assert one.committed.per_hour == pytest.approx(price.owned_per_hour())
    assert price.owned_per_hour("low") < price.owned_per_hour() < price.owned_per_hour("high")


def test_idle_hours_have_a_cost(money):
    unused = next(one for one in money.idle if one.currency == "USD")
    assert unused.amount == pytest.approx(590_363.96)
    hourly = next(one for one in money.idle if one.currency == "USD/h")
    assert hourly.amount == pytest.approx(38 * price.owned_per_hour())
    assert "38 GPUs (H100) idle at Frankfurt" in hourly.figure.text


@pytest.fixture
def billed(tmp_path):
    """A bill that charges for owned accelerators too, beside on-demand ones, and a site."""

    def store(rows, rate=""):
        feeds = tmp_path / "feeds"
        feeds.mkdir()
        columns = "provider gpu_model charge_category pricing_category effective_cost list_cost currency gpu_hours"
        with (feeds / "spend.csv").open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow([*columns.split(), "period_start", "period_end"])
            for provider, paid, currency, hours in rows:
                writer.writerow(
                    [provider, "H100", "Usage", "Standard", paid, paid, currency, hours, "2026-10-01", "2026-11-01"]
                )
        (feeds / "sites.csv").write_text("site,kind\nAlpha,owned\n")
        if rate:
            (feeds / "rates.csv").write_text(f"currency,target,rate\n{rate}\n")
        report = build_store(tmp_path / "store", [feeds], label="internal")
        assert report.refused == []
        return Inventory(tmp_path / "store")

    return store


def test_owned_hours_of_the_bill_come_before_the_catalogue(billed):
    found = breakeven.economics(billed([("on-premises", 3000, "EUR", 1000), ("AWS", 5000, "EUR", 1000)]), catalogue())
    one = pair(found, "owned", "on demand", "EUR")
    assert (one.committed.per_hour, one.against.per_hour, one.utilisation) == (3.0, 5.0, 0.6)
    assert "both of your own spend" in one.figure.text


def test_a_rate_makes_catalogue_prices_comparable(billed):
    found = breakeven.economics(billed([("AWS", 5000, "EUR", 1000)], rate="USD,EUR,0.9"), catalogue())
    one = pair(found, "owned", "on demand", "EUR")
    assert one.committed.per_hour == pytest.approx(0.9 * price.owned_per_hour())


@given(st.floats(0.1, 20), st.floats(0.1, 20), st.floats(0.01, 1))
def test_above_the_break_even_committing_costs_less_and_below_more(committed, on_demand, used):
    share = cost.break_even_utilisation(committed, on_demand)
    assert (committed < on_demand * used) == (used > share) or used == pytest.approx(share)


def test_the_door_gives_them_with_evidence(sample):
    found = wire.respond(assessed.of(sample), workload="market-sim")
    known = {one.id: one for one in found.evidence}
    assert found.break_evens and found.idle
    advice = found.verdicts[0].placement
    assert advice is not None and {one.model for one in advice.break_evens} == {"H100"}
    for one in (*found.break_evens, *found.idle):
        assert known[one.figure].text == one.text
    assert all(part in known for one in found.evidence for part in one.locator.inputs or () if one.kind == "figure")
