"""What is to be sized: fields, or a sentence read into them. What cannot be read is refused, never guessed."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from advisor.errors import SizingError
from advisor.sizing.adapter import Method, Targets
from advisor.sizing.catalogue import Catalogues, Model, load
from advisor.sizing.formats import FORMATS, Format

Kind = Literal["serve", "train"]


def _whole(given: object) -> object:
    """JSON has one kind of number: 16.0 is whole."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


_Whole = BeforeValidator(_whole)


class SizingRequest(BaseModel):
    """A sizing question in fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Kind = Field("serve", description="Serve a model, or train it (pre-training or fine-tuning).")
    model: str = Field(
        min_length=1, max_length=100, description="A model of the catalogue.", examples=["Llama-3.1-70B"]
    )
    accelerator: str = Field("H100 SXM", min_length=1, max_length=60, description="An accelerator of the catalogue.")
    weight_format: Format = Field("bf16", description="Format of the weights, and of the arithmetic.")
    kv_format: Format | None = Field(None, description="Format of the KV cache. Default: BF16, whatever the weights.")
    concurrency: Annotated[int, Field(ge=1, le=1_000_000), _Whole] | None = Field(
        None, description="Sequences served at the same time."
    )
    context_tokens: Annotated[int, Field(ge=1, le=20_000_000), _Whole] | None = Field(
        None, description="Tokens of a sequence, prompt and answer."
    )
    tokens_per_s_per_user: float | None = Field(None, gt=0, le=10_000, description="Decode rate each user must get.")
    method: Method = Field("full", description="Train all parameters, or low-rank adapters beside frozen ones.")
    rank: Annotated[int, Field(ge=1, le=4096), _Whole] = Field(16, description="Rank of the adapters.")
    adapted: Targets = Field("all-linear", description="Projections that get an adapter.")
    training_tokens: float | None = Field(None, gt=0, le=1e15, description="Tokens to train on.")
    sequence_tokens: Annotated[int, Field(ge=128, le=1_048_576), _Whole] = Field(
        4096, description="Tokens of a training sequence."
    )
    micro_batch: Annotated[int, Field(ge=1, le=1024), _Whole] = Field(
        1, description="Sequences in one forward pass of an accelerator group."
    )
    accelerators: Annotated[int, Field(ge=1, le=1_000_000), _Whole] | None = Field(
        None, description="Accelerators there are, for training."
    )
    days: float | None = Field(None, gt=0, le=3650, description="Days the training may take.")
    pue: float | None = Field(None, ge=1, le=3, description="PUE of the site.")
    grams_per_kwh: float | None = Field(None, ge=0, le=2000, description="Carbon intensity, g CO2e/kWh.")
    price_low: float | None = Field(None, ge=0, le=1e6, description="Price of an accelerator-hour, from …")
    price_high: float | None = Field(None, ge=0, le=1e6, description="… to, in the same currency.")
    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    energy_price_per_kwh: float | None = Field(None, ge=0, le=10, description="Price of energy, in the same currency.")


def of(**fields: Any) -> SizingRequest:
    """A request from fields. Raises SizingError saying which is missing or out of range."""
    try:
        return SizingRequest(**{name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SizingError(f"The request cannot be sized: {said}.") from error


_TRAIN = re.compile(r"\b(?:pre-?train\w*|train(?:ing|ed)?|fine-?tun\w*|post-?train\w*)\b", re.I)
_SERVE = re.compile(r"\b(?:serv(?:e|ing|es)|infer\w*|host(?:ing)?|deploy\w*|run(?:ning)?)\b", re.I)
_LOW_RANK = re.compile(r"\b(?P<method>q?lora)s?\b", re.I)
_QUERY_VALUE = re.compile(r"\b(?:query|q) ?(?:and|,|/|&|-) ?(?:value|v)\b(?: (?:projections|matrices|only))?", re.I)
_UNSIZED = re.compile(r"\b(?:dora|peft|adapters?|distil\w*|rlhf|grpo)\b", re.I)
_FORMAT = re.compile(rf"\b(?:nv|mx)?({'|'.join(FORMATS)}|(?:4|8|16)[- ]bit)\b", re.I)
_NUMBER = r"(?P<n>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)\s?(?:(?P<p>k|m|bn|b|t|thousand|million|billion|trillion)(?![a-z]))?"
_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "t": 1e12,
          "trillion": 1e12, "": 1.0}  # fmt: skip
# What may follow a name without naming another model: "Llama-3.1-8B-Instruct" is one shape, "Phi-4-mini" is not Phi-4.
_SAME = "instruct|chat|base|hf|it|pt|thinking|fp8|bf16|fp16|int8|int4|fp4|nvfp4|mxfp4|awq|gptq|based|class"
_OTHER = re.compile(
    rf"[-_](?!(?:{_SAME})\b)[a-z]|[\s](?:mini|small|large|nano|lite|tiny|vision|coder|math|distill)\b", re.I
)
_LEADING = re.compile(r"^(?:(?:\w+ing|serve|train|host|run|deploy|finetune|tune|a|an|the|our|size|of|all)\s+)+", re.I)
_UNREAD = re.compile(r"(?<![\w.-])\d[\d.,]*\s?(?:%|[A-Za-z/]+)?")
_WHAT = {
    "concurrency": rf"\b{_NUMBER}\s+(?:\w+\s+)?(?:users?|requests?|sequences?|sessions?|conversations?|streams?|callers?)\b",
    "tokens_per_s_per_user": rf"\b{_NUMBER}\s?(?:tokens?|tok)(?:/s|\s?/\s?sec\w*| per second| a second)(?:\s?(?:/|per|each|a)?\s?(?:user|stream))?",
    "context": rf"\b{_NUMBER}(?:[\s-]tokens?)?[\s-]?(?:of )?context\b|\bcontext(?: length| window)?(?: of)?\s+{_NUMBER.replace('?P<n>', '?P<n2>').replace('?P<p>', '?P<p2>')}",
    "training_tokens": rf"\b{_NUMBER}\s?(?:tokens?\b|of tokens)",
    "sequence_tokens": rf"\bsequences? of\s+{_NUMBER}",
    "accelerators": r"\b(?P<n>\d{1,3}(?:,\d{3})+|\d+)(?P<p>)\s*(?:x\s*|×\s*)?(?={chip})",
    "days": r"\b(?:in|within|under)\s+(?P<n>\d+(?:\.\d+)?)(?P<p>)\s+(?P<u>days?|weeks?|months?)\b",
    "rank": rf"\brank(?: of|-|=|:)?\s*{_NUMBER}|\br\s?=\s?{_NUMBER.replace('?P<n>', '?P<n2>').replace('?P<p>', '?P<p2>')}",
    "pue": r"\bPUE(?: of)?\s+(?P<n>\d(?:\.\d+)?)(?P<p>)\b",
    "grams_per_kwh": r"\b(?P<n>\d+(?:\.\d+)?)(?P<p>)\s?g(?:rams)?(?: ?CO2e?q?)?\s?(?:/|per)\s?kWh\b",
}


def parse(text: str) -> tuple[SizingRequest, tuple[str, ...]]:
    """A sentence as a request, and the numbers in it that were not read:
    "serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context"."""
    if not text.strip() or len(text) > 2000:
        raise SizingError(
            "Say what to size in one sentence, e.g. `serve Llama-3.1-70B in FP8 at 200 concurrent users, 8k context`."
        )
    low_rank = _LOW_RANK.search(text)
    unsized = _UNSIZED.search(text)
    if unsized and not (low_rank and unsized.group().lower().startswith("adapter")):
        raise SizingError(
            f"{unsized.group()} is not sized: there are formulas for full training, LoRA, QLoRA and serving. "
            "Ask for one of those, or for serving the tuned model."
        )
    catalogues = load()
    model, rest = _model(text, catalogues)
    accelerator, chip = _accelerator(rest, catalogues)
    trained, served = _TRAIN.search(text) or low_rank, _SERVE.search(text)
    kind: Kind = "train" if trained and (not served or trained.start() < served.start()) else "serve"
    fields: dict[str, Any] = {"kind": kind, "model": model.name}
    if accelerator:
        fields["accelerator"] = accelerator
    if low_rank:
        if kind == "serve":
            raise SizingError(
                f"Serving with {low_rank.group()} beside the model is not sized: ask for serving the tuned model."
            )
        fields["method"] = low_rank["method"].lower()
        if chosen := _QUERY_VALUE.search(rest):
            fields["adapted"] = "query-value"
            rest = rest[: chosen.start()] + " " + rest[chosen.end() :]
    fields |= _formats(rest)
    if fields.get("method") == "qlora" and fields.get("weight_format") in ("int4", "fp4"):
        del fields["weight_format"]  # its frozen weights are in 4 bits anyway; the arithmetic is in 16
    rest = re.sub(r"\bKV(?: cache)? in \w+", " ", rest)
    for name, pattern in _WHAT.items():
        if name == "accelerators":
            pattern = pattern.replace("{chip}", re.escape(chip) if chip else r"(?:GPUs?|accelerators?|chips?|TPUs?)\b")
        if found := re.search(pattern, rest, re.I):
            fields[name] = _value(found)
            rest = rest[: found.start()] + " " + rest[found.end() :]
    unread = tuple(
        dict.fromkeys(one.group().strip() for one in _UNREAD.finditer(_FORMAT.sub(" ", _without(rest, chip))))
    )
    return of(**_settled(kind, fields)), unread


def _without(text: str, chip: str) -> str:
    return text.replace(chip, " ") if chip else text


def _settled(kind: Kind, fields: dict[str, Any]) -> dict[str, Any]:
    """Context is a sequence's length whichever way it is used; counts are whole."""
    context = fields.pop("context", None)
    if context is not None:
        fields["context_tokens" if kind == "serve" else "sequence_tokens"] = context
    if kind == "serve":
        for name in ("training_tokens", "days", "accelerators", "sequence_tokens"):
            if name in fields and (name != "training_tokens" or "context_tokens" in fields):
                raise SizingError(
                    f"The sentence gives {name.replace('_', ' ')}; serving answers how many accelerators are needed: "
                    "leave it out, or say train."
                )
        if "training_tokens" in fields:
            fields["context_tokens"] = fields.pop("training_tokens")
    elif "concurrency" in fields or "tokens_per_s_per_user" in fields:
        raise SizingError("The sentence mixes training with users: ask for one at a time.")
    if "rank" in fields and "method" not in fields:
        raise SizingError("The sentence gives a rank: say whether LoRA or QLoRA is meant.")
    whole = ("concurrency", "context_tokens", "sequence_tokens", "accelerators", "rank")
    return {name: round(value) if name in whole else value for name, value in fields.items()}


