"""A request → figures with formula, inputs, range and what moves them most. The only place where sizes become words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from advisor import data_file
from advisor.errors import SchemaError, SizingError
from advisor.evidence import Fact, Figure
from advisor.sizing import assumptions, memory, sensitivity, serving_plan, training_plan
from advisor.sizing.catalogue import Accelerator, Catalogues, Model, load
from advisor.sizing.evidence import accelerator_fact, assumption_fact, model_fact, request_fact
from advisor.sizing.request import SizingRequest
from advisor.sizing.sensitivity import Driver, Plan
from advisor.sizing.serving_plan import ServingInputs
from advisor.sizing.training_plan import TrainingInputs
from advisor.sizing.wording import said
from index.document import Label


class Template(BaseModel):
    """How a quantity of a plan is presented."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    unit: str
    formula: str
    origin: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sized:
    """A quantity: its figure, the range the assumptions leave, and what moves it most."""

    name: str
    figure: Figure
    low: float
    high: float
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True)
class SizingAnswer:
    """What a request needs."""

    request: SizingRequest
    reading: str
    sized: tuple[Sized, ...]
    facts: tuple[Fact, ...]
    assumed: tuple[str, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]

    def __getitem__(self, name: str) -> Sized:
        for one in self.sized:
            if one.name == name:
                return one
        raise KeyError(name)


@cache
def templates() -> dict[str, dict[str, Template]]:
    """figures.yaml, checked."""
    path = Path(__file__).parent / "figures.yaml"
    try:
        read = data_file.read(path)
        return {
            kind: {n: Template.model_validate(t) for n, t in read[kind].items()} for kind in ("serve", "train", "adapt")
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValidationError) as error:
        raise SchemaError(f"{path} is no file of figures: {error}") from error


def size(request: SizingRequest, unread: tuple[str, ...] = ()) -> SizingAnswer:
    """Figures for a request. Raises SizingError saying what is missing, unknown or out of range."""
    catalogues = load()
    model, chip = catalogues.model(request.model), catalogues.accelerator(request.accelerator)
    _in_range(request, model)
    inputs, plan, used = _inputs(request, model, chip, catalogues)
    typical = sensitivity.extended(plan(inputs), request)
    ranges = sensitivity.ranges(inputs, plan, used, request)
    evidence = _Evidence(request, model, chip)
    sized = []
    for name, template in templates()["adapt" if request.method != "full" else request.kind].items():
        if name not in typical:
            continue
        low, high = ranges.get(name, (typical[name], typical[name]))
        drivers = sensitivity.drivers(name, inputs, plan, used, request, typical[name])
        sized.append(_sized(name, template, typical[name], low, high, drivers, evidence, request))
    return SizingAnswer(
        request,
        _reading(request, model, chip),
        tuple(sized),
        tuple(evidence.facts.values()),
        tuple(f"{one.means}: {one.typical:g} ({one.low:g} to {one.high:g}); {one.basis}" for one in used.values()),
        _missing(request, chip),
        _notes(request, model, chip, inputs, typical, unread, catalogues)
        + tuple(
            f"It cannot be placed at all with {one}." for one in sensitivity.impossible(inputs, plan, used, request)
        ),
    )


def _in_range(request: SizingRequest, model: Model) -> None:
    """Refuse what the plan needs and lacks, and what the model cannot do."""
    if request.kind == "serve":
        if request.method != "full":
            raise SizingError("LoRA and QLoRA are ways to train: size serving of the tuned model without them.")
        missing = [n for n in ("concurrency", "context_tokens") if getattr(request, n) is None]
        if missing:
            said_as = {"concurrency": "how many sequences are served at once", "context_tokens": "the context length"}
            raise SizingError(f"To size serving, say {' and '.join(said_as[n] for n in missing)}.")
        assert request.context_tokens is not None
        if request.context_tokens > model.context_tokens:
            raise SizingError(
                f"{model.name} has a context of {model.context_tokens:,} tokens; "
                f"{request.context_tokens:,} is beyond it."
            )
        return
    if request.training_tokens is None and (request.method == "full" or request.days is not None):
        raise SizingError("To size training, say on how many tokens, e.g. `on 1B tokens`.")
    if request.sequence_tokens > model.context_tokens:
        raise SizingError(
            f"{model.name} has a context of {model.context_tokens:,} tokens; sequences of "
            f"{request.sequence_tokens:,} are beyond it."
        )
    if request.weight_format not in ("bf16", "fp16"):
        raise SizingError(
            f"Training is sized in BF16 or FP16; MFU in {request.weight_format.upper()} is not published well enough."
        )


