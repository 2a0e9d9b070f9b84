"""Number formats and their size."""

from __future__ import annotations

from typing import Literal, get_args

Format = Literal["fp32", "bf16", "fp16", "fp8", "int8", "fp4", "int4"]
FORMATS: tuple[Format, ...] = get_args(Format)

_BITS: dict[Format, float] = {"fp32": 32, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "fp4": 4, "int4": 4}


def bytes_per_value(form: Format) -> float:
    """Bytes of one stored value. Scales of quantised blocks are left out: at most 1/16 more for FP4 blocks of 16
    with an FP8 scale, 1/32 for MXFP4 blocks of 32 with an 8-bit scale (OCP Microscaling Formats v1.0, 2023)."""
    return _BITS[form] / 8
