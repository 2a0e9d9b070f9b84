"""Which accelerators a cloud instance type has."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml


@cache
def _table() -> dict[str, tuple[str, int]]:
    loaded = yaml.safe_load((Path(__file__).parent.parent / "instances.yaml").read_text(encoding="utf-8"))
    return {str(name).lower(): (str(model), int(count)) for name, (model, count) in loaded["instances"].items()}


def gpus_of(instance_type: str) -> tuple[str, int] | None:
    """(model, count), or None for a type that the table does not hold."""
    return _table().get(instance_type.strip().lower())
