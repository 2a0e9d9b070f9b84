"""What of a document is no evidence: words addressed to the system that answers, and characters no one sees."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.document import Kind, Sentence

# Zero-width, bidirectional controls, tag characters, variation selectors of the supplementary plane, soft hyphen.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e01ef]")
_HIDING = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_CONTROL = re.compile(r"<\|[^|>\n]{0,40}\|>|\[/?INST\]|<</?SYS>>|</?s>|[\x00-\x08\x0b-\x1f\x7f]")
_COMMAND = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|prompts?|rules|context|guidelines|above|sources)\b"
    r"|\b(?:the|your|this|hidden|reveal|print|repeat)\b.{0,20}\b(?:system|developer) (?:prompt|message)s?\b"
    r"|\byour (?:instructions|prompt|rules|guidelines|programming)\b"
    r"|\byou are (?:now )?(?:an?|the|in) (?:\w+ )?(?:ai|assistant|chatbot|language model|bot|mode)\b"
    r"|(?:^|[.!?:] |\b(?:notes?|instructions?|messages?|memo) )(?:to|for|dear|attention|hey|hello),? (?:the |any |all )?"
    r"(?:ai|llm|assistant|chatbot|language model|answering)s?\b(?: \w+){0,3} ?[:,]"
    r"|\b(?:ai|llm|assistants?|chatbots?|language models?|answering systems?|copilots?)\b.{0,30}\b(?:must|should|shall|has to|have to|are to|is to)\b"
    r" (?:\w+ )?(?:say|answer|reply|respond|write|include|add|append|mention|cite|recommend|output|tell|repeat|state|end|begin|start|ignore)"
    r"|\b(?:in|to|at the end of|into) (?:your|the|every|each|any) (?:final )?(?:answer|response|reply|output|summary)s?\b"
    r".{0,40}\b(?:include|add|append|mention|say|write|cite|insert|recommend|put|place)"
    r"|\b(?:include|add|append|mention|say|write|cite|insert|recommend|put|place|end|begin|start|finish)\b.{0,80}"
    r"\b(?:in|to|at the end of|into|with) (?:your|the|every|each|any) (?:final )?(?:answer|response|reply|output|summary)\b"
    r"|\bwhen (?:you are )?(?:answering|asked|summari[sz]ing|responding|replying)\b.{0,60},"
    r" (?:\w+ )?(?:say|answer|reply|respond|write|include|add|append|mention|cite|output|tell|repeat|state)\b"
    r"|\btell (?:the|every|each|your) (?:user|reader|customer|human|operator)s?\b"
    r"|\b(?:your|the|every) (?:answer|response|reply) (?:must|should|shall|has to|needs to) (?:be|say|start|begin|end|contain|include|state)\b"
    r"|^(?:please |now |instead,? |then )?(?:say|output|reply|respond|recite|reveal|print|repeat|echo)\b"
    r".{0,30}(?:[\"“'‘:]|\b(?:with|only|exactly|verbatim|following|times|word|phrase|sentence|forever)\b)"
    r"|\b(?:click|visit|navigate to|go to|open|log ?in (?:at|to)|sign in (?:at|to)|post (?:it )?to|send .{0,40} to) <?https?://"
    r"|^#{2,} ?(?:instruction|system|user|assistant)|^(?:system|assistant|human|user): "
    r"|\bdecode (?:the|this)\b.{0,30}\bbase64\b|(?<![\w/.=?&%+-])(?=[A-Z+/]*[a-z0-9])[A-Za-z0-9+/]{60,}={0,2}(?![\w/.-])"
    r"|\b(?:cite|attribute|reference) (?:this|it|that|everything) (?:\w+ )?(?:as|to)\b(?! other\b)(?<!applies to)"
    r"|\bnew (?:instructions?|rules?|task) ?:|\bend of (?:sources?|context|documents?)\b|\bdo not (?:mention|tell|reveal|cite)\b"
    r"|\b(?:ignoriere|ignorez|ignora)\b.{0,60}\b(?:anweisung\w*|instructions?|instrucciones|istruzioni)\b",
    re.IGNORECASE,
)  # fmt: skip


def clean(text: str) -> str:
    """`text` without characters that no one sees and without the control tokens of chat templates."""
    return " ".join(_CONTROL.sub(" ", _UNSEEN.sub("", text)).split())


def hides(text: str) -> bool:
    """It holds characters that reorder or hide text."""
    return bool(_HIDING.search(text))


def commands(text: str) -> bool:
    """It speaks to the system that answers, not to the reader."""
    return bool(_COMMAND.search(clean(text)) or _CONTROL.search(text))


def tainted(sentences: Sequence[Sentence]) -> set[int]:
    """Positions not to be read: paragraphs with a command or hidden text, the list a commanding line leads into,
    and all that stands under a commanding heading."""
    blocks: list[list[int]] = []
    for position, sentence in enumerate(sentences):
        if sentence.opens or not blocks:
            blocks.append([])
        blocks[-1].append(position)
    found: set[int] = set()
    leading: tuple[str, ...] | None = None
    for block in blocks:
        whole = " ".join(sentences[one].text for one in block)
        first = sentences[block[0]]
        listed = first.kind in (Kind.ITEM, Kind.STEP, Kind.CODE, Kind.ROW)
        if not (listed and leading == first.heading):
            leading = None
        bad = commands(whole) or hides(whole) or any(commands(part) for part in first.heading)
        bad = bad or any(commands(sentences[one].text) for one in block)
        if bad or leading is not None:
            found.update(block)
            if whole.rstrip().endswith(":"):
                leading = first.heading
    return found
