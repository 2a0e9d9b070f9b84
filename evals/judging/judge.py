"""A configured language model as judge, through the evaluators of LlamaIndex.

What it says is a verdict only where it can be read as one: weak models answer at length, off the point or not at all.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from typing import Any

from advisor.errors import ModelError, SettingsError
from advisor.settings import Settings
from advisor.writing.calling import Breaker
from advisor.writing.models import Model, configured
from evals.history import History
from evals.judging.model import judging_model
from evals.row import Judgement, Material, Row
from index.document import Label

PASSING_SCORE = 4.0  # of 5, as LlamaIndex has it
TIMEOUT_S = 60.0  # of a verdict; nobody waits for it as for an answer
WITHHELD = "its text is labelled above what the judge may read"
UNREADABLE = "what it said is no verdict"
_SCORE = re.compile(r"(?<![\d.])([1-5](?:\.\d+)?)(?!\.?\d)")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Judge:
    """`evaluators` by aspect; `sees` is the highest label that it is sent."""

    name: str
    sees: Label
    evaluators: Mapping[str, Any]


def open_judge(settings: Settings, llm: str | None = None, timeout_s: float = TIMEOUT_S) -> Judge:
    """The first usable model of `llm`, or of the settings. Raises SettingsError when there is none."""
    from llama_index.core.evaluation import CorrectnessEvaluator, FaithfulnessEvaluator, RelevancyEvaluator

    found, said = configured(settings if llm is None else settings.model_copy(update={"llm": llm}))
    if not found:
        raise SettingsError(f"A judge is a language model, and none can be used. {' '.join(said)}")
    model: Model = replace(found[0], structured=False, breaker=Breaker())  # a judge writes no answer with sources
    inner = judging_model(model, timeout_s, settings.llm_output_tokens)
    evaluators = {
        "faithfulness": FaithfulnessEvaluator(llm=inner),
        "relevancy": RelevancyEvaluator(llm=inner),
        "correctness": CorrectnessEvaluator(llm=inner, score_threshold=PASSING_SCORE, parser_function=read_score),
    }
    return Judge(
        f"{model.writer} at {model.endpoint}", settings.llm_ceiling if model.hosted else Label.RESTRICTED, evaluators
    )


def judged(
    rows: Sequence[Row], judge: Judge, history: History, *, workers: int, fresh: bool, progress: Progress
) -> list[Judgement]:
    """A judgement of each aspect that a row has material for, in order; those of the same words are not asked again."""
    asked = [(row.id, row.material, aspect) for row in rows if row.material for aspect in _aspects(row.material)]
    keys = [_key(judge, material, aspect) for _, material, aspect in asked]
    known = {} if fresh else history.finished(keys)
    found: dict[int, Judgement] = {}
    left = []
    for place, (row, material, aspect) in enumerate(asked):
        if keys[place] in known:
            found[place] = Judgement(row, aspect, **json.loads(known[keys[place]]))
        elif Label(material.label).rank > judge.sees.rank:
            found[place] = Judgement(row, aspect, None, why=WITHHELD, withheld=True)
        else:
            left.append(place)
    for place, one, lasting in _asked([(place, *asked[place]) for place in left], judge, workers):
        found[place] = one
        if lasting:
            history.keep(keys[place], json.dumps({"passing": one.passing, "said": one.said, "why": one.why}))
        progress(len(found), len(asked))
    return [found[place] for place in range(len(asked))]


def _asked(
    left: Sequence[tuple[int, str, Material, str]], judge: Judge, workers: int
) -> Iterator[tuple[int, Judgement, bool]]:
    """(place, judgement, whether asking again would be of no use), as they are finished."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="judge")
    try:
        pending = {pool.submit(_one, row, material, aspect, judge): place for place, row, material, aspect in left}
        for done in as_completed(pending):
            yield pending[done], *done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _one(row: str, material: Material, aspect: str, judge: Judge) -> tuple[Judgement, bool]:
    try:
        said = judge.evaluators[aspect].evaluate(
            query=material.asked, response=material.said, contexts=list(material.contexts), reference=material.reference
        )
    except ModelError as error:
        return Judgement(row, aspect, None, why=f"the judge did not answer: {error}"), False
    passing = said.passing if aspect == "correctness" else read_yes_or_no(said.feedback or "")
    return Judgement(row, aspect, passing, said.feedback or "", "" if passing is not None else UNREADABLE), True


def _aspects(material: Material) -> list[str]:
    found = ["faithfulness"] if material.contexts else []
    if material.asked and material.contexts:
        found.append("relevancy")
    return [*found, "correctness"] if material.asked and material.reference else found


def _key(judge: Judge, material: Material, aspect: str) -> str:
    """Of the judge, what it is asked and the text: not of the code, which it does not see."""
    read = {name: asdict(material)[name] for name in ("said", "contexts", "reference", "asked")}
    prompts = [str(one) for one in judge.evaluators[aspect].get_prompts().values()]
    return hashlib.sha256(json.dumps(["judge", judge.name, aspect, prompts, read]).encode()).hexdigest()


def read_yes_or_no(said: str) -> bool | None:
    """The verdict of a reply: its first word, or the only one of the two that stands in it."""
    words = re.findall(r"[a-z]+", said.lower())
    if words and words[0] in ("yes", "no"):
        return words[0] == "yes"
    told = {"yes", "no"} & set(words)
    return told == {"yes"} if len(told) == 1 else None


def read_score(said: str) -> tuple[float | None, str]:
    """(score of 1 to 5, all that was said): a number alone on the first line that has one, or the only one there is."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    alone = next((line for line in lines if _SCORE.fullmatch(line)), None)
    found = [float(one) for one in _SCORE.findall(said)]
    if alone is None and len(set(found)) != 1:
        return None, said
    score = float(alone) if alone is not None else found[0]
    return (score if 1 <= score <= 5 else None), said
