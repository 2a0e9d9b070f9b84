"""Words of the field: tokens, stems, and abbreviations in both directions.

Abbreviations come from a short list of the field's own and, more, from the documents themselves:
whoever writes "remote direct memory access (RDMA)" has defined it (Schwartz and Hearst, "A simple
algorithm for identifying abbreviation definitions in biomedical text", PSB 2003).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

FIELD_ABBREVIATIONS: Mapping[str, str] = {
    "AFR": "annualised failure rate", "AI": "artificial intelligence", "BF16": "bfloat16",
    "CAPEX": "capital expenditure", "CFE": "carbon-free energy", "CFO": "chief financial officer",
    "CSP": "cloud service provider", "CUE": "carbon usage effectiveness", "CXL": "compute express link",
    "DC": "data centre", "DCGM": "data center GPU manager", "DLC": "direct liquid cooling",
    "DP": "data parallelism", "DPU": "data processing unit", "DR": "disaster recovery",
    "ECN": "explicit congestion notification", "FP8": "8-bit floating point",
    "FSDP": "fully sharded data parallel", "GCP": "Google Cloud", "GDS": "GPUDirect storage",
    "GHG": "greenhouse gas", "GPFS": "IBM Storage Scale Spectrum Scale", "GPU": "graphics processing unit",
    "HBM": "high bandwidth memory", "HPC": "high performance computing", "HR": "human resources",
    "IAM": "identity and access management", "IB": "InfiniBand", "IOPS": "input output operations per second",
    "ITL": "inter-token latency", "K8S": "Kubernetes", "KMS": "key management service",
    "KPI": "key performance indicator", "KV": "key value", "LLM": "large language model",
    "LORA": "low-rank adaptation", "MDS": "metadata server", "MFU": "model FLOPs utilisation",
    "MIG": "multi-instance GPU", "MPS": "multi-process service", "MTBF": "mean time between failures",
    "MTU": "maximum transmission unit", "NCCL": "NVIDIA collective communications library",
    "NIC": "network interface card", "NVME": "non-volatile memory express", "OPEX": "operating expenditure",
    "OSS": "object storage server", "OST": "object storage target", "PFC": "priority flow control",
    "PFS": "parallel file system", "POC": "proof of concept", "PPA": "power purchase agreement",
    "PUE": "power usage effectiveness", "QOS": "quality of service", "RAG": "retrieval-augmented generation",
    "RBAC": "role-based access control", "RDMA": "remote direct memory access",
    "REC": "renewable energy certificate", "RI": "reserved instance", "ROCE": "RDMA over converged Ethernet",
    "ROI": "return on investment", "RPO": "recovery point objective", "RTO": "recovery time objective",
    "SBOM": "software bill of materials", "SCI": "software carbon intensity", "SLA": "service level agreement",
    "SLI": "service level indicator", "SLO": "service level objective", "SP": "savings plan",
    "SSD": "solid state drive", "TCO": "total cost of ownership", "TDP": "thermal design power",
    "TP": "tensor parallelism", "TPOT": "time per output token", "TTFT": "time to first token",
    "UPS": "uninterruptible power supply", "VM": "virtual machine", "WUE": "water usage effectiveness",
}  # fmt: skip

STOP = frozenset(
    """
    a about actually after again all also am an and any are aren as at be because been before being both but by
    can cannot could d did didn do does doesn doing don down during each else ever few for from further get gets
    getting give gives got had has have having he her here hers him his how i if in into is isn it its just kind
    let ll lot m many may me might more most much must my need needs no nor not now of off on once one only or
    other our ours out over own please really s same shall she should so some such t tell than that the their
    theirs them then there these they thing things this those through to too under until up us use used uses using
    ve very was we were what whats when where which while who whom whose why will with within without would you
    your yours
    """.split()
)

# Words that frame a question and say nothing of its subject.
FRAME = frozenset(
    """
    vs versus differ difference differences different compare compared compares comparing comparison better between
    mean means meaning meant define definition explain describe tell stand stands refer refers understand know think
    want like help please question answer say says said example way ways main key important good best right
    actually basically exactly simply roughly typically usually overall really worth someone somebody anyone people
    """.split()
)

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-_./][A-Za-z0-9]+)*")
_PIECE = re.compile(r"[A-Za-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SIZE = re.compile(r"(\d+)([a-z]+)$")
_PLURAL = re.compile(r"(?=[A-Za-z]*\d|[A-Z]{2})[A-Z0-9]{2,}s$")  # GPUs, H100s: names take no stemming
_DEFINED = re.compile(r"\(([A-Za-z][A-Za-z0-9&/.-]{1,9})s?\)")


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(maxsize=30_000)
def _stem(word: str) -> str:
    # British and American spelling meet before stemming: "utilisation", "centre", "modelling".
    word = re.sub(r"is(e|ed|es|ing|ation|ations)$", r"iz\1", word) if len(word) > 5 else word
    word = {"centre": "center", "centres": "centers", "fibre": "fiber", "colour": "color"}.get(word, word)
    stem = str(_stemmer().stemWord(word))
    return stem


def words(text: str) -> list[str]:
    """Lower-case surface words, compounds apart: "All-reduce at 80GB" → all, reduce, at, 80gb."""
    return [piece.lower() for piece in _PIECE.findall(text)]


def terms_of(text: str) -> tuple[str, ...]:
    """Stemmed terms without stop words; compounds give their parts and their joined form."""
    found: list[str] = []
    for match in _TOKEN.findall(text):
        if match[-1] == "s" and _PLURAL.match(match):
            match = match[:-1]
        simple = match.isalnum() and (match.islower() or match[1:].islower())
        pieces = [match] if simple else [p for part in _PIECE.findall(match) for p in _CAMEL.split(part)]
        for piece in pieces:
            low = piece.lower()
            if low in STOP:
                continue
            found.append(_stem(low))
            if not low.isalpha() and (size := _SIZE.match(low)):
                found.extend(size.groups())
        if len(pieces) > 1:
            found.append(_stem("".join(pieces).lower()))
    return tuple(found)


@lru_cache(maxsize=50_000)
def tokens(text: str) -> tuple[str, ...]:
    """`terms_of`, remembered: for sentences and questions, which come again."""
    return terms_of(text)


def defined_abbreviations(text: str) -> dict[str, str]:
    """Abbreviations that `text` itself defines as "long form (SHORT)", upper-case short → long form."""
    found: dict[str, str] = {}
    for match in _DEFINED.finditer(text):
        short = match.group(1)
        if sum(c.isupper() for c in short) < 2:
            continue
        before = re.split(r"[.;:()\[\]|!?]", text[max(0, match.start() - 120) : match.start()])[-1]
        if long := _long_form(short, before.split()[-min(len(short) + 5, len(short) * 2) :]):
            found.setdefault(short.upper(), long)
    return found


def _long_form(short: str, before: list[str]) -> str | None:
    """The shortest tail of `before` whose characters spell `short` from right to left."""
    candidate = " ".join(before)
    letters = [c for c in short.lower() if c.isalnum()]
    position = len(candidate)
    for index in range(len(letters) - 1, -1, -1):
        position -= 1
        while position >= 0 and (
            candidate[position].lower() != letters[index]
            or (index == 0 and position > 0 and candidate[position - 1].isalnum())
        ):
            position -= 1
        if position < 0:
            return None
    long = candidate[position:].strip(" ,-*_\"'")
    return long if len(long.split()) > 1 and len(long) > len(short) + 2 else None


def query_tokens(text: str) -> tuple[str, ...]:
    """The terms of a question that say what it is about; all of them when nothing else is left."""
    subject = " ".join(w for w in re.findall(r"\S+", text) if re.sub(r"\W", "", w).lower() not in FRAME)
    return tokens(subject) or tokens(text)


class Abbreviations:
    """Short forms and long forms, looked up both ways."""

    def __init__(self, learned: Mapping[str, str]) -> None:
        self.long = {**{k: v for k, v in learned.items()}, **FIELD_ABBREVIATIONS}
        self._short: dict[tuple[str, ...], str] = {}
        for short, long in {**learned, **FIELD_ABBREVIATIONS}.items():
            self._short.setdefault(tokens(long), short)
        self._longest = max((len(key) for key in self._short), default=0)

    def expand(self, text: str) -> list[str]:
        """Long forms of the abbreviations in `text`, and abbreviations of its long forms."""
        return list(self.forms(text))

    def forms(self, text: str) -> dict[str, tuple[str, ...]]:
        """The other form of each abbreviation or long form in `text` → the terms of `text` that it stands for."""
        found: dict[str, tuple[str, ...]] = {}
        for word in re.findall(r"[A-Za-z0-9]+", text):
            for form in (word.upper(), word.upper().removesuffix("S")):
                # "IT", "AS", "OR" are words unless written as abbreviations.
                if form in self.long and (word.lower() not in STOP or word[:2].isupper()):
                    found.setdefault(self.long[form], tokens(word))
                    break
        terms = tokens(text)
        for size in range(min(self._longest, len(terms)), 1, -1):
            for start in range(len(terms) - size + 1):
                if short := self._short.get(terms[start : start + size]):
                    found.setdefault(short, terms[start : start + size])
        return found


def learn(texts: Iterable[str]) -> dict[str, str]:
    """Abbreviations defined anywhere in `texts`; the first definition wins."""
    found: dict[str, str] = {}
    for text in texts:
        for short, long in defined_abbreviations(text).items():
            found.setdefault(short, long)
    return found
