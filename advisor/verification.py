"""Sentence × evidence → verdict. Nothing reaches the reader that does not pass here.

The checks, in order: every cited id exists; the words are the source's own (quoted); or else every
number stands in the evidence with the same unit, negation agrees, and the content words are there. Of the last two a
model of natural language inference may think otherwise, when one is configured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from advisor.answer import Verdict
from advisor.verifying import arrangement, figures, names, polarity, support
from advisor.verifying.entailment import NliModel, combined
from advisor.verifying.reading import read, sentences, without_source
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
    if unfilled := support.placeholder(line, there):
        return Verdict.UNSUPPORTED, f"a placeholder: {unfilled}"
    if gone := names.missing(line, "\n".join(texts)):
        return Verdict.UNSUPPORTED, f"names that the evidence lacks: {', '.join(gone)}"
    judged = _worded(line, there, encoder)
    if wrong := figures.stand(line, there):
        return judged if judged[0] is Verdict.UNSUPPORTED else (Verdict.CONTRADICTED, wrong)
    if swapped := names.exchanged(line, there):
        return Verdict.CONTRADICTED, f"{swapped[0]} in the place of {swapped[1]}"
    return judged if nli is None else combined(judged, nli.read("\n".join(there), line))


def _worded(line: str, there: Sequence[str], encoder: Embedder | None) -> tuple[Verdict, str]:
    """What the words of a line say, figures and names apart."""
    if circling := support.repeated(line, there):
        return Verdict.UNSUPPORTED, f"says again and again: {circling}"
    if extra := support.added(line, there, encoder):
        return Verdict.UNSUPPORTED, f"the evidence does not bear: {extra}"
    terms = set(tokens(line))
    nearest = read(max(there, key=lambda sentence: len(terms & set(tokens(sentence)))))
    reading = read(line)
    wrong = (
        polarity.conflict(reading, nearest)
        or arrangement.exchanged(reading, nearest)
        or arrangement.replaced(reading, nearest)
    )
    return (Verdict.CONTRADICTED, wrong) if wrong else (Verdict.SUPPORTED, "")
