"""The cells that an estate rests on: read once a measure for all sites, kept as long as the inventory is open."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from advisor.evidence import Fact
from advisor.inventory.inventory import Inventory
from advisor.measures import proof
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import Group
from advisor.measures.reading import Reading
from advisor.readiness import breakeven
from advisor.readiness.breakeven import Economics
from index.document import Label

WORKLOAD_UNITS = {"parameters_billion": "billion", "gpus_required": "GPU"}
_FIELDS = ("parameters_billion", "gpus_required", "placement", "data_sensitivity", "burstiness", "concurrency")


class Cells:
    """Facts by what they are about. Thread-safe."""

    def __init__(self, inventory: Inventory, catalogue: Catalogue) -> None:
        self._inventory, self._catalogue = inventory, catalogue
        self._lock = threading.Lock()
        self._measured: dict[tuple[str, str], tuple[Fact, ...]] = {}
        self._workloads: dict[str, dict[str, Fact]] | None = None
        self._kinds: dict[str, Fact] | None = None
        self._economics: Economics | None = None

    def measured(self, measure: str, site: str, groups: Mapping[tuple[str, str], Group]) -> tuple[Fact, ...]:
        """The first cells of a measure at a site; of the organisation when `site` is empty. `groups`: what values were
        computed from."""
        with self._lock:
            if (measure, site) not in self._measured:
                same = [key for key in groups if key[0] == measure and bool(key[1]) == bool(site)]
                reading = Reading(measure=self._catalogue[measure], group=("site",) if site else ())
                found = proof.Gathered()
                several = [groups[key] for key in same]
                ids = proof.facts(reading, several, None, self._inventory, self._catalogue, found)
                for key, mine in zip(same, ids, strict=True):
                    self._measured[key] = tuple(found.facts[one] for one in mine)
            return self._measured.get((measure, site), ())

    def workload(self, name: str, field: str) -> Fact | None:
        """The cell of a field of a workload."""
        with self._lock:
            if self._workloads is None:
                self._workloads = self._of_workloads()
            return self._workloads.get(name, {}).get(field)

    def kind(self, site: str) -> Fact | None:
        """The cell that says what kind of site it is."""
        with self._lock:
            if self._kinds is None:
                self._kinds = self._of_sites()
            return self._kinds.get(site)

    def economics(self) -> Economics:
        """Prices, break-evens and idle cost."""
        with self._lock:
            if self._economics is None:
                self._economics = breakeven.economics(self._inventory, self._catalogue)
            return self._economics

    def _of_sites(self) -> dict[str, Fact]:
        rows = self._inventory.query(
            f"SELECT site, kind, kind__obs FROM {self._inventory.schema}.site WHERE kind IS NOT NULL"
        )
        places = self._inventory.cells("site", [(int(row[2]), "kind") for row in rows])
        found = {}
        for site, kind, number in rows:
            if (place := places.get((int(number), "kind"))) is not None:
                found[str(site)] = Fact(
                    place.feed, place.row, place.column, f"kind of {site}", str(kind), "", proof.day(place.as_of),
                    place.label,
                )  # fmt: skip
        return found

    def _of_workloads(self) -> dict[str, dict[str, Fact]]:
        columns = ", ".join(f'"{name}", "{name}__obs"' for name in _FIELDS)
        rows = self._inventory.query(f"SELECT workload, {columns} FROM {self._inventory.schema}.workload")
        wanted = [
            (int(row[2 + 2 * at]), name)
            for row in rows
            for at, name in enumerate(_FIELDS)
            if row[2 + 2 * at] is not None
        ]
        places = self._inventory.cells("workload", wanted)
        found: dict[str, dict[str, Fact]] = {}
        for row in rows:
            for at, name in enumerate(_FIELDS):
                value, number = row[1 + 2 * at], row[2 + 2 * at]
                place = places.get((int(number), name)) if number is not None else None
                if place is None or value is None:
                    continue
                shown = value if isinstance(value, str) else float(value)
                found.setdefault(str(row[0]), {})[name] = Fact(
                    place.feed, place.row, place.column, f"{name} of {row[0]}", shown,
                    WORKLOAD_UNITS.get(name, ""), proof.day(place.as_of), place.label,
                )  # fmt: skip
        return found


def supposed(measure: str, site: str, title: str, value: float, unit: str) -> Fact:
    """A value that a what-if set: a fact of the request."""
    return Fact("what-if", 1, measure, f"{title} at {site}", value, unit, None, Label.PUBLIC)