def _inputs(
    request: SizingRequest, model: Model, chip: Accelerator, catalogues: Catalogues
) -> tuple[ServingInputs | TrainingInputs, Plan, dict[str, assumptions.Assumption]]:
    known = dict(assumptions.load())
    if request.method != "full":
        known["batch_tokens"] = known["adapter_batch_tokens"]
    kind: type[ServingInputs] | type[TrainingInputs] = ServingInputs if request.kind == "serve" else TrainingInputs
    names = [field.name for field in fields(kind)]
    used = {n: known[n] for n in names if n in known and getattr(request, n, None) is None}
    if chip.power_w is None:
        used = {n: one for n, one in used.items() if n not in ("pue", "other_power_share", "load")}
    given: dict[str, Any] = {n: known[n].typical for n in names if n in known}
    given |= {n: getattr(request, n) for n in names if getattr(request, n, None) is not None}
    given |= {"model": model, "accelerator": chip}
    if kind is ServingInputs:
        link = catalogues.link(chip.scale_up).gbytes_per_s_per_direction if chip.scale_up else None
        given |= {"link_gbytes_per_s": link, "kv_format": request.kv_format or "bf16"}
        given.setdefault("tokens_per_s_per_user", None)
        return ServingInputs(**given), serving_plan.plan, used
    for name in ("accelerators", "days", "training_tokens"):
        given.setdefault(name, None)
    return TrainingInputs(**given), training_plan.plan, used


class _Evidence:
    """Facts of the inputs, made once each."""

    def __init__(self, request: SizingRequest, model: Model, chip: Accelerator) -> None:
        self.request, self.model, self.chip = request, model, chip
        self.facts: dict[str, Fact] = {}

    def of(self, name: str) -> str | None:
        fact = self._fact(name)
        if fact is None:
            return None
        self.facts[fact.id] = fact
        return fact.id

    def _fact(self, name: str) -> Fact | None:
        if name.startswith("model."):
            counts = {
                "parameters": memory.parameter_count(self.model),
                "active_parameters": memory.active_parameter_count(self.model),
            }
            field = name.removeprefix("model.")
            return model_fact(self.model, field, counts.get(field))
        if name.startswith("accelerator."):
            return accelerator_fact(self.chip, name.removeprefix("accelerator."), self.request.weight_format)
        if name == "batch_tokens" and self.request.method != "full":
            name = "adapter_batch_tokens"
        return request_fact(self.request, name) or assumption_fact(name)


def _sized(
    name: str,
    template: Template,
    value: float,
    low: float,
    high: float,
    drivers: tuple[Driver, ...],
    evidence: _Evidence,
    request: SizingRequest,
) -> Sized:
    unit = template.unit.replace("CUR", request.currency)
    ids = [found for one in template.inputs if (found := evidence.of(one)) is not None]
    ids += [found for one in drivers if (found := evidence.of(one.name)) is not None]
    figure = Figure(
        formula=template.formula,
        value=value,
        unit=unit,
        definition=f"{template.title}; {template.origin}",
        text=said(template.title, value, low, high, unit, drivers[0].name if drivers else None),
        inputs=tuple(dict.fromkeys(ids)),
        as_of=None,
        label=Label.PUBLIC,
    )
    return Sized(name, figure, low, high, drivers)


