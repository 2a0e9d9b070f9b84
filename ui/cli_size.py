"""`advisor size`: what a model needs, from a sentence or from options."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from advisor.sizing.answer import SizingAnswer

_FIELDS = ("kind", "model", "accelerator", "weight_format", "kv_format", "concurrency", "context_tokens",
           "tokens_per_s_per_user", "method", "rank", "adapted",
           "training_tokens", "sequence_tokens", "micro_batch", "accelerators", "days", "pue",
           "grams_per_kwh", "price_low", "price_high", "currency", "energy_price_per_kwh")  # fmt: skip


@click.command("size")
@click.argument("sentence", nargs=-1)
@click.option("--kind", type=click.Choice(["serve", "train"]))
@click.option("--model", help="A model of the catalogue.")
@click.option("--accelerator", help="An accelerator of the catalogue. Default: H100 SXM.")
@click.option("--format", "weight_format", help="Format of the weights: bf16, fp8, int4 …")
@click.option("--kv-format", help="Format of the KV cache. Default: bf16.")
@click.option("--concurrency", type=int, help="Sequences served at the same time.")
@click.option("--context", "context_tokens", type=int, help="Tokens of a sequence, prompt and answer.")
@click.option("--rate", "tokens_per_s_per_user", type=float, help="Tokens/s each user must get.")
@click.option("--method", type=click.Choice(["full", "lora", "qlora"]), help="What is trained. Default: full.")
@click.option("--rank", type=int, help="Rank of the adapters. Default: 16.")
@click.option("--adapted", type=click.Choice(["all-linear", "query-value"]), help="Default: all-linear.")
@click.option("--tokens", "training_tokens", type=float, help="Tokens to train on.")
@click.option("--sequence", "sequence_tokens", type=int, help="Tokens of a training sequence. Default: 4096.")
@click.option("--micro-batch", type=int, help="Sequences in one forward pass. Default: 1.")
@click.option("--accelerators", type=int, help="Accelerators there are, for training.")
@click.option("--days", type=float, help="Days the training may take.")
@click.option("--pue", type=float)
@click.option("--carbon", "grams_per_kwh", type=float, help="Carbon intensity, g CO2e/kWh.")
@click.option("--price", help="Price of an accelerator-hour: `2.5` or `2.06,4.92`.")
@click.option("--energy-price", "energy_price_per_kwh", type=float, help="Price of a kWh, in the same currency.")
@click.option("--currency", help="Three letters. Default: EUR.")
@click.option("--list", "listed", type=click.Choice(["models", "accelerators", "links"]), help="Show a catalogue.")
@click.option("--formulas", is_flag=True, help="Show the formula and the inputs of each figure.")
@click.option("--json", "as_json", is_flag=True)
def size(
    sentence: tuple[str, ...], listed: str | None, price: str | None, formulas: bool, as_json: bool, **given: Any
) -> None:
    """Accelerators, memory, bandwidth, power and cost:
    `advisor size serve Llama-3.1-70B in FP8 at 200 users, 8k context`.

    Options win over the sentence. What is unknown or out of range is refused, never guessed.
    """
    from advisor.sizing import answer, request, wire

    if listed:
        _list(listed, as_json)
        return
    if not sentence and not given.get("model"):
        raise click.UsageError("Say what to size in a sentence, or give at least --model.")
    asked, unread = request.parse(" ".join(sentence)) if sentence else (None, ())
    fields = {name: given[name] for name in _FIELDS if given.get(name) is not None} | _prices(price)
    if asked is not None:
        fields = asked.model_dump(include=asked.model_fields_set) | fields
    found = answer.size(request.of(**fields), unread)
    click.echo(json.dumps(wire.as_wire(found), ensure_ascii=False, indent=2) if as_json else _shown(found, formulas))


def _prices(written: str | None) -> dict[str, float]:
    if written is None:
        return {}
    try:
        ends = sorted(float(one) for one in written.split(","))
    except ValueError:
        raise click.UsageError("--price is a number, or two with a comma between.") from None
    if len(ends) > 2:
        raise click.UsageError("--price is a number, or two with a comma between.")
    return {"price_low": ends[0], "price_high": ends[-1]}


def _shown(found: SizingAnswer, formulas: bool) -> str:
    """The answer as lines."""
    texts = {fact.id: fact.text for fact in found.facts}
    lines = [f"Read as: {found.reading}.", ""]
    for one in found.sized:
        lines.append(f"  {one.figure.text}")
        if formulas:
            lines.append(f"      = {one.figure.formula}")
            lines.append(f"      source: {one.figure.definition.partition('; ')[2]}")
            lines += [f"      · {texts[fact]}" for fact in one.figure.inputs]
    for title, several in (("Assumed", found.assumed), ("Missing", found.missing), ("Notes", found.notes)):
        if several:
            lines += ["", f"{title}:", *(f"  - {one}" for one in several)]
    return "\n".join(lines)


def _list(what: str, as_json: bool) -> None:
    from advisor.sizing.catalogue import load
    from advisor.sizing.memory import parameter_count

    known = load()
    if as_json:
        entries = [one.model_dump(mode="json", exclude_none=True) for one in getattr(known, what)]
        click.echo(json.dumps({what: entries, "sources": known.model_dump(mode="json")["sources"][what]}, indent=2))
        return
    if what == "models":
        for model in known.models:
            click.echo(f"{model.name:<24}{parameter_count(model) / 1e9:>9.2f} B  {model.context_tokens:>10,} tokens")
    elif what == "accelerators":
        for chip in known.accelerators:
            power = f"{chip.power_w:g} W" if chip.power_w else "power not published"
            click.echo(
                f"{chip.name:<20}{chip.memory_gb:>6g} {chip.memory_unit:<4}{chip.memory_gbytes_per_s:>7g} GB/s  {power}"
            )
    else:
        for link in known.links:
            click.echo(f"{link.name:<26}{link.gbytes_per_s_per_direction:>8g} GB/s in one direction  {link.kind}")
