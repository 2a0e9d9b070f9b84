"""How much a workload needs: a threshold of the rubric, or a rule computed by sizing, with its inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from advisor.readiness.observation import Workload
from advisor.readiness.rubric import Check, Rubric
from advisor.sizing import adapter, memory, storage

TRAINING = ("training", "fine-tuning")
USABLE = 0.90


@dataclass(frozen=True, slots=True)
class Need:
    """A quantity needed in the check's unit, its formula, and the inputs: fields of the workload and of the rubric."""

    value: float | None  # None: the workload does not say enough
    formula: str
    fields: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()


def applies(check: Check, workload: Workload) -> bool:
    """Whether a check is asked of a workload. Unknown sensitivity counts as restricted, unknown status as planned."""
    if workload.kind not in check.kinds or (workload.gpus_required or math.inf) <= check.above_gpus:
        return False
    if check.sensitivity and (workload.data_sensitivity or "restricted") not in check.sensitivity:
        return False
    if check.placement and workload.placement not in check.placement:
        return False
    return not check.status or (workload.status or "planned") in check.status


def need(check: Check, workload: Workload, rubric: Rubric) -> Need:
    """What a check asks of a workload."""
    if not isinstance(check.need, str):
        return Need(float(check.need), f"threshold of the rubric: {check.basis}", constants=("need",))
    gpus, billions = workload.gpus_required, workload.parameters_billion
    if check.need == "gpus_required":
        return Need(gpus, "what the workload asks for", ("gpus_required",))
    if check.need == "new_power":
        value = None if gpus is None else gpus * rubric.site_kw_per_gpu
        return Need(value, "accelerators × power of one at the site", ("gpus_required",), ("site_kw_per_gpu",))
    parameters = None if billions is None else billions * 1e9
    shared = ("adapter_share",) if workload.method != "full" else ()
    if check.need == "memory_per_gpu":
        each, _ = bytes_held(workload, rubric)
        value = None if not gpus or parameters is None else parameters * each / gpus / USABLE / 1e9
        formula = f"parameters × {each:.3g} bytes / accelerators / {USABLE:g}"
        return Need(value, formula, ("parameters_billion", "gpus_required"), shared)
    seconds = {"checkpoint_write": rubric.save_s, "checkpoint_read": 2 * rubric.save_s, "weights_read": rubric.load_s}
    constant = "load_s" if check.need == "weights_read" else "save_s"
    times = {
        "checkpoint_write": "time to save",
        "checkpoint_read": "twice the time to save",
        "weights_read": "time to load",
    }
    each = _bytes_moved(check.need, workload, rubric)
    value = None if parameters is None else storage.needed_gbytes_per_s(parameters * each, seconds[check.need])
    formula = f"parameters × {each:.3g} bytes / {times[check.need]}"
    return Need(value, formula, ("parameters_billion",), (constant, *shared))


def bytes_held(workload: Workload, rubric: Rubric) -> tuple[float, str]:
    """Bytes in memory for one parameter of the model, and the same in words. With adapters a share of the parameters is
    trained beside frozen ones of 2 bytes, or of 4.127 bits with QLoRA (Hu et al. 2021; Dettmers et al. 2023)."""
    recipe = memory.MIXED_PRECISION_ADAM_FP32_GRADIENTS
    if workload.kind not in TRAINING:
        return recipe.weights, f"{recipe.weights:g} bytes a parameter"
    if workload.method == "full":
        return recipe.total, f"{recipe.total:g} bytes a parameter"
    frozen = adapter.NF4_BITS / 8 if workload.method == "qlora" else recipe.weights
    said = (
        f"{frozen:.3g} bytes for a frozen parameter and {recipe.total:g} for each of the "
        f"{100 * rubric.adapter_share:g} % that are trained"
    )
    return frozen + rubric.adapter_share * recipe.total, said


def _bytes_moved(rule: str, workload: Workload, rubric: Rubric) -> float:
    """Bytes for one parameter: weights to load, or a checkpoint; of adapters theirs, to read the frozen weights too."""
    if rule == "weights_read":
        return 2.0
    checkpoint = storage.checkpoint_bytes(1.0)
    if workload.method == "full":
        return checkpoint
    return rubric.adapter_share * checkpoint + (2.0 if rule == "checkpoint_read" else 0.0)
