"""A question about the organisation's own estate → figures, the cells that prove them, and the reading taken.

`answer_question` is all that the engine calls. None means that the question is not about the estate.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from advisor.errors import QuestionError
from advisor.evidence import Fact, Figure, Finding
from advisor.inventory.inventory import Inventory
from advisor.measures import about, wording
from advisor.measures import catalogue as catalogues
from advisor.measures.answering import answer
from advisor.measures.catalogue import Measure
from advisor.measures.following import LEANING, follow
from advisor.measures.lexicon import Lexicon, build, nameless, phrase
from advisor.measures.parsing import parse
from advisor.measures.reading import Parse, Reading
from advisor.measures.results import Said, Table

HISTORY = 6  # earlier questions that a follow-up may lean on
UNREAD = 3  # words unread of a question that is still about the estate; "a time to come" is one more

_TOPICS = (  # words of a readiness question → measures that bear on it
    (
        ("storage", "read", "write", "checkpoint", "nas", "filer", "dataset"),
        ("storage_read_gbytes_per_s", "storage_write_gbytes_per_s", "storage_read_per_gpu", "storage_free_tb"),
    ),
    (
        ("fabric", "network", "interconnect", "ethernet", "infiniband", "rdma", "bandwidth"),
        ("fabric_gbits_per_s_per_gpu", "fabric_oversubscription", "fabric_busbw_gbytes_per_s"),
    ),
    (("power", "cooling", "rack", "pue", "energy"), ("power_headroom_kw", "rack_power_limit_kw", "pue")),
    (("skill", "people", "team", "staff"), ("skill_gap_count", "skill_gap_people")),
    (
        (
            "gpu",
            "gpus",
            "compute",
            "h100",
            "a100",
            "h200",
            "l40s",
            "cluster",
            "train",
            "training",
            "fine-tune",
            "inference",
            "serve",
            "model",
        ),
        ("gpu_count", "idle_gpu_count", "gpu_memory_gb", "gpu_utilisation"),
    ),
)


@dataclass(frozen=True, slots=True)
class InventoryAnswer:
    """What the inventory says to a question. `status` "mixed" asks for guidance beside the facts."""

    status: Literal["answered", "mixed", "clarify", "unanswerable"]
    reading: str  # how the question was understood
    sentences: tuple[Said, ...] = ()
    figures: tuple[Figure, ...] = ()
    facts: tuple[Fact, ...] = ()
    table: Table | None = None
    measures: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    ambiguous: bool = False
    alternatives: tuple[str, ...] = ()  # other readings, as titles of measures
    clarify: str | None = None
    missing: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()  # of the readiness assessment
    theirs: bool = True  # the words leave no doubt that the asker's own estate is meant

    @property
    def abstained(self) -> bool:
        return self.status in ("clarify", "unanswerable")


_lexicons: dict[int, tuple[Inventory, Lexicon]] = {}
_lock = threading.Lock()


def lexicon_of(inventory: Inventory) -> Lexicon:
    """The inventory's lexicon, built once."""
    with _lock:
        kept = _lexicons.get(id(inventory))
        if kept is None or kept[0] is not inventory:
            if len(_lexicons) >= 8:
                _lexicons.pop(next(iter(_lexicons)))
            kept = (inventory, build(inventory, catalogues.load()))
            _lexicons[id(inventory)] = kept
    return kept[1]


def answer_question(text: str, inventory: Inventory, history: Sequence[str] = ()) -> InventoryAnswer | None:
    """The inventory's answer, or None when the question is not about the organisation's own estate."""
    lexicon = lexicon_of(inventory)
    read = _read(text, lexicon, history[-HISTORY:])
    if read is None:
        return None
    if read.readiness and read.own:
        return _mixed(text, read, inventory, lexicon)
    if read.guidance or not read.own:
        return None
    if not read.readings:
        said = _ask(text, read)
    elif read.leftover:
        future = read.fragment is not None and read.fragment.periods.future
        said = _refuse(read, lexicon) if len(read.leftover) <= UNREAD + future else None
    else:
        said = _answer(read, inventory, lexicon)
    return said and replace(said, theirs=bool(history) or about.unmistakable(text, read.fragment))


