"""A sizing as JSON: the same for the API and `advisor size --json`."""

from __future__ import annotations

from typing import Any

from advisor.sizing.answer import SizingAnswer


def as_wire(answer: SizingAnswer) -> dict[str, Any]:
    """Figures in order, each with value, range, drivers and the evidence it stands on."""
    return {
        "request": answer.request.model_dump(mode="json", exclude_none=True),
        "reading": answer.reading,
        "figures": [
            {
                "name": one.name,
                "value": one.figure.value,
                "low": one.low,
                "high": one.high,
                "unit": one.figure.unit,
                "definition": one.figure.definition,
                "sensitivity": [
                    {"input": d.name, "from": d.low, "to": d.high, "relative_change": d.change} for d in one.drivers
                ],
                **one.figure.cite().model_dump(mode="json"),
            }
            for one in answer.sized
        ],
        "facts": [one.cite().model_dump(mode="json") for one in answer.facts],
        "assumed": list(answer.assumed),
        "missing": list(answer.missing),
        "notes": list(answer.notes),
    }
