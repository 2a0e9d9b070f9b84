"""Infra Advisor: evidence first, prose second, proof last. The public surface of the distribution."""

from __future__ import annotations

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
