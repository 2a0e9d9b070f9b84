"""The sets there are: each package of evals/ that has a `suite.py` gives some, and each file of one's own is one."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import evals
from advisor.errors import SchemaError
from advisor.settings import Settings
from evals.row import Measure, Row
from index.embedding import Vectors

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Item:
    """A question before it is measured; `content` holds all that its row depends on, as text."""

    id: str
    content: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What other retrieval systems need to run on the same documents, and how their rankings become rows."""

    texts: Mapping[str, str]  # document → text
    questions: Mapping[str, str]
    score: Callable[[str, Sequence[tuple[str, int, int]]], Row]  # question id, ranked (document, start, end)
    retrieved: int  # pieces each system is asked for
    encoder: str  # fingerprint of the advisor's own encoder
    embed: Callable[[Sequence[str]], Vectors]
    characters: Callable[[Sequence[Row]], float] | None = None  # read by five of our passages; None: no budget


@dataclass(frozen=True, slots=True)
class Opened:
    """`close` lets go of what the set holds: servers, endpoints."""

    measure: Callable[[Item], Row]
    comparison: Comparison | None = None
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class EvalSet:
    """`items` and `state` are quick. `open` does the slow part: index, import."""

    name: str
    about: str
    measures: tuple[Measure, ...]
    items: Callable[[], Sequence[Item]]
    state: Callable[[], str]  # digest of the data besides the questions: documents, feeds
    open: Callable[[Settings, Path, Say], Opened]  # settings, a folder to work in, say
    compared: tuple[str, ...] = ()  # measures that other retrieval systems have too
    parallel: bool = True  # whether questions may be measured at the same time


def shipped() -> dict[str, EvalSet]:
    """Name → set, of every `evals/*/suite.py`; it has SETS, a sequence of EvalSet."""
    found: dict[str, EvalSet] = {}
    for package in pkgutil.iter_modules(evals.__path__):
        name = f"evals.{package.name}.suite"
        if package.ispkg and importlib.util.find_spec(name):
            found |= {one.name: one for one in importlib.import_module(name).SETS}
    return found


def chosen(names: Sequence[str]) -> list[EvalSet]:
    """The sets of these names, all of them when none is given. Raises SchemaError naming those there are."""
    known = shipped()
    if lost := [name for name in names if name not in known]:
        raise SchemaError(f"There is no set {', '.join(lost)}. There are: {', '.join(sorted(known))}.")
    return [known[name] for name in names] or list(known.values())
