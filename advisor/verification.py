"""Sentence × evidence → verdict. Nothing reaches the reader that does not pass here.

The checks, in order: every cited id exists; the words are the source's own (quoted); or else every
name and number stands in the evidence with the same unit, negation agrees, and the content words are there. The last
two are weighed together; a model of natural language inference may think otherwise of them, when one is configured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from advisor.answer import Verdict
from advisor.verifying import arrangement, crossencoder, figures, names, polarity, support
from advisor.verifying.alignment import align, beside
from advisor.verifying.entailment import NliModel, combined
from advisor.verifying.judgement import fitted
from advisor.verifying.reading import Reading, read, sentences, without_source
from advisor.verifying.signals import signals
from index.chunking import split_sentences
from index.embedding import Embedder
from index.vocabulary import tokens

_SAID = re.compile(r"[^\W_]+|[%$€£°<>=±~≤≥+−-]")


def verify(
    claim: str,
    cited: Sequence[str],
    evidence: Mapping[str, str],
    encoder: Embedder | None = None,
    nli: NliModel | None = None,
) -> Verdict:
    """The verdict on `claim`, which cites evidence ids; `evidence` maps ids to their words without markup."""
    return judge(claim, cited, evidence, encoder, nli)[0]


def judge(
    claim: str,
    cited: Sequence[str],
    evidence: Mapping[str, str],
    encoder: Embedder | None = None,
    nli: NliModel | None = None,
) -> tuple[Verdict, str]:
    """`verify`, and why."""
    if not cited or any(one not in evidence for one in cited):
        return Verdict.UNSUPPORTED, "cites nothing that exists"
    texts = [evidence[one] for one in cited]
    if _quoted(claim, texts):
        return Verdict.QUOTED, ""
    return _paraphrased(claim, texts, encoder, nli)


def _plain(text: str) -> str:
    found = _SAID.findall(text)  # case kept: Tb/s is not TB/s
    return f" {' '.join(found)} "


def _quoted(claim: str, texts: Sequence[str]) -> bool:
    """Every sentence of the claim stands word for word in one of the texts, whole sentences only."""
    wanted = _plain(claim)
    if not wanted.strip():
        return False
    for text in texts:
        sentences = [part for line in text.split("\n") for part in _sentence_texts(line)]
        for first in range(len(sentences)):
            joined = " "
            for sentence in sentences[first:]:
                joined += _plain(sentence).lstrip()
                if joined == wanted:
                    return True
                if len(joined) > len(wanted):
                    break
    return False


def _sentence_texts(line: str) -> list[str]:
    return [line[a:b] for a, b in split_sentences(line)]


def _paraphrased(
    claim: str, texts: Sequence[str], encoder: Embedder | None, nli: NliModel | None
) -> tuple[Verdict, str]:
    there = sentences(texts)
    line = without_source(claim)
    if not there or not tokens(line):
        return Verdict.UNSUPPORTED, "nothing to compare"
    settled = gated(line, there, texts)
    if settled and settled[0] is Verdict.UNSUPPORTED:
        return settled
    judged = _worded(line, there, encoder)
    if settled:
        return judged if judged[0] is Verdict.UNSUPPORTED else settled
    return judged if nli is None else combined(judged, nli.read("\n".join(there), line))


def gated(line: str, there: Sequence[str], texts: Sequence[str]) -> tuple[Verdict, str] | None:
    """What no model may excuse: a form not filled in, names missing or exchanged, figures. None when all is well."""
    if unfilled := support.placeholder(line, there):
        return Verdict.UNSUPPORTED, f"a placeholder: {unfilled}"
    if gone := names.missing(line, "\n".join(texts)):
        return Verdict.UNSUPPORTED, f"names that the evidence lacks: {', '.join(gone)}"
    if wrong := figures.stand(line, there):
        return Verdict.CONTRADICTED, wrong
    if swapped := names.exchanged(line, there):
        return Verdict.CONTRADICTED, f"{swapped[0]} in the place of {swapped[1]}"
    return None


def nearest_of(line: str, there: Sequence[str]) -> str:
    """The sentence that shares most words with the line."""
    terms = set(tokens(line))
    return max(there, key=lambda sentence: len(terms & set(tokens(sentence))))


def _worded(line: str, there: Sequence[str], encoder: Embedder | None) -> tuple[Verdict, str]:
    """What the words of a line say, figures and names apart: by trees over all signals, without encoder by rules."""
    if circling := support.repeated(line, there):
        return Verdict.UNSUPPORTED, f"says again and again: {circling}"
    if support.opens(line, there):
        return Verdict.SUPPORTED, ""
    reading, nearest = read(line), read(nearest_of(line, there))
    if encoder is None or not reading.content or not nearest.content:
        return _by_rules(reading, nearest, there)
    text = beside(line, there)
    aligned = align(reading, text, encoder)
    changed = fitted().changed(signals(aligned, nearest, there), lambda: crossencoder.turned(line, text))
    if changed < fitted().stop_at:
        return Verdict.SUPPORTED, ""
    judged = _by_rules(reading, nearest, there, aligned.cosines)
    said = Verdict.UNSUPPORTED, f"says something else than its evidence, with probability {changed:.2f}"
    return said if judged[0].holds else judged


def _by_rules(
    reading: Reading, nearest: Reading, there: Sequence[str], cosines: support.Cosines | None = None
) -> tuple[Verdict, str]:
    if extra := support.added(reading, there, cosines):
        return Verdict.UNSUPPORTED, f"the evidence does not bear: {extra}"
    wrong = (
        polarity.conflict(reading, nearest)
        or arrangement.exchanged(reading, nearest)
        or arrangement.replaced(reading, nearest)
    )
    return (Verdict.CONTRADICTED, wrong) if wrong else (Verdict.SUPPORTED, "")
