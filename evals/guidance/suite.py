"""The guidance set over the shipped corpus."""

from __future__ import annotations

from pathlib import Path

import evals
from advisor.settings import corpus_path
from evals.documents import make

_SETS, _NOTES = Path(evals.__file__).parent / "sets", corpus_path() / "guidance"
QUESTIONS, CALIBRATION = _SETS / "guidance.jsonl", _SETS / "calibration_guidance.jsonl"
SETS = (
    make("guidance", "questions about the shipped guidance", QUESTIONS, _NOTES),
    make(
        "calibration_guidance", "questions that the guidance answers, comes near or does not touch", CALIBRATION, _NOTES
    ),
)
