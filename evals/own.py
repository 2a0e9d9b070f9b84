"""The workspace's own set: questions drafted over its documents and estate, reviewed by a person, then measured.

HOME/evals/own.jsonl            drafts (`reviewed` false) and accepted questions
HOME/evals/own-rejected.jsonl   drafts that were turned down, so that they are not drafted again
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from advisor.errors import SchemaError
from advisor.inventory.inventory import Inventory
from advisor.settings import Settings
from evals import case as cases_of
from evals import drafting, estate_drafting, rewording
from evals.case import Case
from evals.documents import COMPARED, measures_of, over, reviewed
from evals.registry import EvalSet, Item, Opened, Say
from index import generation
from index.document import Label
from index.errors import LibraryNotFound

NAME = "own"
_ROOT = ""  # golds name documents as the library does
_lock = threading.Lock()


def questions_file(home: Path) -> Path:
    return home / "evals" / "own.jsonl"


def rejected_file(home: Path) -> Path:
    return home / "evals" / "own-rejected.jsonl"


def load(home: Path) -> list[Case]:
    return _load(questions_file(home))


def drafts(home: Path, clearance: Label) -> list[Case]:
    """Those that wait for review and that a reader of this clearance may see; without a label they are restricted."""
    return [one for one in load(home) if not one.reviewed and (one.label or Label.RESTRICTED).rank <= clearance.rank]


def draft(settings: Settings, count: int, thumbs: Path) -> tuple[int, str]:
    """(how many drafts are new, how they were worded): documents and estate in equal parts, and every thumb of a file.

    Raises SchemaError when the workspace has neither documents nor feeds.
    """
    home = settings.home
    drafted, liked = drawn(home, _ROOT, count, thumbs)
    if not drafted:
        raise SchemaError("There is nothing to draft questions from: add documents or feeds first.")
    with _lock:
        before = [*load(home), *_load(rejected_file(home))]
    questions, abouts = {one.question for one in before}, {_about(one) for one in before}
    fresh = [one for one in drafted if one.question not in questions and _about(one) not in abouts]
    worded, said = rewording.varied(fresh, settings)
    worded += [one for one in liked if one.question not in questions]
    with _lock:
        kept = load(home)
        _write(questions_file(home), [*kept, *_renumbered(worded, [*kept, *_load(rejected_file(home))])])
    return len(worded), said


def drawn(home: Path, root: str, count: int, thumbs: Path) -> tuple[list[Case], list[Case]]:
    """(from documents and estate of a workspace, from thumbs), worded by fixed patterns."""
    try:
        inventory = Inventory.open(home)
        estate = estate_drafting.draft(inventory, count // 2) if inventory is not None else []
        documents = drafting.draft(home, root, count - len(estate))
        return [*documents, *estate], drafting.from_thumbs(home, root, thumbs) if thumbs.is_file() else []
    except LibraryNotFound:
        return [], []


def _about(one: Case) -> tuple[object, ...]:
    """What a draft asks, however it is worded."""
    return one.kind, one.source, tuple(gold.quote for gold in one.gold)


def accept(home: Path, identity: str, question: str, key_facts: Sequence[str], answerable: bool) -> Case:
    """The draft as it was edited, from now on part of the set. Raises SchemaError for an empty or taken question."""
    asked = " ".join(question.split())
    if not asked:
        raise SchemaError("The question is empty.")
    with _lock:
        kept = load(home)
        one = _waiting(kept, identity)
        if any(other.question == asked and other.reviewed for other in kept):
            raise SchemaError("The set has this question already.")
        facts = tuple(part for fact in key_facts if (part := " ".join(fact.split())))
        mended = {"question": asked, "key_facts": facts, "answerable": answerable, "reviewed": True}
        if not answerable:
            mended |= {"gold": (), "key_facts": (), "starts": "", "names": (), "numbers": ()}
        elif not (one.gold or facts or one.estate):
            raise SchemaError("Say what a right answer holds: a key fact a line, or mark the question unanswerable.")
        done = one.model_copy(update=mended)
        _write(questions_file(home), [done if other.id == identity else other for other in kept])
    return done


def reject(home: Path, identity: str) -> None:
    """The draft is gone, and not drafted again."""
    with _lock:
        kept = load(home)
        one = _waiting(kept, identity)
        _write(rejected_file(home), [*_load(rejected_file(home)), one])
        _write(questions_file(home), [other for other in kept if other.id != identity])


def has_questions(home: Path) -> bool:
    return any(one.reviewed for one in load(home))


def make(settings: Settings) -> EvalSet:
    """The accepted questions, over the workspace as it is."""
    path = questions_file(settings.home)

    def opened(given: Settings, work: Path, say: Say) -> Opened:
        return over(given, reviewed(path), _ROOT)

    return EvalSet(
        name=NAME,
        about="questions of your own over this workspace",
        measures=measures_of(reviewed(path)),
        items=lambda: [Item(one.id, one.model_dump_json()) for one in reviewed(path)],
        state=lambda: repr(generation.open_current(settings.home)[1]),
        open=opened,
        compared=COMPARED if any(one.gold for one in reviewed(path)) else (),
    )


def _waiting(kept: Sequence[Case], identity: str) -> Case:
    found = next((one for one in kept if one.id == identity and not one.reviewed), None)
    if found is None:
        raise SchemaError("That draft is no longer there: someone else has read it.")
    return found


def _renumbered(new: Sequence[Case], before: Sequence[Case]) -> list[Case]:
    """With identities that no question has had."""
    last = max((int(one.id.rpartition("-")[2]) for one in before if one.id.rpartition("-")[2].isdigit()), default=0)
    return [one.model_copy(update={"id": f"{one.id.partition('-')[0]}-{last + i:03}"}) for i, one in enumerate(new, 1)]


def _load(path: Path) -> list[Case]:
    return cases_of.load(path) if path.is_file() else []


def _write(path: Path, cases: Sequence[Case]) -> None:
    """All or nothing, for the owner's eyes only: drafts quote documents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".own-")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(drafting.as_jsonl(cases))
        out.flush()
        os.fsync(out.fileno())
    os.replace(aside, path)
