"""The catalogues say what their sources say, and no more."""

import pytest

from advisor.errors import SizingError
from advisor.sizing import memory
from advisor.sizing.catalogue import Model, load, problems

KNOWN = load()


def test_the_catalogues_are_as_large_as_promised():
    assert len(KNOWN.accelerators) >= 25
    assert len({model.family for model in KNOWN.models}) >= 30
    assert problems(KNOWN) == []


@pytest.mark.parametrize("model", KNOWN.models, ids=lambda model: model.name)
def test_a_shape_counts_to_the_published_parameters(model):
    """Publishers that give all digits are met to the last; rounded names within 3 %."""
    counted = memory.parameter_count(model)
    if model.published % 1e6:
        assert counted == model.published
    else:
        assert counted == pytest.approx(model.published, rel=0.03)


@pytest.mark.parametrize("model", [m for m in KNOWN.models if m.published_active], ids=lambda model: model.name)
def test_active_parameters_agree_with_or_without_the_embedding(model):
    counted = memory.active_parameter_count(model)
    lookup = model.vocabulary * model.hidden
    nearest = min((counted, counted - lookup), key=lambda one: abs(one - model.published_active))
    assert nearest == pytest.approx(model.published_active, rel=0.05)
    assert counted < memory.parameter_count(model)


@pytest.mark.parametrize("chip", KNOWN.accelerators, ids=lambda chip: chip.name)
def test_rates_do_not_fall_with_narrower_formats(chip):
    assert chip.peak_tflops("fp8") >= chip.peak_tflops("bf16")
    assert chip.memory_bytes in (chip.memory_gb * 1e9, chip.memory_gb * 2**30)
    with pytest.raises(SizingError, match="fp32"):
        chip.peak_tflops("fp32")


def test_names_are_found_as_people_write_them():
    for written in ("Llama-3.1-70B", "llama 3.1 70b", "meta-llama/Llama-3.1-70B-Instruct", "Llama_3.1_70B"):
        assert KNOWN.model(written).name == "Llama-3.1-70B"
    assert KNOWN.accelerator("h100").name == "H100 SXM"
    assert KNOWN.link("100 Gb/s Ethernet").gbytes_per_s_per_direction == 12.5


def test_an_unknown_name_is_refused_with_its_neighbours():
    with pytest.raises(SizingError, match=r"no model 'Llama-9-70B'.*Llama-2-70B.*nothing is extrapolated"):
        KNOWN.model("Llama-9-70B")
    with pytest.raises(SizingError, match="no accelerator 'RTX 4090'"):
        KNOWN.accelerator("RTX 4090")


def test_an_inconsistent_shape_does_not_load():
    shape = KNOWN.model("Llama-3.1-8B").model_dump()
    with pytest.raises(ValueError, match="do not divide"):
        Model.model_validate(shape | {"kv_heads": 7})
    with pytest.raises(ValueError, match="feed_forward"):
        Model.model_validate(shape | {"feed_forward": None})


def test_gibibytes_are_not_gigabytes():
    assert KNOWN.accelerator("TPU v5p").memory_bytes == 95 * 2**30
    assert KNOWN.accelerator("H100 SXM").memory_bytes == 80e9
