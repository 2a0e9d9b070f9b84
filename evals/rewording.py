"""A language model's wording of a drafted question, kept only where every name and number of the draft is in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from advisor.errors import ModelError
from advisor.hygiene import commands
from advisor.settings import Settings
from advisor.writing.calling import Usage, call
from advisor.writing.models import Model, configured
from evals.case import Case
from index.document import Label

_SYSTEM = (
    "Say the question in other words, as a colleague would ask it. Keep every name, number, unit and quotation exactly "
    "as it is. Answer with the one question and nothing else."
)
_KEPT = re.compile(r"“[^”]*”|\S*[\d%/_-]\S*|\b[A-Z]\w*\b|\b\w+[A-Z]\w*\b")
LONGEST = 300  # characters
TIMEOUT_S = 30.0


def varied(cases: Sequence[Case], settings: Settings) -> tuple[list[Case], str]:
    """The drafts, reworded where a model of the settings may see them and keeps what they ask; and what came of it."""
    models, _ = configured(settings)
    if not models:
        return list(cases), "worded by fixed patterns: no language model is configured"
    found = [_reworded(one, models, settings) for one in cases]
    changed = sum(one.question != before.question for one, before in zip(found, cases, strict=True))
    return (
        found,
        f"{changed} of {len(cases)} reworded by {models[0].writer}; in the others it kept not all that is asked",
    )


def _reworded(case: Case, models: Sequence[Model], settings: Settings) -> Case:
    label = case.label or Label.RESTRICTED
    model = next((one for one in models if not one.hosted or label.rank <= settings.llm_ceiling.rank), None)
    if model is None:
        return case
    try:
        said = "".join(call(model.produce, _SYSTEM, case.question, model.breaker, TIMEOUT_S, Usage()))
    except ModelError:
        return case
    question = " ".join(said.strip().strip('"').split())
    return case.model_copy(update={"question": question}) if holds(question, case) else case


def holds(question: str, case: Case) -> bool:
    """Whether it is one question with the draft's names, numbers and quotations, each as often, and no other."""
    if not question.endswith("?") or question.count("?") > case.question.count("?") or len(question) > LONGEST:
        return False
    named = all(one.lower() in question.lower() for one in case.names if one.lower() in case.question.lower())
    return named and kept(question) == kept(case.question) and not commands(question)


def kept(question: str) -> Counter[str]:
    """What a wording must not change: quotations, words with digits, signs or capitals (but the first word's own)."""
    text = question[:1].lower() + question[1:] if not question[1:2].isupper() else question
    return Counter(one.strip(".,;:!?()") for one in _KEPT.findall(text))
