"""An optional second opinion: does a model of natural language inference (NLI) read a line as entailed or contradicted?

Any cross-encoder of sentence-transformers with the three usual labels serves. It may stop a line that the rules let
through, and let through one that they stop for its words; citations, names and figures are not its to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from advisor.answer import Verdict
from advisor.errors import SettingsError

CONTRADICTS, ENTAILS = 0.7, 0.9  # probabilities; letting through asks for more than stopping
_LABELS = ("entail", "neutral", "contradict")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model gives each label, 0-1."""

    entailment: float
    neutral: float
    contradiction: float


class NliModel:
    def __init__(self, name: str) -> None:
        """Load a model by its folder, or by its name when it lies in the local cache. Raises SettingsError."""
        self.name = name
        advice = "Give its folder, or a name from the local Hugging Face cache, as `nli_model`, or leave that out."
        from sentence_transformers import CrossEncoder

        try:
            self._model: Any = CrossEncoder(name, device="cpu", local_files_only=True)
        except Exception as error:  # whatever the libraries raise for a folder that holds no such model
            raise SettingsError(f"The NLI model {name} cannot be loaded ({_first_line(error)}). {advice}") from error
        found = {int(place): str(label).lower() for place, label in self._model.config.id2label.items()}
        places = [[place for place, label in found.items() if one in label] for one in _LABELS]
        if any(len(one) != 1 for one in places):
            raise SettingsError(
                f"The NLI model {name} has the labels {', '.join(found.values())}; needed are entailment, neutral and "
                f"contradiction. {advice}"
            )
        self._places = [one[0] for one in places]

    def read(self, evidence: str, line: str) -> Reading:
        found = self._model.predict([(evidence, line)], show_progress_bar=False, activation_fn=_as_they_are)
        logits = np.asarray(found, dtype=np.float64)[0]
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        return Reading(*(float(shares[place]) for place in self._places))


@lru_cache(maxsize=2)
def load(name: str) -> NliModel:
    """The model of that name, loaded once in a process."""
    return NliModel(name)


def combined(judged: tuple[Verdict, str], found: Reading) -> tuple[Verdict, str]:
    """The verdict of the rules on words, polarity and arrangement, with the model's opinion."""
    if judged[0].holds and found.contradiction >= CONTRADICTS:
        return Verdict.CONTRADICTED, f"the NLI model reads a contradiction ({found.contradiction:.2f})"
    if not judged[0].holds and found.entailment >= ENTAILS:
        return Verdict.SUPPORTED, ""
    return judged


def _as_they_are(logits: Any) -> Any:
    return logits


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]
