"""Cells become numbers in the field's unit, or are refused with the reason. Nothing is guessed."""

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.inventory.conversion import Unreadable, convert, decimal_sign, gpu_model, number, quantity, timestamp

UNITS = {
    "data": ["B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"],
    "rate": ["B/s", "MB/s", "GB/s", "Gb/s", "Mb/s", "KiB/s", "GiB/s"],
    "power": ["W", "kW", "MW"],
    "energy": ["Wh", "kWh", "MWh"],
}
pairs = st.sampled_from(sorted(UNITS)).flatmap(lambda kind: st.tuples(*[st.sampled_from(UNITS[kind])] * 2))


@given(st.floats(1e-6, 1e12), pairs)
def test_conversion_and_back_is_the_same(value, units):
    one, other = units
    assert math.isclose(convert(convert(value, one, other), other, one), value, rel_tol=1e-12)


@given(st.floats(1e-6, 1e9), pairs)
def test_conversion_keeps_order(value, units):
    assert convert(2 * value, *units) > convert(value, *units)


@pytest.mark.parametrize(
    ("value", "given_unit", "wanted", "expected"),
    [
        (1, "GiB", "GB", 1.073741824),
        (400, "Gb/s", "GB/s", 50),
        (1, "KiB/s", "B/s", 1024),
        (81559, "MiB", "GB", 85.520809984),
        (1.2, "MWh", "kWh", 1200),
        (64, "Gbps", "GB/s", 8),
    ],
)
def test_known_conversions(value, given_unit, wanted, expected):
    assert convert(value, given_unit, wanted) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("given_unit", "wanted"), [("GB", "GB/s"), ("kW", "kWh"), ("GB", "%"), ("parsec", "GB")])
def test_other_dimensions_are_refused(given_unit, wanted):
    with pytest.raises(Unreadable):
        convert(1, given_unit, wanted)


@pytest.mark.parametrize(
    ("cell", "sign", "expected"),
    [
        ("1,234.5", ".", 1234.5),
        ("1.234,5", ",", 1234.5),
        ("1 234,5", ",", 1234.5),
        ("1'234.5", ".", 1234.5),
        ("1,234,567", ".", 1234567),
        ("3,5", ",", 3.5),
        ("1,234", ".", 1234),
        ("1.234", ",", 1234),
        ("-2.5e3", ".", -2500),
        ("1 234", "", 1234),
    ],
)
def test_thousands_and_decimals(cell, sign, expected):
    assert number(cell, sign) == expected


@pytest.mark.parametrize("cell", ["1,234", "1.234"])
def test_a_number_with_two_readings_is_refused_with_both(cell):
    with pytest.raises(Unreadable, match=r"may be 1234 or 1\.234"):
        number(cell, "")


@pytest.mark.parametrize("cell", ["eight", "1.2.3", "12,34,5", "--4", "4 x", ""])
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(Unreadable):
        number(cell)


@given(st.integers(-(10**9), 10**9), st.sampled_from([("{:,}", "."), ("{:_}", ",")]))
def test_grouped_whole_numbers_are_read_back(value, form):
    pattern, sign = form
    assert number(pattern.format(value).replace("_", "."), sign) == value


def test_the_decimal_sign_is_what_undoubted_cells_show():
    assert decimal_sign(["48.120,5", "1.234"], semicolons=True) == ","
    assert decimal_sign(["12.5", "1,234"], semicolons=False) == "."
    assert decimal_sign(["1,234", "2,345"], semicolons=True) == ""


def test_a_unit_in_the_cell_wins_over_the_columns_and_a_wrong_one_is_refused():
    assert quantity("81559 MiB", "GB", "GB") == pytest.approx(85.520809984)
    assert quantity("512", "GB", "GiB") == pytest.approx(549.755813888)
    with pytest.raises(Unreadable):
        quantity("80 kW", "GB")
    with pytest.raises(Unreadable):
        quantity("8 TB", "GPU")


@pytest.mark.parametrize(
    ("product", "model"),
    [
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA-A100-SXM4-80GB", "A100"),
        ("Tesla V100-SXM2-32GB", "V100"),
        ("l40s", "L40S"),
        ("NVIDIA H200", "H200"),
        ("AMD Instinct MI300X", "MI300X"),
        ("NVIDIA GB200", "GB200"),
        ("Custom Chip 7", "Custom Chip 7"),
    ],
)
def test_gpu_models_are_short_and_never_mixed_up(product, model):
    assert gpu_model(product) == model


def test_dates_are_utc_and_doubtful_ones_refused():
    assert timestamp("2026-07-01T02:00:00+02:00") == datetime(2026, 7, 1)
    assert timestamp("01.07.2026") == datetime(2026, 7, 1)
    with pytest.raises(Unreadable, match="YYYY-MM-DD"):
        timestamp("07/01/2026")
