"""Which format a file is in, by its content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from advisor.errors import SchemaError
from advisor.inventory.feeds import aws, carbon, dcgm, fio, focus, kubernetes, nccl, netbox, nvidia_smi, own, slurm
from advisor.inventory.record import Directness, Sink, Source, decode

HEAD_BYTES = 65_536
SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".json", ".yaml", ".yml", ".xlsx", ".prom", ".log", ".out"})


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    directness: Directness
    recognises: Callable[[Source], bool]
    read: Callable[[Source, Sink], None]


def _format(module: ModuleType) -> Format:
    return Format(module.NAME, module.DIRECTNESS, module.recognises, module.read)


# Our own form comes last: its recognition by columns is the widest.
FORMATS = tuple(map(_format, (focus, dcgm, nccl, fio, slurm, nvidia_smi, netbox, kubernetes, aws, carbon, own)))


def open_source(path: Path, shown: str, options: dict[str, Any]) -> Source:
    """A file with its head read, for detection."""
    with path.open("rb") as file:
        data = file.read(HEAD_BYTES)
    binary = path.suffix.lower() == ".xlsx"
    return Source(path, shown, options, "" if binary else decode(_whole_characters(data)), binary)


def _whole_characters(data: bytes) -> bytes:
    """`data` without a character cut off at its end."""
    if len(data) < HEAD_BYTES or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data
    return data[: data.rfind(b"\n") + 1] or data


def detect(source: Source) -> Format:
    """The format of a file. Raises SchemaError when none fits."""
    given = source.option("format")
    if given:
        for one in FORMATS:
            if one.name == given:
                return one
        raise SchemaError(f"There is no format {given!r}: use one of {', '.join(one.name for one in FORMATS)}.")
    for one in FORMATS:
        if one.recognises(source):
            return one
    raise SchemaError(
        f"{source.shown} is in no known format: use one of {', '.join(one.name for one in FORMATS)}, "
        "or a template from `advisor inventory template`."
    )
