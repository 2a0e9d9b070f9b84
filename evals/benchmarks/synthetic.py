"""Documents, vectors and questions in any number, where embedding real ones would take hours. All from one seed.

Words follow Zipf's law, the most frequent are the stop words of English, and the vocabulary grows with the text. A
vector is that of a real sentence, moved along the difference of two others: near and far neighbours are as usual
for the encoder. Vectors and words have nothing to do with each other.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.document import Chunk, Document, Kind, Label, Sentence
from index.embedding import Span, Vectors
from index.records import Stored
from index.vocabulary import STOP

CHUNKS, SENTENCES, WORDS = 10, 5, 17  # of a document, a chunk, a sentence: near those of the shipped guidance
VOCABULARY, EXPONENT = 200_000, 1.07
MOVED = 0.5  # by which share of the difference of two real vectors a third is moved
TERMS = 6  # of a question
MISSPELT = 10  # every so many questions a word has two letters the wrong way round
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def _words() -> NDArray[np.object_]:
    stop = sorted(STOP - set("abcdefghijklmnopqrstuvwxyz"))
    made = ("".join(parts) for size in (3, 4) for parts in itertools.product(_SYLLABLES, repeat=size))
    return np.array([*stop, *itertools.islice(made, 0, 60 * VOCABULARY, 60)][:VOCABULARY], dtype=object)


class Language:
    """Draws words; rank r has the weight r^-EXPONENT."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.words = _words()
        self._cumulative = np.cumsum(np.arange(1, len(self.words) + 1) ** -EXPONENT)

    def draw(self, count: int) -> list[str]:
        at = self.chance.uniform(0, self._cumulative[-1], count)
        drawn: list[str] = self.words[np.searchsorted(self._cumulative, at)].tolist()
        return drawn


def documents(chunks: int, seed: int = 1) -> Iterator[Stored]:
    """So many chunks, in documents of CHUNKS."""
    language = Language(seed)
    for number in range(-(-chunks // CHUNKS)):
        yield _document(language, number, min(CHUNKS, chunks - number * CHUNKS))


def _document(language: Language, number: int, chunks: int) -> Stored:
    drawn = iter(language.draw(chunks * SENTENCES * WORDS))
    title, cut, parts, position = f"Synthetic note {number}", [], [], 0
    for place in range(chunks):
        heading = (title, f"Section {place // 2}")
        sentences = []
        for _ in range(SENTENCES):
            text = " ".join(itertools.islice(drawn, WORDS)).capitalize() + "."
            sentences.append(Sentence(position, position + len(text), text, Kind.PARAGRAPH, heading))
            parts.append(text)
            position += len(text) + 1
        body = " ".join(one.text for one in sentences)
        cut.append(Chunk(heading, sentences[0].start, sentences[-1].end, body, tuple(sentences)))
    text = " ".join(parts)
    identity = hashlib.sha256(text.encode()).hexdigest()
    source = f"/synthetic/{number:07d}.md"
    document = Document(identity, source, title, Label.PUBLIC, "text/markdown", text, {})
    return Stored(document, source, "/synthetic", len(text), 0, tuple(cut), Label.PUBLIC)


def questions(texts: Sequence[str], count: int, seed: int = 2) -> list[str]:
    """Words that stand together in one of the texts, a few of them misspelt."""
    chance = np.random.default_rng(seed)
    asked = []
    for number in range(count):
        words = [word for word in texts[chance.integers(len(texts))].lower().rstrip(".").split() if word not in STOP]
        terms = [str(word) for word in chance.choice(words, min(TERMS, len(words)), replace=False)]
        if number % MISSPELT == 0:
            terms[0] = terms[0][:-2] + terms[0][-1] + terms[0][-2]
        asked.append(f"What of {' '.join(terms)}?")
    return asked


class SyntheticEmbedder:
    """An encoder that takes no time: the vector of a text depends on nothing but the text."""

    def __init__(self, real: Path, fingerprint: str) -> None:
        """`real`: an .npy of unit vectors of the encoder called `fingerprint`."""
        self.fingerprint = fingerprint
        self._real: Vectors = np.load(real, allow_pickle=False)

    @property
    def dimension(self) -> int:
        return int(self._real.shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        drawn = b"".join(hashlib.blake2b(text.encode(), digest_size=24).digest() for text in texts)
        a, b, c = (np.frombuffer(drawn, dtype=np.uint64).reshape(-1, 3) % len(self._real)).T
        moved = self._real[a] + MOVED * (self._real[b] - self._real[c])
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)

    def embed_spans(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> tuple[Vectors, list[Vectors]]:
        sentences = [text[start:end] for text, of in zip(texts, spans, strict=True) for start, end in of]
        ends = np.cumsum([len(of) for of in spans])
        return self.embed(texts), np.split(self.embed(sentences), ends[:-1])

    embed_chunks = embed_spans
