"""A language model's wording of a follow-up, used only when it adds nothing to the conversation."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.conversation import Turn, holds, questions, remembered
from advisor.errors import ModelError
from advisor.hygiene import clean
from advisor.settings import Settings
from advisor.writing.calling import Usage, call
from advisor.writing.models import Model
from index.document import Label

_SYSTEM = (
    "Rewrite the last question so that it can be understood without the questions before it. Use only words of the "
    "conversation. Answer with the one rewritten question and nothing else."
)
LONGEST = 400  # characters read of what the model writes


def permitted(models: Sequence[Model], highest: Label, ceiling: Label, local_only: bool) -> Model | None:
    """The first model that may see a conversation whose most sensitive label is `highest`."""
    above = local_only or highest.rank > ceiling.rank
    return next((one for one in models if not (one.hosted and above)), None)


def reworded(model: Model, typed: str, history: Sequence[Turn], otherwise: str, settings: Settings) -> str:
    """The model's wording when it holds, else `otherwise`. Questions alone are shown to the model, never evidence."""
    before = questions(remembered(history))
    user = "\n".join([*(f"Earlier: {clean(one)}" for one in before), f"Last question: {clean(typed)}"])
    text = call(model.produce, _SYSTEM, user, model.breaker, settings.llm_rewrite_timeout_s, Usage())
    said = ""
    try:
        for part in text:
            said += part
            if len(said) > LONGEST or "\n" in said.strip():
                break
    except ModelError:
        return otherwise
    finally:
        text.close()
    wording = " ".join(said.strip().partition("\n")[0].split())
    return wording if holds(wording, typed, history) else otherwise
