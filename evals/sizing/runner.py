"""Compute every published case with the sizing functions and report the error per formula; nothing is hidden."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from advisor.errors import SchemaError
from advisor.sizing import adapter, energy, fabric, memory, serving, storage, training
from advisor.sizing.catalogue import Source, load
from advisor.sizing.formats import bytes_per_value

SET = Path(__file__).parent.parent / "sets" / "sizing.jsonl"
LIMITS = {"exact": 0.02, "empirical": 0.15}
GIB, TIB = 2.0**30, 2.0**40

Inputs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case as computed. `error` is (computed − published) / published; of a bound, how far the measured rate is
    below it."""

    id: str
    formula: str
    kind: str
    computed: float
    expected: float
    unit: str
    source: Source
    note: str

    @property
    def error(self) -> float:
        return self.computed / self.expected - 1

    @property
    def holds(self) -> bool:
        """Whether a bound is one."""
        return self.kind != "bound" or self.computed >= self.expected


def _kv_token(i: Inputs) -> float:
    return memory.kv_bytes_per_token(load().model(i["model"]), bytes_per_value(i["format"]))


def _zero(i: Inputs) -> float:
    recipe = memory.MIXED_PRECISION_ADAM
    return (
        memory.training_state_bytes(i["parameters"], recipe, zero_stage=i["stage"], data_parallel=i["data_parallel"])
        / 1e9
    )


def _checkpoint(i: Inputs) -> float:
    recipe = memory.Recipe(weights=i["weights_bytes"], optimiser=i["optimiser_bytes"])
    return storage.checkpoint_bytes(i["parameters"], recipe) / TIB


def _flops_per_token(i: Inputs) -> float:
    model = load().model(i["model"])
    used = memory.active_parameter_count(model)
    if "sequence_tokens" not in i:
        return 6.0 * used
    return training.training_flops_per_token(model, used, i["sequence_tokens"], causal=i.get("causal", False))


def _hours_from_mfu(i: Inputs) -> float:
    peak = load().accelerator(i["accelerator"]).peak_tflops(i["format"])
    return training.accelerator_hours(_flops_per_token(i) * i["tokens"], peak, i["mfu"], i["goodput"])


def _hours_from_rate(i: Inputs) -> float:
    return training.accelerator_hours(_hardware_flops(i), i["achieved_tflops"], 1.0)


def _hardware_flops(i: Inputs) -> float:
    return training.hardware_flops(_flops_per_token(i) * i["tokens"], full_recomputation=i["full_recomputation"])


def _adapter_parameters(i: Inputs) -> float:
    return adapter.adapter_parameters(load().model(i["model"]), i["rank"], i["adapted"])


def _adapter_speedup(i: Inputs) -> float:
    """Operations of full training over those of adapters."""
    model = load().model(i["model"])
    used = memory.active_parameter_count(model)
    attention = training.attention_flops_per_token(model, i["sequence_tokens"])
    return (6 * used + attention) / (adapter.flops_per_token(used, _adapter_parameters(i)) + attention)


def _mfu(i: Inputs) -> float:
    attention = 12 * i["layers"] * i["heads"] * i["head_dim"] * i["sequence_tokens"]
    return training.mfu_of(i["tokens_per_s_per_accelerator"], 6 * i["parameters"] + attention, i["peak_tflops"])


def _carbon(i: Inputs) -> float:
    return energy.carbon_kg(energy.accelerator_energy_kwh(i["hours"], i["power_w"], i["pue"]), i["grams_per_kwh"]) / 1e3


def _decode(i: Inputs) -> float:
    model, chip = load().model(i["model"]), load().accelerator(i["accelerator"])
    size, kv = bytes_per_value(i["format"]), bytes_per_value(i["kv_format"])
    step_bytes = serving.decode_step_bytes(model, i["sequences"], i["context_tokens"], size, kv)
    step_flops = i["sequences"] * serving.decode_flops_per_token(model, i["context_tokens"])
    seconds = serving.decode_step_s(
        step_bytes, step_flops, chip.memory_gbytes_per_s, chip.peak_tflops(i["format"]), i["accelerators"]
    )
    return float(i["sequences"] / seconds)