def _value(found: re.Match[str]) -> float:
    groups = found.groupdict()
    number = groups.get("n") or groups.get("n2") or ""
    prefix = (groups.get("p") or groups.get("p2") or "").lower()
    value = float(number.replace(",", ""))
    unit = (groups.get("u") or "").lower()
    factor = {"w": 7.0, "m": 30.4}.get(unit[:1], 1.0)
    if prefix == "k" and "context" in found.group().lower() and value in (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024):
        return value * 1024  # "8k context" is 8,192 by custom
    return value * _SCALE[prefix] * factor


def _formats(text: str) -> dict[str, Format]:
    bits: dict[str, Format] = {"4": "int4", "8": "int8", "16": "bf16"}

    def named(written: str) -> Format:
        lower = written.lower()
        return next((form for form in FORMATS if form == lower), bits.get(lower.rstrip("bit").strip(" -"), "bf16"))

    found: dict[str, Format] = {}
    if cache := re.search(rf"\bKV(?: cache)? in {_FORMAT.pattern[2:]}", text, re.I):
        found["kv_format"] = named(cache.group(1))
        text = text[: cache.start()] + text[cache.end() :]
    written = {named(one.group(1)) for one in _FORMAT.finditer(text)}
    if len(written) > 1:
        raise SizingError(
            f"The sentence names the formats {', '.join(sorted(written))}: say one (and `KV in FP8` for the cache)."
        )
    if written:
        found["weight_format"] = written.pop()
    return found


