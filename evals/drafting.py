"""Candidate questions from one's own documents and thumbs, by fixed patterns; each waits for a person's review."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from advisor.errors import SchemaError
from evals.case import Case, Gold
from evals.documents import relative
from index import library, vocabulary
from index.document import Document, Kind, Label, Sentence
from index.records import Stored

_DEFINES = re.compile(
    r"^(?:(?:An?|The) )?([A-Za-z][\w/-]*(?: [\w/-]+){0,4})(?: \(([A-Z][\w-]{1,9})\))? (?:is|are) (?:an?|the) "
)
_QUANTITY = re.compile(
    r"(?<![\w.])\d[\d,.]*\s?(?:%|[KMGTP]i?[Bb](?:/s)?|k?W|[kM]?Wh|GHz|ms|s|hours?|days?|years?|EUR|USD)(?!\w)"
)
_PLACES = ("Iceland", "Paraguay", "Mongolia", "Malta")  # a place that no document names has no price in them
_NO_TERM = {"it", "this", "that", "there", "these", "those", "they", "which", "what", "he", "she", "we", "one", "each"}
Found = Iterator[tuple[str, str, Sequence[tuple[Sentence, int]]]]  # question, kind, sentences with their nugget


def draft(home: Path, root: str, count: int) -> list[Case]:
    """At most `count` questions over the documents of the library in `home`, the same every time.

    Paths of golds are relative to `root`. A fifth is unanswerable. Each has `reviewed: false`, which a run leaves out.
    """
    records = library.stored(home)
    kinds: dict[str, list[Case]] = {}
    for one in records:
        for question, kind, sentences in _of_document(one):
            if any(sentence.end - sentence.start < 10 for sentence, _ in sentences):
                continue  # too short to be found again for sure
            golds = tuple(_gold(sentence, nugget, one.document, root) for sentence, nugget in sentences)
            case = _case(question, kind, True, golds)
            about = {"source": f"a sentence of {one.document.title}", "label": one.document.label}
            kinds.setdefault(kind, []).append(case.model_copy(update=about))
    answerable = taken(list(kinds.values()), count - count // 5)
    said = " ".join(one.document.text for one in records)
    unanswerable = taken([list(_unanswerable(kinds.get("definition", []), said))], count // 5)
    return numbered("d", [*answerable, *unanswerable])


def numbered(letter: str, cases: Sequence[Case]) -> list[Case]:
    return [case.model_copy(update={"id": f"{letter}-{i:03}"}) for i, case in enumerate(cases, 1)]


def from_thumbs(home: Path, root: str, thumbs: Path) -> list[Case]:
    """A candidate for each question that got a thumb: what a liked answer cited is its gold, the latest thumb counts.

    Raises SchemaError when a line is not one that the pages write.
    """
    documents = {one.document.id[:12]: one.document for one in library.stored(home)}
    cases: dict[str, Case] = {}
    for number, line in enumerate(thumbs.read_text(encoding="utf-8").splitlines(), 1):
        try:
            given = json.loads(line)
            question, liked, cited = str(given["question"]), bool(given["liked"]), list(given["evidence"])
            label = Label(given.get("label", Label.RESTRICTED))
        except (ValueError, KeyError, TypeError) as error:
            raise SchemaError(f"{thumbs}, line {number} is no thumb: {error}") from error
        golds = tuple(_cited(cited, documents, root)) if liked else ()
        case = _case(question, "liked" if liked else "disliked", True, golds)
        told = "what a liked answer cited" if liked else "a disliked answer: say what would be right"
        cases[question] = case.model_copy(update={"source": told, "label": label})
    return numbered("t", list(cases.values()))


def as_jsonl(cases: Sequence[Case]) -> str:
    return "".join(case.model_dump_json() + "\n" for case in cases)


def _of_document(one: Stored) -> Found:
    sentences = [sentence for chunk in one.chunks for sentence in chunk.sentences]
    for pattern in _PATTERNS:
        yield from pattern(sentences, one.document)


def _definitions(sentences: Sequence[Sentence], document: Document) -> Found:
    for sentence in sentences:
        match = _DEFINES.match(sentence.text)
        if match and match[1].split()[0].lower() not in _NO_TERM:
            yield f"What is meant by {match[2] or match[1]}?", "definition", [(sentence, 1)]


def _abbreviations(sentences: Sequence[Sentence], document: Document) -> Found:
    for short, long in vocabulary.learn([document.text]).items():
        here = next((one for one in sentences if f"({short})" in one.text), None)
        if here is not None and long:
            yield f"What does {short} stand for?", "abbreviation", [(here, 1)]


def _numbers(sentences: Sequence[Sentence], document: Document) -> Found:
    for sentence in sentences:
        found = list(_QUANTITY.finditer(sentence.text))
        if len(found) == 1 and sentence.kind is Kind.PARAGRAPH and 40 <= len(sentence.text) <= 240:
            blank = f"{sentence.text[: found[0].start()]}…{sentence.text[found[0].end() :]}"
            yield f"{document.title}: which figure belongs here, “{blank}”?", "number", [(sentence, 1)]


def _steps(sentences: Sequence[Sentence], document: Document) -> Found:
    by_heading: dict[tuple[str, ...], list[Sentence]] = {}
    for sentence in sentences:
        if sentence.kind is Kind.STEP:
            by_heading.setdefault(sentence.heading, []).append(sentence)
    for heading, steps in by_heading.items():
        if len(steps) >= 2:
            about = heading[-1] if heading else document.title
            golds = [(step, nugget) for nugget, step in enumerate(steps[:5], 1)]
            yield f"{document.title}: which steps does “{about}” take?", "how-to", golds


_PATTERNS: tuple[Callable[[Sequence[Sentence], Document], Found], ...] = (
    _definitions,
    _abbreviations,
    _numbers,
    _steps,
)


def _unanswerable(definitions: Sequence[Case], said: str) -> Iterator[Case]:
    place = next((one for one in _PLACES if one not in said), None)
    for case in definitions:
        if place:
            about = case.question.removeprefix("What is meant by ").rstrip("?")
            made = _case(f"What does {about} cost in {place}?", "unanswerable", False, ())
            yield made.model_copy(
                update={"source": f"no document names {place}, let alone {about} there", "label": case.label}
            )


def _case(question: str, kind: str, answerable: bool, golds: tuple[Gold, ...]) -> Case:
    return Case(id="-", question=question, kind=kind, answerable=answerable, gold=golds, reviewed=False)


def _gold(sentence: Sentence, nugget: int, document: Document, root: str) -> Gold:
    quote = document.text[sentence.start : sentence.end]
    return Gold(path=relative(document.path, root), quote=quote, nuggets=(nugget,))


def _cited(ids: Sequence[str], documents: dict[str, Document], root: str) -> Iterator[Gold]:
    """Passages among the evidence that still stand in the library."""
    for nugget, identity in enumerate(ids, 1):
        key, _, span = identity.partition(":")
        start, _, end = span.partition("-")
        if key in documents and start.isdigit() and end.isdigit():
            document = documents[key]
            quote = document.text[int(start) : int(end)]
            if len(quote) >= 10:
                yield Gold(path=relative(document.path, root), quote=quote, nuggets=(nugget,))


def taken(groups: Sequence[Sequence[Case]], count: int) -> list[Case]:
    """As evenly as the groups allow, each shuffled the same way every time, no question twice."""
    shuffled = [list({case.question: case for case in group}.values()) for group in groups]
    for group in shuffled:
        random.Random(0).shuffle(group)
    taken: list[Case] = []
    while len(taken) < count and any(shuffled):
        taken += [group.pop() for group in shuffled if group]
    return taken[:count]
