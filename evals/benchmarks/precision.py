"""What the encoder of 8 bits costs in retrieval: sets over libraries that it embeds, and that the exact one embeds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from advisor import Settings
from evals import bootstrap
from evals.registry import EvalSet
from evals.row import Row
from index import eight_bits, library
from index.embedding import fingerprint


def run(settings: Settings, sets: Sequence[EvalSet], work: Path, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for each set and measure of retrieval; differences over the same questions. 8 bits minus f32."""
    library.encoder(work / "rounded", settings.embedding_model)
    shutil.copytree(work / "rounded" / "encoder", work / "exact" / "encoder")
    eight_bits.remove(library.encoder_folder(work / "exact", fingerprint(settings.embedding_model)))
    found = []
    for one in sets:
        exact, rounded = (_rows(settings, one, work / kind, say) for kind in ("exact", "rounded"))
        of_exact, of_rounded = (bootstrap.estimates(rows, one.compared) for rows in (exact, rounded))
        for name, change in bootstrap.differences(rounded, exact, one.compared).items():
            found.append(
                {
                    "set": one.name,
                    "measure": name,
                    "questions": of_exact[name].questions,
                    "f32": of_exact[name].value,
                    "eight_bits": of_rounded[name].value,
                    "difference": change.value,
                    "low": change.low,
                    "high": change.high,
                }
            )
    return found


def _rows(settings: Settings, one: EvalSet, kind: Path, say: Callable[[str], None]) -> list[Row]:
    work = kind / one.name
    shutil.copytree(kind / "encoder", work / "encoder")
    with closing(one.open(settings, work, say)) as opened:
        return [opened.measure(item) for item in one.items()]