def _reading(request: SizingRequest, model: Model, chip: Accelerator) -> str:
    form = request.weight_format.upper()
    if request.kind == "serve":
        cache = (request.kv_format or "bf16").upper()
        return (
            f"serve {model.name} on {chip.name}, weights in {form}, KV cache in {cache}, "
            f"{request.concurrency:,} sequences of {request.context_tokens:,} tokens at once"
        )
    limit = f" in {request.days:g} days" if request.days else ""
    limit += f" on {request.accelerators:,} accelerators" if request.accelerators else ""
    tokens = "" if request.training_tokens is None else f"{request.training_tokens:,.0f} tokens "
    if request.method == "full":
        what = f"train all of {model.name}"
    else:
        name = {"lora": "LoRA", "qlora": "QLoRA"}[request.method]
        where = "all linear projections" if request.adapted == "all-linear" else "query and value"
        what = f"fine-tune {model.name} with {name} of rank {request.rank} on {where},"
    return f"{what} on {chip.name} in {form}, {tokens}in sequences of {request.sequence_tokens:,}{limit}"


def _missing(request: SizingRequest, chip: Accelerator) -> tuple[str, ...]:
    found = []
    if request.kind == "train" and request.training_tokens is None:
        found.append("Operations, time, energy and cost of the run: say on how many tokens, e.g. `on 20M tokens`.")
    if chip.power_w is None:
        found.append(f"Power, energy and carbon: the catalogue's source states no power for {chip.name}.")
    elif request.grams_per_kwh is None:
        found.append("Carbon: give the grid's intensity, e.g. `350 g/kWh`.")
    if request.price_low is None and request.price_high is None:
        found.append(f"Cost: give the price of an accelerator-hour of {chip.name}, from … to ….")
    if chip.power_w is not None and request.energy_price_per_kwh is None:
        found.append("Cost of energy: give the price of a kWh.")
    return tuple(found)


def _training_notes(inputs: TrainingInputs, typical: Mapping[str, float], request: SizingRequest) -> list[str]:
    """How the state is split, whether the deadline is kept, and what is not known of adapters."""
    again = "all activations recomputed" if typical["full_recomputation"] else "the attention core recomputed"
    context = typical["context_parallel"]
    split = f" and context parallelism over {context:.0f}" if context > 1 else ""
    found = [
        f"State is split by ZeRO stage {typical['zero_stage']:.0f}, tensor parallelism over "
        f"{typical['tensor_parallel']:.0f}{split}, with {again}."
    ]
    if inputs.method != "full" and "rank" not in request.model_fields_set:
        found.append(f"No rank was given: {inputs.rank} is assumed.")
    if inputs.method == "qlora":
        found.append(
            "The MFU assumed is that of full training: QLoRA also turns 4-bit weights into 16-bit ones in every pass, "
            "so its rate is lower and its time longer than told here."
        )
    if inputs.days is not None and inputs.accelerators is not None:
        kept = "is kept" if typical["days"] <= inputs.days else "is missed"
        found.append(f"The deadline of {inputs.days:g} days {kept} on {inputs.accelerators:,} accelerators.")
    return found


def _notes(
    request: SizingRequest,
    model: Model,
    chip: Accelerator,
    inputs: ServingInputs | TrainingInputs,
    typical: Mapping[str, float],
    unread: tuple[str, ...],
    catalogues: Catalogues,
) -> tuple[str, ...]:
    found = []
    if unread:
        found.append(f"Not read, so not taken into account: {', '.join(unread)}.")
    if "accelerator" not in request.model_fields_set:
        found.append(f"No accelerator was named: {chip.name} is assumed.")
    if isinstance(inputs, TrainingInputs):
        found += _training_notes(inputs, typical, request)
    else:
        if inputs.link_gbytes_per_s is not None and typical["link_gbytes_per_s"] > inputs.link_gbytes_per_s:
            found.append(
                f"The scale-up link ({chip.scale_up}) is slower than decoding at this rate needs: it is the limit."
            )
        if typical["accelerators_per_replica"] > chip.domain:
            found.append("One copy spans scale-up domains: stages run one after the other, over the network.")
        if model.mla is not None:
            found.append("Latent attention is taken to run data-parallel, so that its cache is not repeated.")
    for what, entry in ((f"Shape of {model.name}", model), (f"Rates of {chip.name}", chip)):
        source = catalogues.source(entry)
        found.append(f"{what}: {source.title} ({source.publisher}, {source.year}).")
    return tuple(found)
