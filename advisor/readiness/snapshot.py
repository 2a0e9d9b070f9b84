"""Assessments kept as JSON files, and what changed between two."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from advisor.errors import QuestionError
from advisor.readiness.assessment import WHOLE, Assessment, Range
from advisor.readiness.rubric import DIMENSIONS
from index.document import Label

FOLDER = "assessments"


def as_wire(result: Assessment, clearance: Label = Label.RESTRICTED) -> dict[str, Any]:
    """Scores and verdicts as JSON: what is shown, kept and compared. `clearance`: of whom it was made for."""
    return {
        "clearance": clearance.value,
        "scores": {site or "all": _scores(found) for site, found in result.scores().items()},
        "workloads": [
            {
                "workload": v.workload.name,
                "site": v.site,
                "priority": v.workload.priority,
                "status": v.status,
                "constraints": [
                    {
                        "check": g.check.name,
                        "dimension": g.check.dimension,
                        "blocks": g.check.blocks,
                        "need": g.need,
                        "have": g.have,
                        "unit": g.check.unit,
                        "score": g.score,
                        "confidence": g.confidence,
                        "text": g.text,
                        "change": g.change,
                        "label": g.label.value,
                    }
                    for g in v.constraints
                ],
                "cannot_determine": [g.check.name for g in v.unknown],
            }
            for v in result.verdicts
        ],
    }


def _scores(found: Mapping[str, Range]) -> dict[str, dict[str, float] | None]:
    names = (*DIMENSIONS, WHOLE)
    return {n: {"low": found[n].low, "high": found[n].high} if n in found else None for n in names}


def save(home: Path, name: str, wire: Mapping[str, Any]) -> Path:
    """Keep an assessment under a name; written aside, then renamed over."""
    if not name or any(one in name for one in "/\\\0") or name.startswith("."):
        raise QuestionError(f"{name!r} is no name for a snapshot.")
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    aside = folder / f".{name}.{os.getpid()}.part"
    with aside.open("w", encoding="utf-8") as file:
        json.dump(wire, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    return path


def names(home: Path, clearance: Label = Label.RESTRICTED) -> tuple[str, ...]:
    """Kept assessments made for nobody with more clearance; one that does not say for whom counts as restricted."""
    found = []
    for path in sorted((home / FOLDER).glob("*.json")):
        try:
            made_for = Label(json.loads(path.read_text(encoding="utf-8")).get("clearance", Label.RESTRICTED.value))
        except (OSError, ValueError, AttributeError):
            continue
        if made_for.rank <= clearance.rank:
            found.append(path.stem)
    return tuple(found)


def read(home: Path, name: str, clearance: Label = Label.RESTRICTED) -> dict[str, Any]:
    """A kept assessment. Raises QuestionError naming those there are."""
    kept = names(home, clearance)
    if name not in kept:
        raise QuestionError(f"There is no snapshot {name!r}; kept: {', '.join(kept) or 'none'}.")
    found: dict[str, Any] = json.loads((home / FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is otherwise, one line each: workloads come and gone, verdicts and binding constraints, whole scores."""
    old = {(one["workload"], one["site"]): one for one in before["workloads"]}
    new = {(one["workload"], one["site"]): one for one in after["workloads"]}
    lines = [f"{name} at {site}: no longer assessed" for name, site in old if (name, site) not in new]
    lines += [f"{name} at {site}: new, {one['status']}" for (name, site), one in new.items() if (name, site) not in old]
    for key in (one for one in new if one in old):
        was, now = _verdict(old[key]), _verdict(new[key])
        if was != now:
            lines.append(f"{key[0]} at {key[1]}: {was} → {now}")
    for site, scores in after["scores"].items():
        was, now = _whole(before["scores"].get(site)), _whole(scores)
        if was != now:
            lines.append(f"score of {site}: {was} → {now}")
    return lines


def _verdict(one: Mapping[str, Any]) -> str:
    first = next((gap["text"] for gap in one["constraints"] if gap["blocks"]), "")
    return f"{one['status']} ({first.rstrip('.')})" if first else str(one["status"])


def _whole(scores: Mapping[str, Any] | None) -> str:
    found = (scores or {}).get("whole")
    return "not asked" if not found else f"{100 * found['low']:.0f}-{100 * found['high']:.0f} %"
