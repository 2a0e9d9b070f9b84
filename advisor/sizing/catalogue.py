"""Accelerators, links and model families: data files with sources, checked when loaded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from advisor import data_file
from advisor.errors import SchemaError, SizingError
from advisor.sizing.formats import Format

_HERE = Path(__file__).parent


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Strict):
    title: str
    publisher: str
    year: int = Field(ge=1990, le=2100)
    where: str


class Accelerator(_Strict):
    """One chip or module. Rates are peaks for dense matrices."""

    name: str
    vendor: str
    aliases: tuple[str, ...] = ()
    memory_gb: float = Field(gt=0)
    memory_unit: Literal["GB", "GiB"] = "GB"
    memory_gbytes_per_s: float = Field(gt=0)
    fp16_tflops: float | None = Field(None, gt=0)
    bf16_tflops: float | None = Field(None, gt=0)
    fp8_tflops: float | None = Field(None, gt=0)
    int8_tflops: float | None = Field(None, gt=0)
    fp4_tflops: float | None = Field(None, gt=0)
    power_w: float | None = Field(None, gt=0)
    scale_up: str | None = None
    domain: int = Field(1, ge=1)
    source: str

    @property
    def memory_bytes(self) -> float:
        return self.memory_gb * (1e9 if self.memory_unit == "GB" else 2.0**30)

    def peak_tflops(self, form: Format) -> float:
        """Peak 10^12 operations/s in `form`. A format without native units runs at the next wider one's rate."""
        wider: dict[Format, tuple[str, ...]] = {
            "fp32": (),
            "bf16": ("bf16_tflops", "fp16_tflops"),
            "fp16": ("fp16_tflops", "bf16_tflops"),
            "fp8": ("fp8_tflops", "bf16_tflops", "fp16_tflops"),
            "int8": ("int8_tflops", "bf16_tflops", "fp16_tflops"),
            "fp4": ("fp4_tflops", "fp8_tflops", "bf16_tflops", "fp16_tflops"),
            "int4": ("bf16_tflops", "fp16_tflops"),
        }
        for name in wider[form]:
            if (rate := getattr(self, name)) is not None:
                return float(rate)
        raise SizingError(f"The catalogue has no {form} rate for {self.name}: choose another format or accelerator.")


class Link(_Strict):
    """A link: 10^9 bytes/s in one direction, per accelerator (scale-up) or per port (scale-out)."""

    name: str
    kind: Literal["scale-up", "scale-out"]
    gbytes_per_s_per_direction: float = Field(gt=0)
    source: str


class Latent(_Strict):
    """Multi-head latent attention: ranks and head sizes."""

    q_rank: int | None = None
    kv_rank: int
    rope: int
    nope: int
    value: int


class Experts(_Strict):
    """Mixture of experts: how many, how many a token uses, and how wide."""

    experts: int
    per_token: int
    shared: int = 0
    width: int
    dense_layers: int = 0
    every: int = 1
    gate_bias: bool = False


class Model(_Strict):
    """The shape of a transformer."""

    name: str
    family: str
    aliases: tuple[str, ...] = ()
    layers: int = Field(gt=0)
    hidden: int = Field(gt=0)
    heads: int = Field(gt=0)
    kv_heads: int = Field(gt=0)
    head_dim: int = Field(gt=0)
    feed_forward: int | None = None
    gated: bool = True
    mla: Latent | None = None
    moe: Experts | None = None
    biases: Literal["none", "qkv", "all"] = "none"
    norm: Literal["rms", "layer"] = "rms"
    norms: int = 2
    qk_norm: bool = False
    embedding_norm: bool = False
    positions: int = 0
    vocabulary: int = Field(gt=0)
    tied: bool = False
    window: tuple[int, int] | None = None
    context_tokens: int = Field(gt=0)
    published: float = Field(gt=0)
    published_active: float | None = None
    source: str

    @model_validator(mode="after")
    def _consistent(self) -> Model:
        if self.heads % self.kv_heads:
            raise ValueError(f"{self.name}: {self.heads} heads do not divide into {self.kv_heads} KV heads")
        if self.feed_forward is None and (self.moe is None or self.moe.dense_layers or self.moe.every > 1):
            raise ValueError(f"{self.name}: dense layers need feed_forward")
        if self.window and self.window[1] > self.layers:
            raise ValueError(f"{self.name}: more local layers than layers")
        return self


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str: ...


