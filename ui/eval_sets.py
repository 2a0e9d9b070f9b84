"""The sets as the pages and the command line run them: the shipped ones, and the workspace's own."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.errors import SchemaError
from advisor.settings import Settings
from evals import own, registry
from evals.injections import suite as injections
from evals.registry import EvalSet
from ui import views

ALL = "all"


def names(settings: Settings) -> list[str]:
    """The shipped sets, and `own` where someone has accepted a question; a file of it that is damaged is told by it."""
    try:
        mine = own.has_questions(settings.home)
    except SchemaError:
        mine = True
    return sorted(registry.shipped()) + ([own.NAME] if mine else [])


def chosen(wanted: Sequence[str], settings: Settings) -> list[EvalSet]:
    """The sets of these names, all that are shipped for none or `all`. Raises SchemaError naming those there are.

    What a page shows of an answer is searched for planted text too.
    """
    shipped = [name for name in wanted if name not in (own.NAME, ALL)]
    found = registry.chosen([] if ALL in wanted else shipped) if shipped or ALL in wanted or not wanted else []
    found = [injections.make(views.everything) if one.name == "injections" else one for one in found]
    return [*found, own.make(settings)] if own.NAME in wanted else found
