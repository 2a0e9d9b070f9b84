"""Accelerators of a site by model: how much memory each has, and which of them a workload would use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from advisor.evidence import Fact
from advisor.sizing.catalogue import Accelerator, load
from index.document import Label


@dataclass(frozen=True, slots=True)
class Pool:
    """Accelerators of one model at a site."""

    model: str
    count: float
    memory_gb: float | None  # of one; None: neither telemetry nor a datasheet tells
    datasheet: Fact | None  # where the memory stands when telemetry does not report it
    as_of: date | None
    label: Label


def memory_of(model: str | None, product: str | None) -> tuple[float | None, Fact | None]:
    """Memory by the product's own name, or by the datasheet; of several variants the smallest, never the largest."""
    chips = _variants(model)
    written = re.search(r"(\d+)\s?GB", product or "")
    if written:
        chips = [chip for chip in chips if round(chip.memory_gb) == int(written[1])] or chips
    if not chips:
        return None, None
    chip = min(chips, key=lambda one: one.memory_bytes)
    row = load().accelerators.index(chip) + 1
    said = f"memory_gb of {chip.name} by its datasheet"
    size = chip.memory_bytes / 1e9
    return size, Fact("sizing/accelerators.yaml", row, "memory_gb", said, size, "GB", None, Label.PUBLIC)


def _variants(model: str | None) -> list[Accelerator]:
    """Rows of the catalogue that a model name may mean: "A100" is any A100, "A100 80GB" is not the smaller one."""
    if not model:
        return []
    wanted = _key(model)
    return [
        chip
        for chip in load().accelerators
        if any(_key(name) == wanted for name in (chip.name, *chip.aliases)) or _key(chip.name).startswith(wanted + " ")
    ]


def _key(name: str) -> str:
    return " ".join(re.findall(r"[a-z]+\d*[a-z]*|\d+[a-z]*", name.lower().replace("nvidia", "")))


def used(pools: Sequence[Pool], wanted: float) -> tuple[Pool, ...]:
    """The pools a workload of so many accelerators would take: those with most memory first, unknown memory last; none
    when there are not so many, since then nobody knows which it would get."""
    found: list[Pool] = []
    left = wanted
    for one in sorted(pools, key=lambda pool: (pool.memory_gb is None, -(pool.memory_gb or 0.0), pool.model)):
        if left <= 0:
            break
        if one.count > 0:
            found.append(one)
            left -= one.count
    return tuple(found) if left <= 0 else ()


def least_memory(pools: Sequence[Pool]) -> float | None:
    """Memory of the smallest accelerator among them; None when one is unknown, or there is none."""
    sizes = [one.memory_gb for one in pools]
    known = [size for size in sizes if size is not None]
    return min(known) if known and len(known) == len(sizes) else None


def added(pools: Sequence[Pool], model: str, count: float, label: Label) -> tuple[Pool, ...]:
    """With more of a model, as a pool of its own."""
    memory, said = memory_of(model, model)
    return (*pools, Pool(model, count, memory, said, None, label))


def removed(pools: Sequence[Pool], model: str, count: float) -> tuple[Pool, ...] | None:
    """With fewer of a model; None when there are not so many. Any model when `model` is empty, the smallest first."""
    order = sorted(
        (one for one in pools if not model or _key(model) == _key(one.model)), key=lambda one: one.memory_gb or 0.0
    )
    if sum(one.count for one in order) < count:
        return None
    left = count
    kept = list(pools)
    for one in order:
        taken = min(left, one.count)
        kept[kept.index(one)] = replace(one, count=one.count - taken)
        left -= taken
    return tuple(one for one in kept if one.count > 0)