NEEDS_INVENTORY = (
    "Figures of your own estate (sites, GPUs, fabric, storage): import them with `advisor inventory import PATH…`."
)
_NO_INVENTORY = "I don't know: this asks for figures of your own estate, and no inventory of it has been imported."
_PLACED = re.compile(r"\b(?:in|at) [A-Z]")


def answer_without_inventory(text: str) -> InventoryAnswer | None:
    """That there are no figures, to a question that only an inventory answers; None to any other.

    Without the names of an estate, words of the question that look like names are taken for them.
    """
    read = parse(text, _nameless())
    if not read.own or read.guidance or read.readiness or not read.readings:
        return None
    named = all(word[0].isupper() or word[0].isdigit() for word in read.leftover)
    meant = not read.leftover or (named and (about.unmistakable(text, read.fragment) or bool(_PLACED.search(text))))
    if not meant or len(read.leftover) > UNREAD:
        return None
    reading = wording.reading(read.readings[0], None)
    return InventoryAnswer("unanswerable", reading, clarify=_NO_INVENTORY, missing=(NEEDS_INVENTORY,))


@cache
def _nameless() -> Lexicon:
    return nameless(catalogues.load())


def _read(text: str, lexicon: Lexicon, history: Sequence[str]) -> Parse | None:
    now = parse(text, lexicon)
    whole = bool(now.readings) and not now.leftover and now.own
    leaning = bool(LEANING.match(text.strip()))
    if history and (leaning or not whole) and not now.guidance and not now.readiness:
        before = _read(history[-1], lexicon, history[:-1])
        about = before is not None and before.own and not before.guidance
        if before and about and before.readings and not before.leftover and (leaning or len(text.split()) <= 7):
            followed = follow(before.readings[0], now, text, lexicon)
            if followed.readings and not (whole and followed.leftover):
                return followed
    return now


def _answer(read: Parse, inventory: Inventory, lexicon: Lexicon) -> InventoryAnswer:
    taken, *others = read.readings
    related = [lexicon.catalogue[name] for name in taken.measure.related]
    alternatives = tuple(dict.fromkeys(one.title for one in (*(other.measure for other in others), *related)))
    try:
        result = answer(taken, inventory, lexicon.catalogue)
    except QuestionError as error:
        return InventoryAnswer(
            "unanswerable", wording.reading(taken, None), missing=(str(error),), alternatives=alternatives
        )
    base = InventoryAnswer(
        "answered" if result.figures else "unanswerable",
        result.reading,
        result.sentences,
        result.figures,
        result.facts,
        result.table,
        (taken.measure.name,),
        (f"{taken.measure.title}: {taken.measure.definition}",),
        bool(others),
        alternatives,
        missing=result.missing,
    )
    for taken_as, other, values in taken.doubles:
        kept = {key: one for key, one in taken.filters.items() if key != taken_as}
        told = _values(replace(taken, filters={**kept, other: values}, doubles=()), inventory, lexicon)
        if told is not None and told != [(one.value, one.unit) for one in result.figures]:
            named = f"{wording.words(other)} {' or '.join(values)}"
            question = f"Read as {wording.filters(taken)}. It may also mean {named}: say which."
            return replace(base, ambiguous=True, alternatives=(*alternatives, named), clarify=question)
    if others:
        listed = "; ".join(alternatives)
        return replace(base, clarify=f"Read as {taken.measure.title}. It may also mean: {listed}.")
    for one in related if taken.vague and result.figures else ():
        told = _values(replace(taken, measure=one, vague=False), inventory, lexicon)
        if told and told != [(figure.value, figure.unit) for figure in result.figures]:
            question = f"Read as {taken.measure.title}. It may also mean {one.title}, which differs: say which."
            return replace(base, ambiguous=True, clarify=question)
    return base


def _values(reading: Reading, inventory: Inventory, lexicon: Lexicon) -> list[tuple[float, str]] | None:
    try:
        return [(one.value, one.unit) for one in answer(reading, inventory, lexicon.catalogue).figures]
    except QuestionError:
        return None


