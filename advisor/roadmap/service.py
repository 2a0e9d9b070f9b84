"""A roadmap of the workspace: what the command line and the API both call."""

from __future__ import annotations

from pathlib import Path

from advisor.engine import Advisor
from advisor.errors import InventoryError
from advisor.inventory.inventory import Inventory
from advisor.roadmap.build import Progress, build
from advisor.roadmap.document import Options, Roadmap
from advisor.settings import Settings
from index import generation
from index.document import Label
from index.errors import LibraryNotFound
from index.retriever import Retriever


def drafted(
    advisor: Advisor,
    options: Options,
    *,
    clearance: Label | None = None,
    organisation: str = "the organisation",
    former: Roadmap | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Roadmap:
    """The same of a running advisor, whose encoder is warm."""
    try:
        retriever = advisor.retriever
    except LibraryNotFound:
        retriever = None
    return draft(
        advisor.settings, options, clearance=clearance, organisation=organisation, former=former, progress=progress,
        retriever=retriever,
    )  # fmt: skip


def draft(
    settings: Settings,
    options: Options,
    *,
    clearance: Label | None = None,
    organisation: str = "the organisation",
    rubric_path: Path | None = None,
    former: Roadmap | None = None,
    progress: Progress = lambda stage, done, total: None,
    retriever: Retriever | None = None,
) -> Roadmap:
    """Draft it, without guidance where the library has no documents. Raises InventoryError without feeds."""
    allowed = settings.clearance
    seen = clearance if clearance is not None and clearance.rank < allowed.rank else allowed
    inventory = Inventory.open(settings.home, seen)
    if inventory is None:
        raise InventoryError("No inventory has been imported: run `advisor inventory import PATH…`.")
    if retriever is None:
        try:
            retriever = Retriever(settings.home, settings.embedding_model)
        except LibraryNotFound:
            retriever = None
    try:
        return build(
            inventory,
            retriever,
            options,
            organisation=organisation,
            rubric_path=rubric_path,
            generation=generation.current_name(settings.home),
            progress=progress,
            former=former,
        )
    finally:
        inventory.close()
