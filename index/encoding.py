"""Records of a segment → its vectors. Little of them is in memory at a time, however much a document holds."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import dense, records, sentences
from index.document import Chunk, Document
from index.embedding import Embedder, Span, Vectors

SLAB = 512  # chunks embedded between two progress reports

Embedded = tuple[Document, Chunk, Vectors, Vectors]  # a chunk, its own vector, those of its sentences
Places = dict[bytes, list[int]]  # what is embedded, by its sum → chunks that have its vectors


def contextual_text(document: Document, chunk: Chunk) -> str:
    """What the encoder and BM25 read: the chunk with its title and heading path before it."""
    path = [name for name in chunk.heading if name != document.title]
    return f"{' > '.join([document.title, *path])[:240]}\n{chunk.text}"


def sentence_spans(text: str, chunk: Chunk) -> list[Span]:
    """Where the sentences of a chunk stand in its contextual text."""
    spans: list[Span] = []
    position = text.index("\n") + 1
    for sentence in chunk.sentences:
        start = text.index(sentence.text, position)
        position = start + len(sentence.text)
        spans.append((start, position))
    return spans


def write(
    folder: Path,
    known: Iterable[Embedded],
    embedder: Callable[[], Embedder],
    progress: Callable[[int, int], None],
) -> int:
    """The vectors of a segment whose records are there. How many chunks went to the encoder.

    Those with the very text of a `known` chunk take its vectors. `embedder` is asked for when there are others.
    """
    places, lengths, sizes = _outline(folder)
    vectors = _Vectors(folder, sizes)
    with closing(vectors):
        for document, chunk, *made in known:
            if same := places.pop(_sum(contextual_text(document, chunk), chunk), None):
                vectors.put(same, *made)
        missing = sorted(places.values(), key=lambda same: -lengths[same[0]])  # batches of like length waste no padding
        progress(0, len(missing))
        for start in range(0, len(missing), SLAB):
            slab = missing[start : start + SLAB]
            texts, spans = _texts(folder, [same[0] for same in slab])
            for same, *made in zip(slab, *embedder().embed_chunks(texts, spans), strict=True):
                vectors.put(same, *made)
            progress(start + len(slab), len(missing))
    dense.build(vectors.whole, folder / "dense.faiss")
    return len(missing)


class _Vectors:
    """Takes the vectors of chunks in any order. Those of sentences go to disk at once."""

    def __init__(self, folder: Path, sizes: Sequence[int]) -> None:
        self._folder, self._sizes = folder, sizes
        self._writer: sentences.Writer | None = None
        self.whole: NDArray[np.float16] = np.zeros((0, 0), dtype=np.float16)

    def put(self, chunks: Sequence[int], whole: Vectors, parts: Vectors) -> None:
        if self._writer is None:
            self.whole = np.zeros((len(self._sizes), len(whole)), dtype=np.float16)
            self._writer = sentences.Writer(self._folder / "sentences", self._sizes, len(whole))
        self.whole[chunks] = dense.halves(whole[None])
        for chunk in chunks:
            self._writer.put(chunk, parts)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _outline(folder: Path) -> tuple[Places, Sequence[int], Sequence[int]]:
    """(which chunks are one to the encoder, the length of the text of each, its number of sentences)."""
    places: Places = {}
    lengths, sizes = array("q"), array("q")
    for number, document, chunk in records.chunks(folder):
        text = contextual_text(document, chunk)
        places.setdefault(_sum(text, chunk), []).append(number)
        lengths.append(len(text))
        sizes.append(len(chunk.sentences))
    return places, lengths, sizes


def _sum(text: str, chunk: Chunk) -> bytes:
    """Of all that the encoder is given of a chunk."""
    return blake2b(f"{sentence_spans(text, chunk)}{text}".encode(), digest_size=16).digest()


def _texts(folder: Path, numbers: Sequence[int]) -> tuple[list[str], list[list[Span]]]:
    """The contextual texts of some chunks and where their sentences stand, in the order of `numbers`."""
    found = {number: (document, chunk) for number, document, chunk in records.chunks(folder, "number", numbers)}
    texts = [contextual_text(*found[number]) for number in numbers]
    return texts, [sentence_spans(text, found[number][1]) for number, text in zip(numbers, texts, strict=True)]
