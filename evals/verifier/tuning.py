"""Tune all-mpnet-base-v2 into `advisor.verifying.crossencoder`: `python -m evals.verifier.tuning BASE [PASSES]`.

BASE is a folder with that model, or its name on Hugging Face (sentence-transformers/all-mpnet-base-v2, Apache-2.0). It
learns from the contrasts of dev alone, so that the trees, which weigh its word, are fitted on pairs that it has not
seen. A pass takes one to three hours of two cores. The loss is the binary cross-entropy of claims, and that of ranking
each changed claim above each faithful one of its evidence (Burges et al. 2005, doi:10.1145/1102351.1102363). Prints
both, of each hundred steps.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from transformers import MPNetModel

from advisor.verifying.crossencoder import FITTED, read_together
from evals.verifier import rounding
from evals.verifier.runner import CONTRAST, Contrast

LAYERS, FROZEN = 8, 2  # of twelve; the word vectors and the lowest layers stay as they are
PASSES, TOGETHER = 1, 5  # pieces of evidence a step, each with its seven claims
RATE, HEAD_RATE, WARM = 5e-5, 5e-4, 60  # steps to the full rate, from which it falls evenly to nothing
SMOOTHED = 0.03
# Shares of evidence that is put beside another sentence, under a claim of its own, as two claims, alone, in part
BESIDE, TURNED_OVER, CLAIMS, ITSELF, PART = 0.2, 0.25, 0.3, 0.1, 0.2
BOTH = 0.6  # share of steps with claims on two pieces in one
SAMPLED = 100  # one contrast of so many is read when products are rounded
LONGEST = 450  # characters of two pieces together
_CUT = re.compile(r",? (?:because|so that|so|while|which|whereas|but)\b|(?<=[.;:])\s")
_DENIAL = re.compile(
    r"\b(?:no|not|never|without|nor|none|neither|cannot|rather than|lacks?|fails?|nothing|nobody)\b|n't", re.I
)
Cell = tuple[bool, bool, bool]  # a denial in the evidence, one in the claim, changed


@dataclass(frozen=True, slots=True)
class Example:
    evidence: str
    claim: str
    changed: bool
    group: int  # a changed claim is ranked above the faithful ones of its group

    @property
    def cell(self) -> Cell:
        return bool(_DENIAL.search(self.evidence)), bool(_DENIAL.search(self.claim)), self.changed


class Network(torch.nn.Module):
    """The mean of the claim's vectors and the first vector of both → a logit."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.body = MPNetModel.from_pretrained(
            base, add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        encoder, width = self.body.encoder, self.body.config.hidden_size
        encoder.layer = encoder.layer[:LAYERS]
        for part in (self.body.embeddings, encoder.relative_attention_bias, encoder.layer[:FROZEN]):
            part.requires_grad_(False)
        self.side = torch.nn.Embedding(2, width)
        torch.nn.init.zeros_(self.side.weight)
        self.head = torch.nn.Linear(2 * width, 1)

    def forward(self, of_line: Any, there: Any, **pieces: Any) -> Any:
        """All of shape (pairs, pieces); `there` is 1 where a piece is, 0 where a shorter pair is filled up."""
        found = self.body.embeddings(**pieces) + self.side(of_line)
        unseen = (1.0 - there[:, None, None].to(found.dtype)) * -1e4
        places = self.body.encoder.compute_position_bias(found)
        for layer in self.body.encoder.layer:
            given = layer(found, unseen, places)
            found = given[0] if isinstance(given, tuple) else given
        claim = (there * of_line).unsqueeze(-1).to(found.dtype)
        mean = (found * claim).sum(1) / claim.sum(1)
        return self.head(torch.cat([found[:, 0], mean], -1)).squeeze(-1)


