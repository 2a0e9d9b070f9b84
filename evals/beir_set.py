"""A BEIR collection as a set: each question is answered by whole documents, so retrieval alone is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from advisor import Advisor, Label, Settings
from evals import beir
from evals.documents import folder_digest
from evals.metrics import documents
from evals.registry import Comparison, EvalSet, Item, Opened, Say
from evals.row import Measure, Row
from index import library

DEPTH = 10
PASSAGES = 50  # enough for ten documents even where one fills several passages
MEASURES = (
    Measure("nDCG@10", "higher", "documents in order of rank, by ir-measures"),
    Measure("R@10", "higher", "share of the relevant documents among the first ten"),
    Measure("RR@10", "higher", "reciprocal rank of the first relevant document"),
)


def make(folder: Path) -> EvalSet:
    """The set of a BEIR folder, named as the folder."""
    collection = beir.load(folder)
    pages = {beir.page_name(identity): identity for identity in collection.documents}
    name = folder.resolve().name

    def row(identity: str, ranked: Sequence[str]) -> Row:
        relevant = collection.relevant[identity]
        parts = documents(relevant, ranked)
        titles = {one: " ".join(" ".join(collection.documents[one]).split())[:160] for one in {*relevant, *ranked}}
        return Row(
            id=identity,
            question=collection.questions[identity],
            kind="",
            parts=parts,
            failures=() if parts["RR@10"][0] else ("no relevant document among the first ten",),
            expected="\n".join(f"{one}: {titles[one]}" for one in relevant),
            evidence=tuple(f"{'+' if one in relevant else '–'} {one}: {titles[one]}" for one in ranked),
            split=collection.splits.get(identity, ""),
        )

    def open_set(settings: Settings, work: Path, say: Say) -> Opened:
        say(f"{name}: indexing {len(collection.documents)} documents")
        written = work / "documents"
        beir.write_documents(collection, written)
        library.ingest(work, [written], model=settings.embedding_model, label=Label.PUBLIC)
        advisor = Advisor.open(settings.model_copy(update={"home": work, "clearance": Label.RESTRICTED}))
        texts = {one: "\n".join(both).strip() for one, both in collection.documents.items()}

        def measure(item: Item) -> Row:
            found = advisor.search(collection.questions[item.id], k=PASSAGES)
            return row(item.id, first_documents([pages[Path(one.locator.path or "").name] for one in found]))

        def score(identity: str, ranked: Sequence[tuple[str, int, int]]) -> Row:
            return row(identity, first_documents([one for one, _, _ in ranked]))

        encoder = advisor.retriever.embedder
        questions = collection.questions
        return Opened(measure, Comparison(texts, questions, score, PASSAGES, encoder.fingerprint, encoder.embed))

    return EvalSet(
        name=name,
        about=f"{len(collection.documents)} documents in BEIR's format",
        measures=MEASURES,
        items=lambda: [Item(one, f"{text} {collection.relevant[one]}") for one, text in collection.questions.items()],
        state=lambda: folder_digest(folder),
        open=open_set,
        compared=tuple(one.name for one in MEASURES),
    )


def first_documents(ranked: Sequence[str]) -> list[str]:
    """The first ten documents of ranked pieces, each once."""
    return list(dict.fromkeys(ranked))[:DEPTH]
