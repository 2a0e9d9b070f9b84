"""What there is to answer with, and why: library, encoder, inventory, language model."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.engine import workspace_ready
from advisor.errors import SettingsError
from advisor.inventory.importing import FOLDER
from advisor.settings import Settings
from advisor.verifying import entailment
from advisor.writing.models import configured
from index import generation
from index.errors import LibraryError


@dataclass(frozen=True, slots=True)
class Check:
    part: str
    ok: bool
    said: str


def checks(settings: Settings) -> list[Check]:
    """Library, encoder, inventory and language model."""
    found = []
    try:
        folder, manifest = generation.open_library(settings.home)
        said = f"generation {folder.name}, {manifest.documents} documents, {manifest.chunks} chunks in {settings.home}"
        found.append(Check("library", True, said))
        problem = workspace_ready(settings.home)
        found.append(Check("encoder", problem is None, problem or f"{manifest.model}, exported, runs in this process"))
    except LibraryError as error:
        found.append(Check("library", False, str(error)))
    try:
        there = (generation.open_current(settings.home)[0] / FOLDER).is_dir()
    except LibraryError:
        there = False
    missing = "none: questions about the estate get guidance; import with `advisor inventory import PATH…`"
    found.append(Check("inventory", True, "imported" if there else missing))
    found.append(_nli(settings.nli_model))
    models, said_of = configured(settings)
    found.extend(Check("language model", True, one) for one in said_of)
    chosen = f"{models[0].writer}, then the extractive writer" if models else "the extractive writer"
    found.append(Check("answers by", True, chosen))
    return found


def _nli(name: str | None) -> Check:
    if name is None:
        return Check("NLI model", True, "none: the verifier goes by its rules; set `nli_model` for a second opinion")
    try:
        return Check("NLI model", True, f"{entailment.load(name).name}, asked by the verifier, runs in this process")
    except SettingsError as error:
        return Check("NLI model", False, str(error))