def contrasts(path: Path = CONTRAST) -> list[Contrast]:
    return [Contrast.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def examples(step: Sequence[Contrast], notes: Mapping[str, list[str]], chance: random.Random) -> list[Example]:
    """The claims of some contrasts; now and then beside two sentences, with sides exchanged, the same, or joined."""
    found = []
    for group, one in enumerate(step):
        evidence = one.evidence
        if chance.random() < BESIDE:
            both = [evidence, chance.choice(notes[one.source])]
            chance.shuffle(both)
            if sum(map(len, both)) < LONGEST:
                evidence = " ".join(dict.fromkeys(both))
        faithful, changed = one.faithful, (*one.turned, *one.extended)
        found += [Example(evidence, claim, claim in changed, group) for claim in (*faithful, *changed)]
        if chance.random() < TURNED_OVER:
            found.append(Example(chance.choice(one.turned), one.evidence, True, -1))
        if chance.random() < CLAIMS:
            found.append(Example(chance.choice(faithful), chance.choice(one.turned), True, -1))
        if chance.random() < ITSELF:
            claim = chance.choice((*faithful, *changed))
            found.append(Example(claim, claim, False, -2))
        parts = [part for part in _CUT.split(one.evidence) if len(part.split()) > 4]
        if len(parts) > 1 and chance.random() < PART:
            found.append(Example(one.evidence, parts[0].rstrip(" ,;:.") + ".", False, -2))
    if len(step) > 1 and chance.random() < BOTH:
        found += _joined(*chance.sample(list(step), 2), chance)
    return found


def _joined(one: Contrast, other: Contrast, chance: random.Random) -> list[Example]:
    """Two claims in one line over two pieces in one: it is changed when one of them is."""
    evidence = f"{one.evidence} {other.evidence}"
    if len(evidence) > LONGEST:
        return []
    glue = chance.choice((", and ", "; ", " ", " and ", ", while "))

    def line(first: str, second: str) -> str:
        if glue == " ":
            return f"{first} {second}"
        return first.rstrip(".") + glue + second[:1].lower() + second[1:]

    true, also, turned, too = (chance.choice(of) for of in (one.faithful, other.faithful, one.turned, other.turned))
    lines = ((line(true, also), False), (line(true, too), True), (line(turned, also), True))
    return [Example(evidence, claim, changed, -5) for claim, changed in lines]


def steps(pieces: list[Contrast], chance: random.Random) -> Iterator[list[Contrast]]:
    """A pass over all, those of like length together."""
    chance.shuffle(pieces)
    for first in range(0, len(pieces), 100 * TOGETHER):
        some = sorted(pieces[first : first + 100 * TOGETHER], key=lambda one: len(one.evidence))
        together = [some[i : i + TOGETHER] for i in range(0, len(some), TOGETHER)]
        chance.shuffle(together)
        yield from together


def weights(pieces: Sequence[Contrast]) -> dict[Cell, float]:
    """By cell, so that denials do not tell the label: authors deny more in faithful claims than in turned ones."""
    found = [
        Example(one.evidence, claim, changed, 0).cell
        for one in pieces
        for claims, changed in ((one.faithful, False), (one.turned, True))
        for claim in claims
    ]
    cells, denials, labels = Counter(found), Counter(cell[:2] for cell in found), Counter(cell[2] for cell in found)
    return {cell: denials[cell[:2]] * labels[cell[2]] / (len(found) * n) for cell, n in cells.items()}


def batch(pairs: Sequence[tuple[str, str]], padding: int) -> dict[str, Any]:
    """Of (evidence, claim), all as long as the longest."""
    read = [read_together(claim, evidence) for evidence, claim in pairs]
    longest = max(len(pieces) for pieces, _ in read)

    def filled(rows: Sequence[list[int]], by: int) -> Any:
        return torch.tensor([row + [by] * (longest - len(row)) for row in rows])

    pieces, of_line = zip(*read, strict=True)
    there = filled([[1] * len(row) for row in pieces], 0)
    return {"input_ids": filled(pieces, padding), "of_line": filled(of_line, 0), "there": there}


def tune(pieces: list[Contrast], base: str, passes: int) -> Network:
    torch.manual_seed(0)
    chance, network = random.Random(0), Network(base).train()
    padding = network.body.config.pad_token_id
    own = [*network.side.parameters(), *network.head.parameters()]
    body = [parameter for parameter in network.body.parameters() if parameter.requires_grad]
    groups = [{"params": body, "lr": RATE}, {"params": own, "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    total = passes * -(-len(pieces) // TOGETHER)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: min(1.0, (at + 1) / WARM) * (total - at) / total)
    notes: dict[str, list[str]] = {}
    for one in pieces:
        notes.setdefault(one.source, []).append(one.evidence)
    of, lost = weights(pieces), []
    for at, step in enumerate(step for _ in range(passes) for step in steps(pieces, chance)):
        some = examples(step, notes, chance)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(**batch([(one.evidence, one.claim) for one in some], padding))
        binary, ranking = _losses(logits.float(), some, torch.tensor([of.get(one.cell, 1.0) for one in some]))
        optimizer.zero_grad()
        (binary + ranking).backward()
        torch.nn.utils.clip_grad_norm_([*body, *own], 1.0)
        optimizer.step()
        rate.step()
        lost.append((binary.item(), ranking.item()))
        if len(lost) == 100:
            binary_mean, ranking_mean = (mean(each) for each in zip(*lost, strict=True))
            print(f"step {at + 1} of {total}: loss {binary_mean:.3f}, of ranks {ranking_mean:.3f}")
            lost = []
    return network.eval()


def _losses(logits: Any, some: Sequence[Example], weight: Any) -> tuple[Any, Any]:
    wanted = torch.tensor([float(one.changed) for one in some])
    group = torch.tensor([one.group for one in some])
    smooth = wanted * (1 - 2 * SMOOTHED) + SMOOTHED
    binary = functional.binary_cross_entropy_with_logits(logits, smooth, weight=weight, reduction="sum") / weight.sum()
    pairs = (group[:, None] == group[None]) & (wanted[:, None] < wanted[None])
    of_pairs = (weight[:, None] * weight[None])[pairs]
    ranking = (functional.softplus((logits[:, None] - logits[None])[pairs]) * of_pairs).sum() / of_pairs.sum()
    return binary, ranking


class _Exported(torch.nn.Module):
    """Of one pair; the word vectors in 8 bits with a scale each."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        words = network.body.embeddings.word_embeddings.weight.detach()
        scales = words.abs().amax(1, keepdim=True).clamp(min=1e-9) / 127
        self.register_buffer("words", (words / scales).round().to(torch.int8))
        self.register_buffer("scales", scales)

    def forward(self, pieces: Any, of_line: Any) -> Any:
        words = self.words[pieces].to(torch.float32) * self.scales[pieces]
        first = self.network.body.config.pad_token_id + 1  # MPNet numbers places from there
        places = torch.arange(pieces.shape[1])[None] + first
        return self.network(of_line, torch.ones_like(pieces), inputs_embeds=words, position_ids=places)


def export(network: Network, target: Path = FITTED) -> None:
    """With products of 8 bits."""
    sample = _read("A claim.", "Its evidence, of some length.")
    with TemporaryDirectory() as folder:
        exact = Path(folder) / "exact.onnx"
        torch.onnx.export(
            _Exported(network.eval()),
            tuple(map(torch.from_numpy, sample.values())),
            str(exact),
            input_names=list(sample),
            output_names=["turned"],
            dynamic_axes={name: {1: "pieces"} for name in sample},
            opset_version=17,
            dynamo=False,
        )
        rounding.write(exact, target, [_read(one.faithful[0], one.evidence) for one in contrasts()[::SAMPLED]])


def _read(line: str, evidence: str) -> dict[str, NDArray[np.int64]]:
    """What the exported network is given."""
    pieces, of_line = read_together(line, evidence)
    return {"pieces": np.array([pieces]), "of_line": np.array([of_line])}


def main() -> None:
    base, *passes = sys.argv[1:]
    export(tune(contrasts(), base, int(passes[0]) if passes else PASSES))


if __name__ == "__main__":
    main()