_T = TypeVar("_T", bound=_Named)


class Catalogues(_Strict):
    """All three files, with the sources of each."""

    accelerators: tuple[Accelerator, ...]
    links: tuple[Link, ...]
    models: tuple[Model, ...]
    sources: dict[str, dict[str, Source]]

    def source(self, entry: Accelerator | Link | Model) -> Source:
        kind = {Accelerator: "accelerators", Link: "links", Model: "models"}[type(entry)]
        return self.sources[kind][entry.source]

    def model(self, name: str) -> Model:
        return _find(name, self.models, "model")

    def accelerator(self, name: str) -> Accelerator:
        return _find(name, self.accelerators, "accelerator")

    def link(self, name: str) -> Link:
        return _find(name, self.links, "link")


@cache
def load() -> Catalogues:
    """The shipped catalogues. Raises SchemaError naming what is wrong with them."""
    read: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    for kind in ("accelerators", "links", "models"):
        path = _HERE / f"{kind}.yaml"
        try:
            found = data_file.read(path)
            read[kind], sources[kind] = found[kind], found["sources"]
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise SchemaError(f"{path} is no catalogue: {error}") from error
    try:
        catalogues = Catalogues(**read, sources=sources)
    except ValidationError as error:
        raise SchemaError(f"The sizing catalogues are inconsistent: {error}") from error
    if wrong := problems(catalogues):
        raise SchemaError(f"The sizing catalogues are inconsistent: {'; '.join(wrong)}")
    return catalogues


def problems(catalogues: Catalogues) -> list[str]:
    """What is inconsistent: names given twice, sources or links that do not exist."""
    found = []
    for kind in ("accelerators", "links", "models"):
        entries: Sequence[Accelerator | Link | Model] = getattr(catalogues, kind)
        names = [key(one) for entry in entries for one in (entry.name, *getattr(entry, "aliases", ()))]
        found += [f"{kind}: {name} is named twice" for name in sorted({n for n in names if names.count(n) > 1})]
        used = {entry.source for entry in entries}
        found += [f"{kind}: no source {name}" for name in sorted(used - set(catalogues.sources[kind]))]
        found += [f"{kind}: source {name} is unused" for name in sorted(set(catalogues.sources[kind]) - used)]
    links = {link.name for link in catalogues.links}
    found += [
        f"{one.name} names the unknown link {one.scale_up}"
        for one in catalogues.accelerators
        if one.scale_up is not None and one.scale_up not in links
    ]
    return found


def key(name: str) -> str:
    """A name as compared: letters, digits and dots within numbers; "meta-llama/Llama-3.1-70B" is "llama3.170b"."""
    return re.sub(r"[^a-z0-9.]+", "", re.sub(r"^[\w.-]+/(?=\S+$)", "", name.strip().lower()))


_SUFFIX = re.compile(r"(?:instruct|chat|base|hf|it|fp8|bf16|fp16|int8|fp4|nvfp4|awq|gptq|2507|0905)+$")


def _find(name: str, entries: Sequence[_T], kind: str) -> _T:
    wanted = key(name)
    for asked in (wanted, _SUFFIX.sub("", wanted)):
        for entry in entries:
            if asked in (key(one) for one in (entry.name, *getattr(entry, "aliases", ()))):
                return entry
    near = sorted(entry.name for entry in entries if _alike(wanted, key(entry.name)))
    hint = f" Near it: {', '.join(near[:6])}." if near else ""
    raise SizingError(
        f"The catalogue has no {kind} {name.strip()!r}.{hint} `advisor size --list {kind}s` shows all; "
        f"nothing is extrapolated from another {kind}."
    )


def _alike(asked: str, known: str) -> bool:
    stem = re.match(r"[a-z]+", asked)
    return bool(stem and len(stem.group()) > 1 and known.startswith(stem.group()))
