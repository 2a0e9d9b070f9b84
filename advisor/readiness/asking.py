"""What a question about readiness asks for: a verdict, a place, what comes first, what would change, what it costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.readiness.observation import Workload
from advisor.readiness.requirement import TRAINING
from advisor.sizing.adapter import Method

Kind = Literal["suppose", "costs", "first", "states", "site", "sites", "placed", "verdict", "model"]

_BOTTLENECK = re.compile(
    r"\b(?:bottlenecks?|binding constraints?|weakest (?:point|link|spot)|hold(?:s|ing)? (?:us|our estate) back)\b", re.I
)
_DO = r"(?:do|fix|mend|tackle|buy|address|solve|improve|invest in)"
_FIRST = re.compile(
    rf"\bwhat (?:should|do|must|shall|would) (?:we|i) {_DO} (?:first|next)\b"
    rf"|\bwhich \w+ (?:should|do|must|shall|would) (?:we|i) {_DO} (?:first|next)\b"
    r"|\bwhere (?:should|do|shall) (?:we|i) (?:start|begin)\b|\bour (?:first|next) (?:step|move|priority)\b", re.I
)  # fmt: skip
_GENERAL = re.compile(r"\s*(?:how|why|what (?:is|are) (?:a|an)\b)", re.I)
_STATES = re.compile(
    r"\b(?:which|what|how many|list)\b.*\b(?:workloads?|use cases?|jobs)\b.*\b(?:ready|blocked|held back)\b", re.I
)  # fmt: skip
_SITES = re.compile(
    r"\b(?:which|what) (?:site|location|data ?cent(?:re|er))\b.*\b(?:ready|readiness|readiest|held back)\b"
    r"|\b(?:most|least|best|worst)[ -]ready (?:site|location)\b", re.I
)  # fmt: skip
_MOST = re.compile(r"\b(?:most|best|readiest|closest)\b", re.I)
_WHAT_IF = re.compile(r"\bwhat (?:if|happens if|changes if|would (?:happen|change) if) (?:we |i )?(.+?)[?.!]*$", re.I)
_WOULD = re.compile(
    r"\bwhat (?:would|will|do|does|could) (?:adding |buying )?(?P<what>(?:another )?\d.*?\b(?:in|at|to) .+?)"
    r" (?:change|bring|do|help|give|mean|fix|buy us)\b", re.I
)  # fmt: skip
_IF = re.compile(r"\bif (?:we |i )?(?P<what>.*?\d.*?)(?:,\s*(?=[a-z])|[?.!]*$)", re.I)
_BUY = re.compile(r"\b(?:adding|added|bought|buy|get|got|install(?:ed)?|another)\b", re.I)
_COSTS = re.compile(
    r"\bbreak[- ]?even\b"
    r"|\b(?:own|owning|buy|buying)\b.*\b(?:or|than|versus|vs\.?|instead of)\b"
    r".*\b(?:rent\w*|reserv\w*|leas\w*|on[- ]demand)\b"
    r"|\b(?:reservations?|reserved|commitments?|savings plans?)\b.*\b(?:worth|pays?|paying|keep|cancel|renew)\b"
    r"|\b(?:worth|pay|pays|keep|cancel|renew)\b.*\b(?:reservations?|reserved|commitments?|savings plans?)\b"
    r"|\bcosts?\b.*\bidle\b|\bidle\b.*\bcost(?:s|ing)?\b", re.I
)  # fmt: skip
_OUT = r"cloud|burst\w*|rent\w*|outside"
_HOME = r"on[- ]prem\w*|in[- ]house|home|own (?:site|data ?cent\w+|hardware)"
_PLACE = re.compile(
    rf"\b(?:stay|remain|keep|kept|move|moved|belong|go|run|be|leave|place|put)\b.*\b(?:{_OUT}|{_HOME}|elsewhere|site)\b"
    rf"|\b(?:should|shall|must|can|could|would) (?:we|i|it)? ?(?:burst|rent|repatriate)\b"
    r"|\bwhere (?:should|does|do|must|shall)\b.*\b(?:run|live|belong|go|sit)\b", re.I
)  # fmt: skip
_READY = re.compile(
    r"\b(?:ready|readiness|enough|suffic\w+|adequate|able|cope|keep up|can \w+"
    r"|could (?:we|our|\w+ (?:take|run|host))|fit"
    r"|support|handle|sustain|missing|lack\w*|hold\w* back|how far)\b", re.I
)  # fmt: skip
_OWN = re.compile(r"\b(?:we|our|us|my|i)\b", re.I)
_SIZE = re.compile(r"\b(\d+(?:\.\d+)?) ?(?:b|bn|billion)\b(?:[- ]parameters?)?", re.I)
_METHOD = re.compile(r"\b(q?lora)\b", re.I)
_KINDS = (
    ("fine-tuning", re.compile(r"\bfine[- ]?tun\w*", re.I)),
    ("inference", re.compile(r"\b(?:serv(?:e|es|ing)|inference|host(?:ing)?|deploy\w*)\b", re.I)),
    ("training", re.compile(r"\b(?:pre-?)?train\w*|\bcheckpoints?\b", re.I)),
)
_DIMENSIONS = (
    ("storage", re.compile(r"\b(?:storage|checkpoints?|read|write|nas|filers?|disks?)\b", re.I)),
    ("networking",
     re.compile(r"\b(?:networks?|fabrics?|interconnects?|ethernet|infiniband|bandwidth|\d+ ?G(?:b/?s)?)\b", re.I)),
    ("energy", re.compile(r"\b(?:power|energy|cooling|pue|carbon|renewable)\b", re.I)),
    ("talent", re.compile(r"\b(?:skills?|people|team|staff|talent)\b", re.I)),
    ("security", re.compile(r"\b(?:controls?|security|secure)\b", re.I)),
)  # fmt: skip
_REFERENCE = re.compile(
    r"\b(?:our|the|my) (?P<kind>pre-?training|training|fine-?tuning|inference|serving|batch)\b"
    r"(?! (?:data|team|plan|budget|set))", re.I,
)  # fmt: skip
_NOUN = (
    "(?:models?|training|fine-?tuning|inference|serving|workloads?|jobs?|pipelines?"
    "|batch|scoring|assistant|bot|service)"
)
_COMMON = {"training", "inference", "model", "batch", "llm", "search", "support", "code"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as understood. `part`: the dimension it is about; `goes`: where a workload would go, "home", "out" or
    a site; `size` in billions of parameters with the kind of a workload that no feed has."""

    kind: Kind
    workloads: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    part: str | None = None
    changes: str = ""
    size: str = ""
    task: str = ""
    method: Method = "full"
    goes: str | None = None
    most: bool = False


