"""Infra Advisor: evidence first, prose second, proof last. The public surface of the distribution.

A name is loaded when it is first used: a process that only reads feeds needs no engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.answer import SCHEMA_VERSION, Answer, Claim, Evidence, EvidenceLocator, Verdict
    from advisor.engine import Advisor
    from advisor.errors import AdvisorError
    from advisor.settings import Settings
    from index.document import Label
    from index.errors import LibraryError

__all__ = [
    "SCHEMA_VERSION",
    "Advisor",
    "AdvisorError",
    "Answer",
    "Claim",
    "Evidence",
    "EvidenceLocator",
    "Label",
    "LibraryError",
    "Settings",
    "Verdict",
]

_ELSEWHERE = {
    "Advisor": "advisor.engine",
    "AdvisorError": "advisor.errors",
    "Label": "index.document",
    "LibraryError": "index.errors",
    "Settings": "advisor.settings",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_ELSEWHERE.get(name, "advisor.answer")), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
