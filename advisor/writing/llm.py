"""The writer that asks a language model: its stream of text → sentences with the evidence they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from advisor.hygiene import clean, commands, name
from advisor.writing.draft import Line
from advisor.writing.prompts import SENTENCES, Item
from index.vocabulary import tokens

LONGEST = 600  # characters of one sentence; beyond that the model is not writing sentences

_END = re.compile(r"(?<=[.!?])((?:\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\])*)(?=\s|$)")
_MARK = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_LEAD = re.compile(r"^\s*(?:[-*•#>]+|\d{1,2}[.)]|\[\d{1,3}\](?=\s*(?:\([^)]*\)\s*)?[A-Z]))\s*")
_OPENING = re.compile(r"^(?:the )?answer(?: is)?\s*:\s*", re.I)  # it says nothing of what the rest is of
_FORBIDDEN = re.compile(
    r"https?:|www\.|://|\]\(|<[/!a-z]|[\w.]+@\w|\b[\w-]+\.(?:com|net|org|io|example|invalid|test|ru|xyz)\b|`|javascript:",
    re.I,
)


def sentences(deltas: Iterable[str]) -> Iterator[str]:
    """Whole sentences as they are finished; an unfinished rest is not given."""
    buffer = ""
    count = 0
    for delta in deltas:
        buffer += delta
        while True:
            cut = next((m.end() for m in _END.finditer(buffer) if m.end() < len(buffer) - 1), 0)
            newline = buffer.find("\n")
            if newline >= 0 and (not cut or newline < cut):
                cut = newline + 1
            if not cut:
                break
            piece, buffer = buffer[:cut].strip(), buffer[cut:]
            # A mark that follows its sentence after a blank belongs to it.
            if piece:
                count += 1
                yield piece
        if len(buffer) > LONGEST or count >= 2 * SENTENCES:
            return
    rest = buffer.strip()
    if rest and (rest.endswith((".", "!", "?")) or _MARK.search(rest[-6:])):
        yield rest


def line(written: str, items: Sequence[Item]) -> tuple[Line | None, str]:
    """The sentence as a line with its sources, or why it can be none. Citations of what was not given are dropped."""
    lead = re.match(r"^\s*\[(\d{1,3})\]", written)
    body = _LEAD.sub("", written)
    numbers = [int(n) for group in _MARK.findall(written) for n in group.split(",")]
    if lead:
        numbers.append(int(lead[1]))
    text = clean(_MARK.sub("", body)).replace(" .", ".").strip()
    text = _OPENING.sub("", text)
    text = re.sub(r"^\([^)]{1,80}\)\s*(?=[A-Z])", "", text)  # the name of the source, copied from the prompt
    if _FORBIDDEN.search(text) or commands(text):
        return None, "forbidden"
    if len(text.split()) < 4 or len(text) > LONGEST or len(tokens(text)) < 2 or not text.endswith((".", "!")):
        return None, "no statement"
    known = {one.number: one for one in items}
    cited = [known[n] for n in dict.fromkeys(numbers) if n in known]
    return Line(text, tuple(one.source for one in cited)), "cited" if cited else "uncited"


def tells(text: str, question: str) -> bool:
    """It says what the question does not: a figure, or at least two words.

    A weak model gives the question back as a statement, true or not, and finds all its words in the evidence.
    """
    new = set(tokens(text)) - set(tokens(question))
    return len(new) >= 2 or any(any(sign.isdigit() for sign in one) for one in new)


def nearest(text: str, items: Sequence[Item]) -> Item | None:
    """The item that holds most of the sentence's terms: where a sentence without a usable citation may come from."""
    terms = set(tokens(text))
    best = max(items, key=lambda one: len(terms & set(tokens(one.text))), default=None)
    return best if best and terms & set(tokens(best.text)) else None


def names_stand(text: str, items: Sequence[Item], question: str) -> bool:
    """No name in the sentence that neither its sources, their headings nor the question hold."""
    places = [one for i in items for one in (i.source.passage.locator.document, *i.source.sentence.heading)]
    held = " ".join([question, *(i.text for i in items), *map(name, places)]).lower()
    words = re.findall(r"(?<![\w-])[A-Z][\w-]+|\b\w*[A-Z]\w*[A-Z]\w*\b", text)
    first = re.match(r"\W*(\w[\w-]*)", text)
    opening = first[1] if first and not re.search(r"[A-Z0-9]", first[1][1:]) else ""
    return all(word == opening or word.lower() in held for word in words)


def said(line_text: str, claims: Sequence[str]) -> bool:
    """One of the claims holds all that a line says: every term of it."""
    terms = set(tokens(line_text))
    return any(terms <= set(tokens(one)) for one in claims)
