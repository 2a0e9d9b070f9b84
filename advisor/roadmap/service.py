"""A roadmap of the workspace: what the command line and the API both call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from advisor.engine import Advisor
from advisor.errors import InventoryError
from advisor.inventory.inventory import Inventory
from advisor.roadmap.build import Progress, build
from advisor.roadmap.document import Options, Roadmap
from advisor.roadmap.rewriting import rewriter
from advisor.settings import Settings
from advisor.writing.models import Model, configured
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
        retriever=retriever, models=advisor.models,
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
    models: Sequence[Model] | None = None,
) -> Roadmap:
    """Draft it, without guidance where the library has no documents; a language model words it where `llm` names one.

    Raises InventoryError without feeds.
    """
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
    usable = configured(settings)[0] if models is None else models
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
            rewrite=rewriter(usable, settings, options.tone) if usable else None,
        )
    finally:
        inventory.close()
