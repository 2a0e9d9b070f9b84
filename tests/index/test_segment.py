"""A library that grew by pieces is the library that was built at once; what did not change is not written again."""

from __future__ import annotations

from pathlib import Path

import bm25s
import numpy as np
import pytest

from index import dense, embedding, generation, lexical, library, segment
from index.dense import DenseIndex
from index.document import Label
from index.embedding import PACKAGED
from index.lexical import LexicalIndex, Postings
from index.retriever import Retriever
from index.segment import CAPACITY, Segment
from index.vocabulary import terms_of

NOTES = {
    "cooling": "# Cooling\n\nRear doors cool thirty kilowatts a rack. Direct liquid cooling (DLC) cools more.\n",
    "power": "# Power\n\nA busway feeds two rows. Its breakers are sized for the peak of both rows.\n",
    "storage": "# Storage\n\nCheckpoints are written every hour. The parallel file system (PFS) keeps nine days.\n",
    "network": "# Network\n\nEach rail has a leaf switch of its own, and spines join the rails.\n",
    "people": "# People\n\nTwo engineers are on call. A third one knows the storage.\n",
}
QUESTIONS = ("How is a rack cooled?", "Who is on call for storage?", "What joins the rails?", "chekpoints every hour")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name, text in NOTES.items():
        (folder / f"{name}.md").write_text(text)
    return folder


def segments(home: Path) -> list[str]:
    return [str(one["name"]) for one in generation.located(home)[1].segments]


def found(home: Path) -> list[list[tuple[str, float]]]:
    opened = Retriever(home, PACKAGED)
    return [[(p.id, pytest.approx(p.score, abs=1e-3)) for p in opened.retrieve(q).passages] for q in QUESTIONS]


def test_a_library_that_grew_by_pieces_answers_as_one_built_at_once(home, own_home, notes, tmp_path):
    for path in sorted(notes.iterdir(), reverse=True):
        library.ingest(own_home, [path])
    assert len(segments(own_home)) > 1
    pieces = found(own_home)
    abbreviations = Retriever(own_home, PACKAGED).expand("DLC and PFS")
    library.ingest(own_home, [], rebuild=True)
    assert len(segments(own_home)) == 1
    assert found(own_home) == pieces
    assert Retriever(own_home, PACKAGED).expand("DLC and PFS") == abbreviations


def test_adding_a_document_leaves_the_files_of_a_larger_segment_alone(own_home, notes):
    new = notes / "new.md"
    library.ingest(own_home, [notes])
    (before,) = segments(own_home)
    folder, manifest = generation.located(own_home)
    inodes = {name: (folder / name).stat().st_ino for name in manifest.files}
    new.write_text("# New\n\nA new note has one sentence of its own.\n")
    library.ingest(own_home, [new])
    folder, manifest = generation.located(own_home)
    assert before in segments(own_home)
    assert {name: (folder / name).stat().st_ino for name in inodes} == inodes


def test_who_opens_one_generation_after_another_reads_of_each_what_is_new(own_home, notes, monkeypatch):
    library.ingest(own_home, [notes])
    Retriever(own_home, PACKAGED)
    read: list[Path] = []
    monkeypatch.setattr(generation, "file_sha256", lambda path: [read.append(path), embedding.file_sha256(path)][1])
    for number in range(generation.KEEP + 1):  # the oldest generation is removed meanwhile
        (notes / f"{number}.md").write_text(f"# Note {number}\n\nNote {number} has one sentence of its own.\n")
        read.clear()
        before = set(generation.located(own_home)[1].files)
        library.ingest(own_home, [notes])
        Retriever(own_home, PACKAGED)
        folder, manifest = generation.located(own_home)
        own = {folder / name for name in manifest.files if name not in before}
        assert {path for path in read if path.is_relative_to(folder)} == own
    read.clear()
    Retriever(own_home, PACKAGED)
    assert not [path for path in read if path.is_relative_to(folder)]


