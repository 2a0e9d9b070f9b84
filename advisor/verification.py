"""Sentence × evidence → verdict. Nothing reaches the reader that does not pass here.

The checks, in order: every cited id exists; the words are the source's own (quoted); or else every
number stands in the evidence with the same unit, negation agrees, and the content words are there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from advisor.answer import Verdict
from advisor.units import quantities, spelled
from index.chunking import split_sentences
from index.vocabulary import tokens

SUPPORT = 0.75  # share of a claim's terms that the evidence must hold

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|cannot|\w+n['’]t|lacks?|fails? to|instead of|rather than|unlikely)\b",
    re.IGNORECASE,
)
_SAID = re.compile(r"[^\W_]+|[%°<>=±~≤≥+−-]")
_OPPOSITES = [
    ("increase", "decrease"), ("higher", "lower"), ("more", "less"), ("faster", "slower"), ("before", "after"),
    ("above", "below"), ("minimum", "maximum"), ("cheaper", "dearer"), ("raises", "lowers"), ("best", "worst"),
    ("always", "never"), ("enable", "disable"), ("larger", "smaller"), ("most", "least"), ("over", "under"),
]  # fmt: skip


def verify(claim: str, cited: Sequence[str], evidence: Mapping[str, str]) -> Verdict:
    """The verdict on `claim`, which cites evidence ids; `evidence` maps ids to their words without markup."""
    if not cited or any(one not in evidence for one in cited):
        return Verdict.UNSUPPORTED
    texts = [evidence[one] for one in cited]
    if _quoted(claim, texts):
        return Verdict.QUOTED
    return _paraphrased(claim, texts)


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


def _paraphrased(claim: str, texts: Sequence[str]) -> Verdict:
    sentences = [part for text in texts for line in text.split("\n") for part in _sentence_texts(line)]
    if not sentences:
        return Verdict.UNSUPPORTED
    everything = " ".join(texts)
    if not _numbers_stand(claim, everything):
        return Verdict.CONTRADICTED if _same_topic(claim, everything) else Verdict.UNSUPPORTED
    terms = set(tokens(claim))
    if not terms:
        return Verdict.UNSUPPORTED
    nearest = max(sentences, key=lambda sentence: len(terms & set(tokens(sentence))))
    if len(terms & set(tokens(everything))) < SUPPORT * len(terms):
        return Verdict.UNSUPPORTED
    if len(terms & set(tokens(nearest))) >= 0.5 * len(terms) and (
        bool(_NEGATION.search(claim)) != bool(_NEGATION.search(nearest)) or _opposite(claim, nearest)
    ):
        return Verdict.CONTRADICTED
    return Verdict.SUPPORTED


def _numbers_stand(claim: str, text: str) -> bool:
    """Every quantity of the claim is one of the text's, unit included; names with digits are there too."""
    there = quantities(text)
    words = spelled(text)
    for one in quantities(claim):
        if not any(one.equals(other) for other in there) and not (one.dimension == "" and one.value in words):
            return False
    values = {q.value for q in there}
    if any(number not in words and number not in values for number in spelled(claim) - {1}):
        return False
    names = re.findall(r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w.-]+", claim)
    low = text.lower()
    written = {q.written.lower() for q in quantities(claim)}
    return all(name.lower() in low or name.lower() in written for name in names)


def _same_topic(claim: str, text: str) -> bool:
    terms = {term for term in tokens(claim) if not term.isdigit()}
    return bool(terms) and len(terms & set(tokens(text))) >= SUPPORT * len(terms)


def _opposite(claim: str, sentence: str) -> bool:
    a, b = set(re.findall(r"[a-z]+", claim.lower())), set(re.findall(r"[a-z]+", sentence.lower()))
    return any(
        (x in a and y in b and x not in b and y not in a) or (y in a and x in b and y not in b and x not in a)
        for x, y in _OPPOSITES
    )
