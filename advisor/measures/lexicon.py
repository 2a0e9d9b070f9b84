"""Words of a question → concepts of the catalogue and values of the organisation, typos included."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import view_sql
from advisor.measures.vocabulary import BETWEEN, COUNTRIES, IGNORED, NEGATORS, english


@dataclass(frozen=True, slots=True)
class Token:
    text: str  # stemmed, lower case
    raw: str
    start: int


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive tokens that mean something: first and one past the last position."""

    first: int
    last: int

    @property
    def positions(self) -> range:
        return range(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Match:
    """A value of a dimension that stands in the question."""

    dimension: str
    values: tuple[str, ...]  # exact spellings
    span: Span
    cue: Span | None = None  # the word that turns it round: "not", "outside"


def stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 2 and word.endswith("s") and (word.endswith("pus") or not word.endswith(("ss", "us", "is"))):
        return word[:-1]
    return word


def tokens(text: str) -> list[Token]:
    """Words without punctuation; hyphens and slashes separate, dots inside stay."""
    found = []
    for match in re.finditer(r"[^\W_]+(?:[.'’][^\W_]+)*|%", text):
        raw = match.group()
        plain = re.sub(r"['’]s$", "", raw.lower()).replace("’", "'")
        found.append(Token("percent" if plain == "%" else stem(plain), raw, match.start()))
    return found


def phrase(text: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokens(text.replace("_", " ")))


def distance(a: str, b: str, limit: int) -> int:
    """Edits between two words, a swap of neighbours counting as one; above `limit`, limit + 1."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return last[-1]


def _slip(a: str, b: str) -> bool:
    """Whether two short words differ by a sign too many or too few, or by two swapped: the slips that do not make another word."""
    return len(a) != len(b) or sorted(a) == sorted(b)


def _tolerance(word: str) -> int:
    """Typos allowed in a word; none in short words or in names with digits, where one sign changes the thing."""
    if any(sign.isdigit() for sign in word) or len(word) < 4:
        return 0
    return 1 if len(word) < 8 else 2


@dataclass(slots=True)
class Lexicon:
    """What words mean in one inventory at one clearance."""

    catalogue: Catalogue
    concepts: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    dimensions: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    values: dict[tuple[str, ...], dict[str, set[str]]] = field(default_factory=dict)
    parts: dict[str, dict[str, set[str]]] = field(default_factory=dict)  # one word of a longer value
    words: set[str] = field(default_factory=set)
    by_dimension: dict[str, list[str]] = field(default_factory=dict)

    def concept_spans(self, words: Sequence[Token]) -> dict[str, list[Span]]:
        found: dict[str, list[Span]] = defaultdict(list)
        for span, key in _ngrams(words, 4):
            for concept in self.concepts.get(key, ()):
                found[concept].append(span)
        for spans in found.values():
            spans.sort(key=lambda span: -(span.last - span.first))
        return found

    def value_matches(self, words: Sequence[Token]) -> list[Match]:
        """Longest first; a match inside a longer one of the same dimension is left out."""
        found: list[Match] = []
        for span, key in sorted(_ngrams(words, 6), key=lambda one: -(one[0].last - one[0].first)):
            for dimension, spellings in self.values.get(key, {}).items():
                if len(key) == 1 and len(key[0]) < 3 and words[span.first].raw not in spellings:
                    continue  # the country NO is not meant by "no"
                verb = len(key) == 1 and key[0] in IGNORED and not key[0].endswith(("ed", "ing"))
                name = words[span.first].raw[0].isupper() and span.first > 0  # the team "Infrastructure"
                if verb and not name and not self.named_beside(dimension, span, words):
                    continue  # the model family "own" is not meant by "do we own"
                inside = any(
                    m.dimension == dimension and m.span.first <= span.first and span.last <= m.span.last for m in found
                )
                if not inside:
                    found.append(Match(dimension, tuple(sorted(spellings)), span))
        found = _turned(found, words)
        covered = {position for match in found for position in match.span.positions}
        for position, word in enumerate(words):
            if position in covered or word.text in IGNORED:
                continue
            for dimension, spellings in self.parts.get(word.text, {}).items():
                if len(spellings) == 1:
                    found.append(Match(dimension, tuple(spellings), Span(position, position + 1)))
        return found

    def named_beside(self, dimension: str, span: Span, words: Sequence[Token]) -> bool:
        """Whether the word before or after a name says what kind of name it is: "the Claims team"."""
        return bool(noun_beside(self.catalogue.dimensions[dimension], span, words))

    def correct(self, words: Sequence[Token]) -> tuple[list[Token], dict[int, str]]:
        """The words with typos mended where exactly one known word is nearest; position → what was written."""
        mended, changes = [], {}
        for position, token in enumerate(words):
            plain = token.raw.lower() in english() or token.text in english()
            nearest = None if plain or token.text in NEGATORS else self._nearest(token.text)
            if nearest:
                changes[position] = token.raw
                mended.append(Token(nearest, token.raw, token.start))
            else:
                mended.append(token)
        return mended, changes

    def _nearest(self, word: str) -> str | None:
        limit = _tolerance(word)
        if not limit or word in self.words or word in IGNORED or stem(word) in IGNORED:
            return None
        best: list[str] = []
        least = limit + 1
        for known in self.words:
            if known[0] != word[0] and not (len(known) > 1 and known[1] == word[0]):
                continue
            if _tolerance(known) == 0:
                continue
            edits = distance(word, known, min(limit, least))
            if edits == 1 and len(word) < 6 and not _slip(word, known):
                continue
            if edits < least:
                best, least = [known], edits
            elif edits == least:
                best.append(known)
        return best[0] if len(best) == 1 and least <= limit else None


def noun_beside(names: Iterable[str], span: Span, words: Sequence[Token]) -> set[int]:
    """Positions of a dimension's own words right before or after a name: "the Claims team", "model family Llama"."""
    for name in names:
        said = phrase(name)
        for first in (span.first - len(said), span.last):
            if first >= 0 and tuple(token.text for token in words[first : first + len(said)]) == said:
                return set(range(first, first + len(said)))
    return set()


def _turned(matches: Sequence[Match], words: Sequence[Token]) -> list[Match]:
    """Matches with the negation that stands before them: "not in Oslo", "excluding H100s", "outside Oslo and Dublin"."""
    cues: dict[int, Span] = {}  # first position of a match → the words that negate it
    for match in sorted(matches, key=lambda one: one.span.first):
        at = match.span.first - 1
        while at >= 0 and words[at].text in BETWEEN:
            at -= 1
        if at >= 0 and words[at].text in NEGATORS:
            cues[match.span.first] = Span(at, at + 1)
        elif at >= 1 and (words[at - 1].text, words[at].text) in (
            ("other", "than"),
            ("apart", "from"),
            ("leaving", "out"),
        ):
            cues[match.span.first] = Span(at - 1, at + 1)
        elif at >= 1 and words[at].text in ("and", "or", "nor"):
            before = next((m for m in matches if m.dimension == match.dimension and m.span.last == at), None)
            if before and before.span.first in cues:
                cues[match.span.first] = cues[before.span.first]
    return [replace(match, cue=cues.get(match.span.first)) for match in matches]


def _ngrams(words: Sequence[Token], longest: int) -> Iterator[tuple[Span, tuple[str, ...]]]:
    for first in range(len(words)):
        for last in range(first + 1, min(first + longest, len(words)) + 1):
            yield Span(first, last), tuple(token.text for token in words[first:last])


_NUMBERED = ("priority", "driver_version", "rack")  # whose values say nothing without the noun: "priority 1"


def nameless(catalogue: Catalogue) -> Lexicon:
    """The catalogue's words alone, for where there is no inventory."""
    lexicon = Lexicon(catalogue)
    for concept, variants in catalogue.concepts.items():
        for variant in variants:
            lexicon.concepts.setdefault(phrase(variant), []).append(concept)
    for dimension, names in catalogue.dimensions.items():
        for name in names:
            lexicon.dimensions.setdefault(phrase(name), []).append(dimension)
    _finish(lexicon)
    return lexicon


def build(inventory: Inventory, catalogue: Catalogue) -> Lexicon:
    """The lexicon of an inventory: the catalogue's words and every name in its dimensions."""
    lexicon = nameless(catalogue)
    for view in catalogue.views.values():
        named = [d for d in view.dimensions if d not in ("month", "currency")]
        columns = ", ".join(f'list(DISTINCT "{view.column(d)}"::VARCHAR)' for d in named)
        (row,) = inventory.query(f"{view_sql(view, inventory)} SELECT {columns} FROM v")
        for dimension, several in zip(named, row, strict=True):
            for value in several or ():
                if value and dimension in _NUMBERED:
                    for noun in catalogue.dimensions[dimension]:
                        _add(lexicon, dimension, f"{noun} {value}", value)
                elif value:
                    _add(lexicon, dimension, value, value)
                    if dimension == "country" and value.upper() in COUNTRIES:
                        _add(lexicon, dimension, COUNTRIES[value.upper()], value)
    for one in catalogue.sets:
        for dimension, wanted in one.values.items():
            listed = lexicon.by_dimension.get(dimension, [])
            chosen = [value for value in listed if (value.lower() in wanted) != one.others]
            for words in one.words if chosen else ():
                lexicon.values.setdefault(phrase(words), defaultdict(set))[dimension].update(chosen)
    for site, aliases in inventory.query(
        f"SELECT site, aliases FROM {inventory.schema}.site WHERE aliases IS NOT NULL"
    ):
        for alias in aliases.split(";"):
            if alias.strip():
                _add(lexicon, "site", alias, site, parts=False)
    _finish(lexicon)
    return lexicon


def _add(lexicon: Lexicon, dimension: str, written: str, value: str, *, parts: bool = True) -> None:
    key = phrase(written)
    if not key or len(key) > 6:
        return
    lexicon.values.setdefault(key, defaultdict(set))[dimension].add(value)
    listed = lexicon.by_dimension.setdefault(dimension, [])
    if value not in listed:
        listed.append(value)
    if dimension == "node" and "." in written:
        lexicon.values.setdefault(phrase(written.partition(".")[0]), defaultdict(set))[dimension].add(value)
    if (
        parts
        and len(key) > 1
        and dimension in ("provider", "service", "region", "commitment", "model_family", "product")
    ):
        for word in key:
            if len(word) > 3 and word not in IGNORED:
                lexicon.parts.setdefault(word, defaultdict(set))[dimension].add(value)


def _finish(lexicon: Lexicon) -> None:
    """Known words, for typos; parts of a value that are a word of the catalogue or a whole value name nothing."""
    for key in (*lexicon.concepts, *lexicon.dimensions):
        lexicon.words.update(key)
    whole = {key[0] for key in lexicon.values if len(key) == 1}
    for word in list(lexicon.parts):
        if word in lexicon.words or word in whole:
            del lexicon.parts[word]
    for key in lexicon.values:
        lexicon.words.update(word for word in key if len(word) > 3)
    lexicon.words.update(("january", "february", "march", "april", "june", "july", "august", "september", "october",
                          "november", "december", "quarter", "highest", "lowest", "largest", "smallest", "fewest"))  # fmt: skip
    lexicon.words -= IGNORED