FORMULAS: dict[str, Callable[[Inputs], float]] = {
    "parameter_count": lambda i: memory.parameter_count(load().model(i["model"])),
    "active_parameter_count": lambda i: memory.active_parameter_count(load().model(i["model"])),
    "weights_gib": lambda i: (
        memory.weights_bytes(memory.parameter_count(load().model(i["model"])), bytes_per_value(i["format"])) / GIB
    ),
    "kv_bytes_per_token": _kv_token,
    "kv_sequence_gib": lambda i: (
        memory.kv_bytes_per_sequence(load().model(i["model"]), i["tokens"], bytes_per_value(i["format"])) / GIB
    ),
    "kv_tokens_that_fit": lambda i: i["gib"] * GIB // _kv_token(i),
    "zero_state_gb": _zero,
    "checkpoint_tib": _checkpoint,
    "bus_factor": lambda i: fabric.bus_factor(i["collective"], i["ranks"]),
    "bus_bandwidth": lambda i: fabric.bus_gbytes_per_s(
        i["collective"], i["ranks"], i["algorithm_gbytes_per_s"] * 1e9, 1.0
    ),
    "peak_from_clock": lambda i: training.matrix_peak_tflops(i["clock_mhz"], i["multiply_adds"], i["units"]),
    "catalogue_peak": lambda i: load().accelerator(i["accelerator"]).peak_tflops(i["format"]),
    "hardware_flops": _hardware_flops,
    "adapter_parameters": _adapter_parameters,
    "nf4_bits": lambda i: adapter.NF4_BITS,
    "frozen_gb": lambda i: adapter.frozen_bytes(load().model(i["model"]), i["method"]) / 1e9,
    "adapter_speedup": _adapter_speedup,
    "training_flops": lambda i: training.training_flops(i["parameters"], i["tokens"]),
    "training_gflops_per_token": lambda i: _flops_per_token(i) / 1e9,
    "accelerator_hours_from_mfu": _hours_from_mfu,
    "accelerator_hours_from_rate": _hours_from_rate,
    "accelerator_hours_from_tokens": lambda i: (
        i["tokens"] / i["tokens_per_s_per_accelerator"] / training.SECONDS_PER_HOUR
    ),
    "wall_days": lambda i: training.wall_days(i["hours"], i["accelerators"]),
    "mfu": _mfu,
    "training_tokens_per_s": lambda i: training.tokens_per_s(
        load().accelerator(i["accelerator"]).peak_tflops(i["format"]), i["mfu"], _flops_per_token(i)
    ),
    "energy_mwh": lambda i: energy.accelerator_energy_kwh(i["hours"], i["power_w"], i["pue"]) / 1e3,
    "carbon_t": _carbon,
    "decode_tokens_per_s_bound": _decode,
}


def cases(path: Path = SET) -> list[dict[str, Any]]:
    """The published cases. Raises SchemaError when one is not of the form."""
    try:
        read = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise SchemaError(f"{path} is no set of sizing cases: {error}") from error
    for case in read:
        if case.get("formula") not in FORMULAS or case.get("kind") not in ("exact", "empirical", "bound"):
            raise SchemaError(f"{path}: case {case.get('id')} names an unknown formula or kind.")
    return read


def run(path: Path = SET) -> list[Outcome]:
    """Every case computed, in the order of the file."""
    return [
        Outcome(
            case["id"],
            case["formula"],
            case["kind"],
            float(FORMULAS[case["formula"]](case["inputs"])),
            float(case["expected"]),
            case["unit"],
            Source(**case["source"]),
            case.get("note", ""),
        )
        for case in cases(path)
    ]


def by_formula(outcomes: Sequence[Outcome]) -> list[tuple[str, str, int, float, float]]:
    """Formula, kind, cases, median and largest absolute error."""
    groups: dict[tuple[str, str], list[float]] = {}
    for one in outcomes:
        groups.setdefault((one.formula, one.kind), []).append(abs(one.error))
    return [(name, kind, len(e), median(e), max(e)) for (name, kind), e in groups.items()]


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Median absolute error of exact and of empirical cases."""
    return {kind: median(abs(one.error) for one in outcomes if one.kind == kind) for kind in LIMITS}


def passes(outcomes: Sequence[Outcome]) -> bool:
    """Whether both medians keep their limits and every bound is one."""
    return all(by_kind(outcomes)[kind] <= limit for kind, limit in LIMITS.items()) and all(
        one.holds for one in outcomes
    )


def report(outcomes: Sequence[Outcome]) -> str:
    """The table that docs/sizing.md publishes."""
    lines = [
        "| formula | kind | cases | median error | largest error |",
        "|---|---|---:|---:|---:|",
        *(
            f"| `{name}` | {kind} | {count} | {_percent(middle)} | {_percent(worst)} |"
            if kind != "bound"
            else f"| `{name}` | bound | {count} | holds in "
            f"{sum(one.holds for one in outcomes if one.formula == name)} of {count} | measured at "
            f"{min(one.expected / one.computed for one in outcomes if one.formula == name):.0%}-"
            f"{max(one.expected / one.computed for one in outcomes if one.formula == name):.0%} of it |"
            for name, kind, count, middle, worst in by_formula(outcomes)
        ),
    ]
    medians = by_kind(outcomes)
    lines.append("")
    lines += [
        f"Median absolute error of {sum(one.kind == kind for one in outcomes)} {kind} cases: "
        f"{_percent(medians[kind])} (limit {limit:.0%})."
        for kind, limit in LIMITS.items()
    ]
    hours = [abs(one.error) for one in outcomes if one.formula.startswith("accelerator_hours")]
    lines.append(f"Of these, accelerator-hours of {len(hours)} published runs alone: median {_percent(median(hours))}.")
    far = [one for one in outcomes if one.kind in LIMITS and abs(one.error) > LIMITS[one.kind]]
    lines += ["", "Cases beyond the limit of their kind:", ""]
    lines += [
        f"- `{one.id}`: {one.computed:,.4g} against {one.expected:,.4g} {one.unit} ({one.error:+.1%}). {one.note}."
        for one in far
    ]
    return "\n".join(lines)


def as_rows(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Every case with its error, as JSON."""
    return [
        {
            "id": one.id,
            "formula": one.formula,
            "kind": one.kind,
            "computed": one.computed,
            "published": one.expected,
            "unit": one.unit,
            "error": one.error,
            "holds": one.holds,
            "source": one.source.model_dump(),
        }
        for one in outcomes
    ]


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"
