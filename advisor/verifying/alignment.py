"""Word beside word: which part of a line stands for which part of its evidence, by the encoder and by the lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.verifying.reading import Reading, Word, read
from advisor.verifying.vocabulary import opposite, same, synonyms
from index.embedding import Embedder
from index.vocabulary import tokens

Matrix = NDArray[np.float32]

SYNONYM = 0.8  # how near two members of one synset of WordNet count
ADDS = 2  # words of the line that another sentence must add to be read beside the nearest
_CLAUSE = re.compile(
    r"\s*[,;:]\s*(?:and |but |so |which |while |or )?|\s+(?:and|but|so|because|since|as|which|while|although)\s+"
)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Content words of a line (rows, `claim_words`) and of its evidence (columns).

    `near` is the larger of the cosine and what the lists say, `shared` and `opposed` are 1 where two words may stand
    for each other or exclude each other. `cosine` is that of both texts; vectors are of all words, shape
    (words, dimension).
    """

    claim: Reading
    evidence: Reading
    cosines: Matrix
    near: Matrix
    shared: Matrix
    opposed: Matrix
    cosine: float
    claim_vectors: Matrix
    evidence_vectors: Matrix
    evidence_whole: Matrix

    @property
    def claim_words(self) -> list[Word]:
        return [self.claim.words[i] for i in self.claim.content]

    @property
    def evidence_words(self) -> list[Word]:
        return [self.evidence.words[i] for i in self.evidence.content]


def beside(line: str, there: Sequence[str]) -> str:
    """The sentence nearest to a line, and the one that holds most of what it lacks, if that is `ADDS` words or more."""
    terms = set(tokens(line))
    held = [terms & set(tokens(one)) for one in there]
    first = max(range(len(there)), key=lambda i: len(held[i]))
    second = max(range(len(there)), key=lambda i: len(held[i] - held[first]))
    chosen = {first, second} if len(held[second] - held[first]) >= ADDS else {first}
    return " ".join(there[i] for i in sorted(chosen))


def align(line: Reading, text: str, encoder: Embedder) -> Alignment:
    """Both must hold a content word."""
    evidence = read(text)
    spans = [[(word.start, word.end) for word in one.words] for one in (line, evidence)]
    whole, (ours, theirs) = encoder.embed_chunks([line.text, text], spans)
    left, right = [line.words[i] for i in line.content], [evidence.words[i] for i in evidence.content]
    shared, opposed, akin = (np.zeros((len(left), len(right)), dtype=np.float32) for _ in range(3))
    lowered = [other.text.lower() for other in right]
    for i, one in enumerate(left):
        low, like = one.text.lower(), synonyms(one.stem)
        for j, other in enumerate(right):
            shared[i, j] = same(one.stem, other.stem)
            akin[i, j] = other.stem in like
            opposed[i, j] = opposite(low, lowered[j])
    cosines = ours[line.content] @ theirs[evidence.content].T
    near = np.maximum(cosines, np.maximum(shared, SYNONYM * akin))
    cosine = float(whole[0] @ whole[1])
    return Alignment(line, evidence, cosines, near, shared, opposed, cosine, ours, theirs, whole[1])


def windows(reading: Reading, vectors: Matrix, length: int) -> Matrix:
    """Unit vectors of all runs of `length` content words with what is between; of all together when there are less."""
    places = reading.content
    runs = [(places[i], places[min(i + length, len(places)) - 1]) for i in range(max(1, len(places) - length + 1))]
    return _unit(np.stack([vectors[a : b + 1].sum(axis=0) for a, b in runs]))


def clauses(reading: Reading, vectors: Matrix) -> Matrix:
    """Unit vectors of the clauses with two words or more, in their order."""
    text = reading.text
    ends = [match.start() for match in _CLAUSE.finditer(text)]
    parts = zip([0, *ends], [*ends, len(text)], strict=True)
    inside = [[i for i, word in enumerate(reading.words) if start <= word.start < end] for start, end in parts]
    found = [vectors[places].sum(axis=0) for places in inside if len(places) > 1]
    return _unit(np.stack(found or [vectors.sum(axis=0)]))


def _unit(vectors: Matrix) -> Matrix:
    length: Matrix = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return vectors / length
