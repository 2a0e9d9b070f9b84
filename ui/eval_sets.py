"""The shipped sets as the pages and the command line run them: what the pages show of an answer is searched too."""

from __future__ import annotations

from collections.abc import Sequence

from evals import registry
from evals.injections import suite as injections
from evals.registry import EvalSet
from ui import views


def chosen(names: Sequence[str]) -> list[EvalSet]:
    """The sets of these names, all of them when none is given. Raises SchemaError naming those there are."""
    return [injections.make(views.everything) if one.name == "injections" else one for one in registry.chosen(names)]