@pytest.mark.parametrize(
    "change", [lambda path: path.unlink(), lambda path: path.write_text("# Power\n\nAll is new.\n")]
)
def test_nothing_of_a_removed_text_is_left_in_the_generation(own_home, notes, change):
    library.ingest(own_home, [notes])
    change(notes / "power.md")
    library.ingest(own_home, [notes])
    folder, manifest = generation.open_current(own_home)
    for name in manifest.files:
        body = (folder / name).read_bytes()
        assert b"busway" not in body, name
        assert b"breaker" not in body, name


def test_a_changed_document_beside_others_keeps_their_vectors_and_order(own_home, notes):
    library.ingest(own_home, [notes])
    before = Retriever(own_home, PACKAGED)
    (notes / "power.md").write_text("# Power\n\nEach row has a feed of its own.\n")
    report = library.ingest(own_home, [notes])
    assert report.embedded == 1
    after = Retriever(own_home, PACKAGED)
    for question in QUESTIONS:
        passages = {p.id: p for p in before.retrieve(question).passages if "power" not in p.locator.path}
        kept = {p.id: p for p in after.retrieve(question).passages if "power" not in p.locator.path}
        assert kept.keys() == passages.keys()
        for name, passage in kept.items():
            assert np.allclose(after.sentence_vectors(passage), before.sentence_vectors(passages[name]))
            assert passage.dense == pytest.approx(passages[name].dense, abs=1e-3)


def test_a_document_that_loses_a_part_keeps_the_vectors_of_the_others(own_home, notes):
    note = notes / "parts.md"
    parts = [f"# Part {i}\n\nPart {i} says of {word} what no other part says.\n\n" for i, word in enumerate(NOTES)]
    note.write_text("".join(parts))
    library.ingest(own_home, [notes])
    note.write_text("".join(parts[:2] + parts[3:4]))
    assert library.ingest(own_home, [notes]).embedded == 0
    kept = all_vectors(own_home)
    library.ingest(own_home, [], rebuild=True)
    assert kept.shape == (len(NOTES) + 3, 384)
    nearest = (kept @ all_vectors(own_home).T).max(axis=1)  # batches of another size differ in the last digits
    assert nearest == pytest.approx(1, abs=1e-3)
    assert len(np.unique(kept, axis=0)) == len(kept)


def all_vectors(home: Path) -> np.ndarray:
    folders = generation.segment_folders(*generation.located(home))
    index = DenseIndex([dense.read(folder / "dense.faiss") for folder in folders])
    return index.vectors(range(len(index)))


def test_a_reader_takes_over_what_the_next_generation_still_has(own_home, notes):
    library.ingest(own_home, [notes])
    before = Retriever(own_home, PACKAGED)
    held = {sentence.text: sentence for p in before.retrieve(QUESTIONS[0]).passages for sentence in p.sentences}
    (notes / "new.md").write_text("# Spares\n\nTwo spare nodes stand in every tenth rack for repairs.\n")
    library.ingest(own_home, [notes])
    later, anew = Retriever(own_home, PACKAGED, earlier=before), Retriever(own_home, PACKAGED)
    read = [sentence for p in later.retrieve(QUESTIONS[0]).passages for sentence in p.sentences]
    assert any(sentence is held.get(sentence.text) for sentence in read)
    for question in (*QUESTIONS, "How many spare nodes are there?"):
        assert later.retrieve(question) == anew.retrieve(question)


def test_segments_stay_few_and_none_is_too_large():
    sizes: list[int] = []
    for _ in range(3000):
        made = segment.groups([Segment(Path(str(i)), size, 1) for i, size in enumerate([*sizes, 100])])
        sizes = [sum(one.chunks for one in group) for group in made]
    assert sum(sizes) == 300_000
    assert max(sizes) <= CAPACITY
    assert len(sizes) <= 300_000 / (CAPACITY / 2) + 10


