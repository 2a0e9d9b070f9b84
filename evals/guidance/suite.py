"""The guidance set over the shipped corpus."""

from __future__ import annotations

from pathlib import Path

import evals
from advisor.settings import corpus_path
from evals.documents import make

QUESTIONS = Path(evals.__file__).parent / "sets" / "guidance.jsonl"
SETS = (make("guidance", "questions about the shipped guidance", QUESTIONS, corpus_path() / "guidance"),)
