"""Tune the packaged encoder into `advisor.verifying.crossencoder`: `python -m evals.verifier.tuning [PASSES]`.

On the contrasts of dev alone, so that the trees, which weigh its word, are fitted on pairs that it has not seen. Takes
two hours of a core. The loss is the binary cross-entropy of claims, and that of ranking each changed claim above each
faithful one of its evidence (Burges et al. 2005, doi:10.1145/1102351.1102363). Prints both, of each hundred steps.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch.nn import functional
from transformers import AutoTokenizer, BertModel

from advisor.verifying.crossencoder import FITTED, PIECES
from evals.verifier.runner import CONTRAST, Contrast
from index import eight_bits
from index.embedding import PACKAGED, model_path

PASSES, TOGETHER = 5, 5  # pieces of evidence a step, each with its seven claims
RATE, HEAD_RATE, WARM, STEADY = 1e-4, 5e-4, 0.02, 0.4  # of all steps: rising to, and how far at, the full rate
SMOOTHED = 0.03
BESIDE, TURNED_OVER, ITSELF = 0.2, 0.3, 0.15  # shares of evidence with another sentence, under its own claim, alone
Example = tuple[str, str, float, int]  # evidence, claim, whether changed, whose claims it is ranked among


class Network(torch.nn.Module):
    """The mean of the claim's vectors and the first vector of both → a logit. The word vectors stay as they are."""

    def __init__(self) -> None:
        super().__init__()
        path = str(model_path(PACKAGED))
        self.bert = BertModel.from_pretrained(
            path, add_pooling_layer=False, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.0
        )
        embeddings = self.bert.embeddings
        for each in (embeddings.word_embeddings, embeddings.position_embeddings, embeddings.LayerNorm):
            each.requires_grad_(False)
        self.head = torch.nn.Linear(2 * self.bert.config.hidden_size, 1)

    def forward(self, token_type_ids: Any, attention_mask: Any, **words: Any) -> Any:
        found = self.bert(**words, token_type_ids=token_type_ids, attention_mask=attention_mask).last_hidden_state
        claim = (attention_mask * token_type_ids).unsqueeze(-1).to(found.dtype)
        mean = (found * claim).sum(1) / claim.sum(1)
        return self.head(torch.cat([found[:, 0], mean], -1)).squeeze(-1)


def contrasts(path: Path = CONTRAST) -> list[Contrast]:
    return [Contrast.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def examples(step: Sequence[Contrast], notes: dict[str, list[str]], chance: random.Random) -> list[Example]:
    """The claims of some contrasts; now and then beside two sentences, or evidence and claim exchanged, or the same."""
    found = []
    for group, one in enumerate(step):
        evidence = one.evidence
        if one.source and chance.random() < BESIDE:
            both = [evidence, chance.choice(notes[one.source])]
            chance.shuffle(both)
            evidence = " ".join(dict.fromkeys(both))
        for claims, changed in ((one.faithful, 0.0), (one.turned, 1.0), (one.extended, 1.0)):
            found += [(evidence, claim, changed, group) for claim in claims]
        if chance.random() < TURNED_OVER:
            found.append((chance.choice(one.turned), one.evidence, 1.0, -1 - 2 * group))
        if chance.random() < ITSELF:
            claim = chance.choice([*one.faithful, *one.turned, *one.extended])
            found.append((claim, claim, 0.0, -2 - 2 * group))
    return found


def steps(pieces: list[Contrast], chance: random.Random) -> Iterator[list[Contrast]]:
    """A pass over all, those of like length together."""
    chance.shuffle(pieces)
    for first in range(0, len(pieces), 100 * TOGETHER):
        some = sorted(pieces[first : first + 100 * TOGETHER], key=lambda one: len(one.evidence))
        together = [some[i : i + TOGETHER] for i in range(0, len(some), TOGETHER)]
        chance.shuffle(together)
        yield from together


def tune(pieces: list[Contrast], passes: int) -> Network:
    torch.manual_seed(0)
    chance = random.Random(0)
    tokenizer = AutoTokenizer.from_pretrained(str(model_path(PACKAGED)))
    network = Network().train()
    body = [p for name, p in network.named_parameters() if p.requires_grad and not name.startswith("head")]
    groups = [{"params": body, "lr": RATE}, {"params": network.head.parameters(), "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    total = passes * -(-len(pieces) // TOGETHER)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda at: min(1.0, (at + 1) / (WARM * total), max(0.0, (total - at) / ((1 - STEADY) * total)))
    )
    notes: dict[str, list[str]] = {}
    for one in pieces:
        notes.setdefault(one.source, []).append(one.evidence)
    lost = []
    for at, step in enumerate(step for _ in range(passes) for step in steps(pieces, chance)):
        evidence, claims, changed, ranked = zip(*examples(step, notes, chance), strict=True)
        encoded = tokenizer(
            list(evidence), list(claims), padding=True, truncation="only_first", max_length=PIECES, return_tensors="pt"
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(**encoded)
        each, wanted, group = logits.float(), torch.tensor(changed), torch.tensor(ranked)
        binary = functional.binary_cross_entropy_with_logits(each, wanted * (1 - 2 * SMOOTHED) + SMOOTHED)
        pairs = (group[:, None] == group[None]) & (wanted[:, None] < wanted[None])
        ranking = functional.softplus((each[:, None] - each[None])[pairs]).mean()
        optimizer.zero_grad()
        (binary + ranking).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        rate.step()
        lost.append((binary.item(), ranking.item()))
        if len(lost) == 100:
            binary_mean, ranking_mean = (mean(of) for of in zip(*lost, strict=True))
            print(f"step {at + 1} of {total}: loss {binary_mean:.3f}, of ranks {ranking_mean:.3f}")
            lost = []
    return network.eval()


class _Exported(torch.nn.Module):
    """Of one pair, by its word vectors."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs_embeds: Any, token_type_ids: Any) -> Any:
        return self.network(token_type_ids, torch.ones_like(token_type_ids), inputs_embeds=inputs_embeds)


def export(network: Network, target: Path = FITTED) -> None:
    """With weights of 8 bits."""
    given = (torch.zeros(1, 9, network.bert.config.hidden_size), torch.tensor([[0] * 5 + [1] * 4]))
    names = ["inputs_embeds", "token_type_ids"]
    with TemporaryDirectory() as folder:
        exact = Path(folder) / "exact.onnx"
        torch.onnx.export(
            _Exported(network.eval()),
            given,
            str(exact),
            input_names=names,
            output_names=["turned"],
            dynamic_axes={name: {1: "pieces"} for name in names},
            opset_version=17,
            dynamo=False,
        )
        eight_bits.write(exact, target)


def main() -> None:
    export(tune(contrasts(), int(sys.argv[1]) if len(sys.argv) > 1 else PASSES))


if __name__ == "__main__":
    main()
