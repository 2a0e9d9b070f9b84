"""Thumbs up and down, kept in HOME/feedback.jsonl, a line each: material for evaluation sets. Never sent anywhere."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

from advisor import Answer
from index.document import Label

FILE = "feedback.jsonl"
_lock = threading.Lock()


def keep(home: Path, answer: Answer, liked: bool) -> None:
    """One line more. The file is readable by its owner only: answers may quote restricted documents.

    `label` is that of the most sensitive evidence: whoever shows the line to others must look at it first.
    """
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "liked": liked,
        "label": max((one.label for one in answer.evidence), key=lambda label: label.rank, default=Label.PUBLIC),
        "question": answer.question,
        "answer": answer.answer,
        "evidence": [one.id for one in answer.evidence],
        "confidence": answer.confidence,
        "writer": answer.writer,
        "generation": answer.generation,
    }
    with _lock:
        handle = os.open(home / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