def _model(text: str, catalogues: Catalogues) -> tuple[Model, str]:
    """The one model named, and the text without it."""
    named = []
    for model in catalogues.models:
        for name in (model.name, *model.aliases):
            found = re.search(_loose(name), text, re.I)
            if found and not _OTHER.match(text[found.end() :]):
                named.append((found.end() - found.start(), model, found))
    if not named:
        written = re.search(
            r"\b[A-Za-z][\w.]*(?:[- ][\w.]+)*?[- ]?\d+(?:\.\d+)?[bB]\b|\b(?:GPT|Claude|Gemini|Grok)[-\w.]*", text
        )
        name = re.sub(_LEADING, "", written.group()) if written else ""
        if name and not re.fullmatch(r"\d+(?:\.\d+)?[bB]", name):
            catalogues.model(name)
        raise SizingError(
            "The sentence names no model of the catalogue, and a size alone does not tell layers and heads: "
            "`advisor size --list models` shows which are known."
        )
    longest = max(named, key=lambda one: one[0])
    others = {m.name for _, m, f in named if f.start() >= longest[2].end() or f.end() <= longest[2].start()}
    if others - {longest[1].name}:
        raise SizingError(
            f"The sentence names several models ({longest[1].name}, {', '.join(sorted(others))}): size one at a time."
        )
    found = longest[2]
    return longest[1], text[: found.start()] + " " + text[found.end() :]


def _accelerator(text: str, catalogues: Catalogues) -> tuple[str | None, str]:
    """The accelerator named, and how it is written."""
    best: tuple[int, str, str] | None = None
    for chip in catalogues.accelerators:
        for name in (chip.name, *chip.aliases):
            found = re.search(_loose(name, plural=True), text, re.I)
            if found and (best is None or len(found.group()) > best[0]):
                best = (len(found.group()), chip.name, found.group())
    if best:
        return best[1], best[2]
    if unknown := re.search(
        r"\b(?:[ABHLV]\d{2,3}[A-Z]?|GB\d{3}|MI\d{3}[A-Z]?|RTX \w+ ?\d*|TPU ?v?\d\w*|Gaudi ?\d?)(?=s?\b)", text
    ):
        catalogues.accelerator(unknown.group())
    return None, ""


def _loose(name: str, *, plural: bool = False) -> str:
    """A pattern for a name with any separators, that is no part of a longer name."""
    parts = re.findall(r"[A-Za-z]+|\d+(?:\.\d+)*", name)
    return r"(?<![\w.])" + r"[\s\-_]*".join(map(re.escape, parts)) + ("s?" if plural else "") + r"(?!\w|\.\d|-\d)"
