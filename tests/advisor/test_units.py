"""Quantities compare by value, prefix and dimension; names with digits are no quantities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.units import quantities


@pytest.mark.parametrize(
    ("one", "other"),
    [("80 GB", "80GB"), ("1 TB/s", "1000 GB/s"), ("400 Gb/s", "400 Gbit/s"), ("50 %", "50 percent"),
     ("1,024", "1024"), ("2 million", "2000000"), ("0.5 MW", "500 kW"), ("3600 seconds", "1 hour")],
)  # fmt: skip
def test_equal_quantities(one, other):
    (a,), (b,) = quantities(one), quantities(other)
    assert a.equals(b)


@pytest.mark.parametrize(
    ("one", "other"),
    [("80 GB", "80 GiB"), ("400 Gb/s", "400 GB/s"), ("80 GB", "80 GB/s"), ("10 kW", "10 kWh"), ("5 %", "5"),
     ("80 GB", "81 GB"), ("-5 %", "5 %")],
)  # fmt: skip
def test_different_quantities(one, other):
    (a,), (b,) = quantities(one), quantities(other)
    assert not a.equals(b)


def test_digits_inside_names_are_not_quantities():
    assert quantities("H100 and FP8 on a 70B model in 3D") == []


@given(st.integers(0, 10**9), st.sampled_from(["GB", "GiB", "Gb/s", "kW", "%", "ms", ""]))
def test_a_written_quantity_is_read_back(value, unit):
    (found,) = quantities(f"It needs {value} {unit}".strip() + " today.")
    (again,) = quantities(f"{value}{unit and ' '}{unit}")
    assert found.equals(again)
