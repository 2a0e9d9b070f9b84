"""A roadmap as a tracker's CSV: one initiative a row with its findings and where they stand; no cell is active."""

from __future__ import annotations

import csv
import io

from advisor.inventory.export import inert
from advisor.roadmap.document import Initiative, Roadmap
from advisor.roadmap.reference import described, numbered

_PLACES = 8  # cells named in a row
_COLUMNS = (
    "id", "title", "dimension", "site", "kind", "what", "start", "end", "horizon", "owner", "effort_person_weeks_low",
    "effort_person_weeks_high", "cost_low", "cost_high", "cost_unit", "power_kw", "depends_on", "kpi", "baseline",
    "target", "unit", "due", "outside_because", "why", "evidence", "findings", "label",
)  # fmt: skip


def write(roadmap: Roadmap) -> str:
    """One initiative a row; cells that a spreadsheet would run come out as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([inert(cell) for cell in _row(one, roadmap)] for one in roadmap.initiatives)
    return out.getvalue()


def _row(one: Initiative, roadmap: Roadmap) -> list[object]:
    slot = next((slot for slot in roadmap.schedule.slots if slot.initiative == one.id), None)
    left = next((out for out in roadmap.schedule.outside if out.initiative == one.id), None)
    cost = one.cost
    return [
        one.id, one.title, one.dimension, one.site or "", one.kind, one.what.text, slot.start if slot else "",
        slot.end if slot else "", slot.horizon if slot else "", one.owner_role, one.effort.low, one.effort.high,
        cost.low if cost else "", cost.high if cost else "", cost.unit if cost else "", one.power_kw,
        " ".join(one.depends_on), one.kpi.name, _or_empty(one.kpi.baseline), _or_empty(one.kpi.target), one.kpi.unit,
        one.kpi.due or "", left.reason.text if left else "", *_founded(one, roadmap), " ".join(one.why),
        one.label.value,
    ]  # fmt: skip


def _founded(one: Initiative, roadmap: Roadmap) -> tuple[str, str]:
    """Its findings in words, and the cells and spans below them."""
    items = {item.id: item for item in roadmap.evidence}
    number = numbered(roadmap)
    queue, places = list(one.why), dict[str, None]()
    seen = set(queue)
    while queue:
        item = items.get(queue.pop(0))
        if item is None:
            continue
        if item.kind in ("fact", "passage"):
            places[f"[{number[item.id]}] {described(item, number)[0]}"] = None
        new = [part for part in item.locator.inputs or () if part not in seen]
        seen.update(new)
        queue += new
    why = "; ".join(f"[{number[name]}] {items[name].text}" for name in one.why if name in items)
    return why, "; ".join(list(places)[:_PLACES])


def _or_empty(value: float | None) -> float | str:
    return "" if value is None else value