def read(text: str, workloads: Sequence[Workload], sites: Sequence[str]) -> Asked | None:
    """None when the question does not ask for readiness of this estate."""
    at = tuple(one for one in sites if re.search(rf"\b{re.escape(one)}\b", text, re.I))
    named = _named(text, workloads)
    own = bool(_OWN.search(text) or at or named)
    part = next((name for name, words in _DIMENSIONS if words.search(text)), None)
    if changes := _supposed(text, bool(at)):
        return Asked("suppose", changes=changes)
    if _COSTS.search(text) and own:
        return Asked("costs")
    if _BOTTLENECK.search(text) or _FIRST.search(text):
        return None if not own or (_GENERAL.match(text) and not at) else Asked("first", named, at)
    if _SITES.search(text):
        return Asked("sites", most=bool(_MOST.search(text)))
    if _STATES.search(text):
        return Asked("states", named, at)
    if not named and own and (_READY.search(text) or _PLACE.search(text)) and not _SIZE.search(text):
        named = _referred(text, workloads)
    if named and _PLACE.search(text):
        return Asked("placed", named, at, goes=_destination(text, at))
    if named and _READY.search(text):
        return Asked("verdict", named, at, part)
    size = _SIZE.search(text)
    task = next((name for name, words in _KINDS if words.search(text)), "")
    if size and task and own and _READY.search(text):
        method = _METHOD.search(text)
        known: Method = "full" if method is None else "qlora" if method[1].lower() == "qlora" else "lora"
        same = [] if method else [one.name for one in workloads if _same(one, task, float(size[1]), at)]
        if same:
            return Asked("verdict", tuple(same[:1]), at, part)
        return Asked("model", (), at, part, size=size[1], task=task, method=known)
    if at and re.search(r"\bread(?:y|iness)\b", text, re.I):
        return Asked("site", (), at)
    return None


def worth(text: str) -> bool:
    """Whether a question may ask for readiness at all, told without looking at the estate."""
    asks = (_BOTTLENECK, _FIRST, _STATES, _SITES, _WHAT_IF, _WOULD, _IF, _COSTS, _PLACE, _READY)
    return any(one.search(text) for one in asks)


def _supposed(text: str, placed: bool) -> str:
    found = _WHAT_IF.search(text)
    if found:
        return _BUY.sub("add", found[1])
    if found := _WOULD.search(text):
        return "add " + _BUY.sub("", found["what"]).strip()
    found = _IF.search(text) if placed and re.search(r"\b(?:would|will|what|are|is|can)\b", text, re.I) else None
    return _BUY.sub("add", found["what"]) if found else ""


def _named(text: str, workloads: Sequence[Workload]) -> tuple[str, ...]:
    """Workloads that the question names: by name, hyphens or not, or by a word of one name alone before a noun."""
    low = re.sub(r"[\s_-]+", " ", text.lower())
    names = sorted((one.name for one in workloads), key=len, reverse=True)
    found = [one for one in names if re.search(rf"\b{re.escape(re.sub(r'[ _-]+', ' ', one.lower()))}\b", low)]
    if found:
        return tuple(found)
    words = [(word, one) for one in names for word in re.split(r"[ _-]+", one.lower())]
    for word, one in words:
        alone = sum(other == word for other, _ in words) == 1
        telling = alone and len(word) > 3 and word not in _COMMON and not word.isdigit()
        if telling and re.search(rf"\b{re.escape(word)}(?:'s)?(?: \w+)?? {_NOUN}\b", low):
            return (one,)
    return ()


def _referred(text: str, workloads: Sequence[Workload]) -> tuple[str, ...]:
    """ "Our pre-training", "the batch scoring": the workloads of that kind, the most important first."""
    found = _REFERENCE.search(text)
    if found is None:
        return ()
    word = found["kind"].lower().replace("-", "")
    kind = {"pretraining": "training", "finetuning": "fine-tuning", "serving": "inference"}.get(word, word)
    same = [one for one in workloads if one.kind == kind]
    if word == "pretraining":
        same = [one for one in same if "pretrain" in one.name.lower().replace("-", "")] or same
    return tuple(one.name for one in sorted(same, key=lambda one: (one.priority, one.name)))


def _same(one: Workload, task: str, billions: float, at: Sequence[str]) -> bool:
    kind = one.kind == task or (task == "training" and one.kind in TRAINING)
    return bool(kind and one.parameters_billion == billions and one.site and (not at or one.site in at))


def _destination(text: str, at: Sequence[str]) -> str | None:
    if re.match(r"\s*where\b", text, re.I):
        return None
    if re.search(rf"\b(?:{_HOME}|repatriate)\b", text, re.I):
        return "home"
    if re.search(rf"\b(?:{_OUT})\b", text, re.I):
        return "out"
    return at[0] if at else None