def test_bm25_is_that_of_bm25s_and_its_parts_make_the_whole(tmp_path):
    chance = np.random.default_rng(0)
    words = [a + b + c for a in "bdgkmp" for b in ("ala", "ero", "ivi") for c in ("n", "x", "l")]
    texts = [" ".join(chance.choice(words, chance.integers(3, 60))) for _ in range(300)]
    lexical.build(texts, tmp_path / "whole")
    lexical.build(texts[:100], tmp_path / "a")
    lexical.build(texts[100:], tmp_path / "b")
    other = bm25s.BM25(method="lucene", k1=lexical.K1, b=lexical.B)
    other.index([list(terms_of(text)) for text in texts], show_progress=False)
    terms = [term for term in terms_of(" ".join(words)) if term in other.vocab_dict][:5]
    expected = other.get_scores(terms)
    every = np.ones(300, dtype=bool)
    for names in (["whole"], ["a", "b"]):
        index = LexicalIndex([Postings(tmp_path / name) for name in names])
        assert index.at(every).scores(terms) == pytest.approx(expected, abs=1e-4)


def test_merged_postings_are_those_of_what_is_kept(tmp_path):
    texts = ["alpha beta beta", "gamma delta", "beta delta epsilon", "alpha zeta"]
    lexical.build(texts[:2], tmp_path / "a")
    lexical.build(texts[2:], tmp_path / "b")
    kept = np.array([True, False]), np.array([True, True])
    lexical.merge([(tmp_path / "a", kept[0]), (tmp_path / "b", kept[1])], tmp_path / "merged")
    lexical.build([texts[0], *texts[2:]], tmp_path / "whole")
    built = (LexicalIndex([Postings(tmp_path / name)]) for name in ("merged", "whole"))
    merged, whole = (one.at(np.ones(3, dtype=bool)) for one in built)
    for term in {one for text in texts for one in terms_of(text)}:
        assert merged.knows(term) == whole.knows(term)
        assert np.array_equal(merged.scores([term]), whole.scores([term]))


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    chance = np.random.default_rng(0)
    centres = chance.normal(size=(200, 32))
    made = centres[chance.integers(0, 200, 20_000)] + 0.6 * chance.normal(size=(20_000, 32))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def exact(vectors: np.ndarray, question: np.ndarray, allowed: np.ndarray) -> list[int]:
    cosines = np.where(allowed, vectors @ question, -2)
    return np.argsort(-cosines)[:10].tolist()


def recall(index: DenseIndex, vectors: np.ndarray, allowed: np.ndarray) -> float:
    hits = 0
    for question in vectors[::400]:
        near = [position for position, _ in index.search(question, 10, allowed)]
        assert allowed[near].all()
        hits += len({*near} & {*exact(vectors, question, allowed)})
    return hits / (10 * len(vectors[::400]))


def test_vectors_in_lists_are_searched_exactly_until_there_are_too_many(tmp_path, vectors, monkeypatch):
    dense.build(vectors[:15_000], tmp_path / "a")
    dense.build(vectors[15_000:], tmp_path / "b")
    index = DenseIndex([dense.read(tmp_path / name) for name in "ab"])
    every, few = np.ones(len(vectors), dtype=bool), np.arange(len(vectors)) % 50 == 3
    assert recall(index, vectors, every) > 0.99  # but for the rounding of half floats
    monkeypatch.setattr(dense, "READ", 3_000)
    assert recall(index, vectors, every) > 0.9
    assert recall(index, vectors, few) > 0.99  # who sees few compares them all
    assert np.abs(index.vectors([3, 16_000]) - vectors[[3, 16_000]]).max() < 1e-3


def test_labels_hold_across_segments(own_home, notes):
    library.ingest(own_home, [notes / "power.md"], label=Label.PUBLIC)
    library.ingest(own_home, [notes / "people.md"], label=Label.RESTRICTED)
    library.ingest(own_home, [notes / "storage.md"], label=Label.PUBLIC)
    opened = Retriever(own_home, PACKAGED)
    seen = opened.retrieve("Who is on call for the storage?", clearance=Label.PUBLIC)
    assert seen.hidden == 1
    assert {Path(p.locator.path).name for p in seen.passages} == {"power.md", "storage.md"}
    assert not opened.knows("engin", Label.PUBLIC)
    assert opened.knows("engin", Label.RESTRICTED)
