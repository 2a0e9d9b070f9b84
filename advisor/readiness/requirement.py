"""How much a workload needs: a threshold of the rubric, or a rule computed by sizing. None: cannot be determined."""

from __future__ import annotations

from advisor.readiness.observation import Workload
from advisor.readiness.rubric import Check, Rubric
from advisor.sizing import memory, storage

_TRAINING = ("training", "fine-tuning")
_USABLE = 0.90


def applies(check: Check, workload: Workload) -> bool:
    """Whether a check is asked of a workload. Unknown sensitivity counts as restricted, unknown status as planned."""
    if workload.kind not in check.kinds:
        return False
    if check.sensitivity and (workload.data_sensitivity or "restricted") not in check.sensitivity:
        return False
    return not check.status or (workload.status or "planned") in check.status


def need(check: Check, workload: Workload, rubric: Rubric) -> float | None:
    """The quantity needed, in the check's unit."""
    if not isinstance(check.need, str):
        return float(check.need)
    gpus, billions = workload.gpus_required, workload.parameters_billion
    if check.need == "gpus_required":
        return gpus
    if check.need == "new_power":
        return None if gpus is None else gpus * rubric.site_kw_per_gpu
    if billions is None:
        return None
    parameters = billions * 1e9
    checkpoint = storage.checkpoint_bytes(parameters)
    if check.need == "memory_per_gpu":
        recipe = memory.MIXED_PRECISION_ADAM_FP32_GRADIENTS
        each = recipe.total if workload.kind in _TRAINING else recipe.weights
        return None if not gpus else parameters * each / gpus / _USABLE / 1e9
    rates = {
        "checkpoint_write": storage.needed_gbytes_per_s(checkpoint, rubric.save_s),
        "checkpoint_read": storage.needed_gbytes_per_s(checkpoint, 2 * rubric.save_s),
        "weights_read": storage.needed_gbytes_per_s(parameters * 2, rubric.load_s),
    }
    return rates[check.need]