def _mixed(text: str, read: Parse, inventory: Inventory, lexicon: Lexicon) -> InventoryAnswer | None:
    """Facts that bear on a readiness question, to stand beside the guidance."""
    words = set(text.lower().replace("?", " ").replace(",", " ").split())
    names = next((measures for topic, measures in _TOPICS if words & set(topic)), None)
    if names is None or read.fragment is None:
        return None
    found: list[InventoryAnswer] = []
    for measure in (lexicon.catalogue[name] for name in names):
        available = lexicon.catalogue.dimensions_of(measure)
        chosen = {
            m.dimension: m.values
            for m in read.fragment.matches
            if m.dimension in available and m.dimension in ("site", "cluster", "country", "model")
        }
        group = () if "site" in chosen or "site" not in available else ("site",)
        one = _answer(Parse(readings=(Reading(measure, chosen, group),), own=True), inventory, lexicon)
        if one.figures:
            found.append(one)
    if not found:
        return None
    return InventoryAnswer(
        "mixed",
        "; ".join(one.reading for one in found),
        tuple(s for one in found for s in one.sentences),
        tuple(f for one in found for f in one.figures),
        tuple({f.id: f for one in found for f in one.facts}.values()),
        None,
        tuple(name for one in found for name in one.measures),
        tuple(d for one in found for d in one.definitions),
        missing=tuple(m for one in found for m in one.missing),
    )


_TIME = ("ms", "day")  # units of what "how long" may ask for
_HOW_LONG = re.compile(r"\bhow (?:long|soon)\b", re.IGNORECASE)


def _ask(text: str, read: Parse) -> InventoryAnswer | None:
    """A question about the estate in which no measure was recognised: offer the nearest, else None."""
    if _HOW_LONG.search(text) and not any(one.unit in _TIME for one in read.near):
        return None
    if not read.near and read.fragment is not None and read.fragment.count and len(read.leftover) <= 3:
        unknown = ", ".join(f"“{word}”" for word in read.leftover)
        return InventoryAnswer(
            "unanswerable", "no measure", missing=(f"The inventory knows nothing called {unknown}.",)
        )
    if not read.near or len(read.leftover) > 5:
        return None
    titles = tuple(one.title for one in read.near)
    question = f"Which of these do you mean: {'; '.join(titles)}?"
    return InventoryAnswer("clarify", "no one measure", clarify=question, alternatives=titles, ambiguous=True)


def _refuse(read: Parse, lexicon: Lexicon) -> InventoryAnswer:
    """Words that the inventory does not know are named, never passed over."""
    taken = read.readings[0]
    unknown = ", ".join(f"“{word}”" for word in read.leftover)
    if meant := _parts_of_names(read.leftover, taken.measure, lexicon):
        question = f"No name is just {unknown}. Do you mean {' or '.join(meant)}?"
        return InventoryAnswer(
            "clarify", wording.reading(taken, None), clarify=question, alternatives=meant, ambiguous=True
        )
    known = _known_names(taken.measure, lexicon)
    said = f"The inventory cannot tell what {unknown} means for {taken.measure.title}.{known}"
    return InventoryAnswer(
        "unanswerable", wording.reading(taken, None), missing=(said,), measures=(taken.measure.name,)
    )


def _parts_of_names(words: Sequence[str], measure: Measure, lexicon: Lexicon) -> tuple[str, ...]:
    """Names that hold all the unread words: "spend in Frankfurt" may mean the region "EU (Frankfurt)"."""
    unread = set(phrase(" ".join(words)))
    return tuple(
        f"{wording.words(dim)} {value}"
        for dim in lexicon.catalogue.dimensions_of(measure)
        for value in lexicon.by_dimension.get(dim, [])
        if unread and all(len(word) > 3 for word in unread) and unread <= set(phrase(value))
    )[:4]


def _known_names(measure: Measure, lexicon: Lexicon) -> str:
    available = lexicon.catalogue.dimensions_of(measure)
    parts = []
    for dim in ("site", "model", "provider", "team"):
        names = lexicon.by_dimension.get(dim, [])
        if dim in available and names:
            shown = sorted(names)[:8]
            parts.append(f" Known {wording.plural(dim)}: {', '.join(shown)}{' …' if len(names) > len(shown) else ''}.")
    return "".join(parts[:2])
