"""How much a workload needs: a threshold of the rubric, or a rule computed by sizing, with its inputs."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.readiness.observation import Workload
from advisor.readiness.rubric import Check, Rubric
from advisor.sizing import memory, storage

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
    if workload.kind not in check.kinds:
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
    if check.need == "memory_per_gpu":
        recipe = memory.MIXED_PRECISION_ADAM_FP32_GRADIENTS
        each = recipe.total if workload.kind in TRAINING else recipe.weights
        value = None if not gpus or parameters is None else parameters * each / gpus / USABLE / 1e9
        formula = f"parameters × {each:g} bytes / accelerators / {USABLE:g}"
        return Need(value, formula, ("parameters_billion", "gpus_required"))
    seconds = {"checkpoint_write": rubric.save_s, "checkpoint_read": 2 * rubric.save_s, "weights_read": rubric.load_s}
    constant = "load_s" if check.need == "weights_read" else "save_s"
    times = {
        "checkpoint_write": "time to save",
        "checkpoint_read": "twice the time to save",
        "weights_read": "time to load",
    }
    each = 2 if check.need == "weights_read" else 14
    size = None
    if parameters is not None:
        size = parameters * 2 if check.need == "weights_read" else storage.checkpoint_bytes(parameters)
    value = None if size is None else storage.needed_gbytes_per_s(size, seconds[check.need])
    return Need(value, f"parameters × {each} bytes / {times[check.need]}", ("parameters_billion",), (constant,))
