"""Words of a question → concepts of the catalogue and values of the organisation, typos included."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import Catalogue
from advisor.measures.compute import view_sql

# Words that carry nothing a measure, filter or grouping would have to account for.
IGNORED = frozenset(
    """a an the of in on at for to from with our we us i my me you your their its it is are was were be been being do does did
    have has had there here this that these those and or but so then please show tell give list what which who how many much
    number count current currently now today present presently right moment so far all any some every each per by as about
    estate organisation organization company inventory fleet environment infrastructure get got can could would actually really
    exactly still already only just also ones one they them not sit sits sitting stand run runs running come comes go goes
    when where value figure figures number look like up out across over between within among single whole entire thing things
    say know see need-not spent-on hello hi hey ok okay thanks thank out we've we're what's whats that's how's i'd whether if
    break broken down split want find report reported deployed installed exist exists held hold holds stored site's each day
    handle handles process processes use uses using keep keeps offer offers provide provides involve contain contains belong belongs
    compared altogether please own owns owned-by reach reaches draw draws drawing consume consumes well big large happen achieve
    achieves deliver delivers know knows against compare""".split()
)
POSSESSIVE = frozenset({"we", "our", "ours", "us", "my", "i", "we've", "we're"})


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
    corrected: str = ""  # what was written, when it was not quite this


def stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("sses"):
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
                inside = any(
                    m.dimension == dimension and m.span.first <= span.first and span.last <= m.span.last for m in found
                )
                if not inside:
                    found.append(Match(dimension, tuple(sorted(spellings)), span))
        covered = {position for match in found for position in match.span.positions}
        for position, word in enumerate(words):
            if position in covered or word.text in IGNORED:
                continue
            for dimension, spellings in self.parts.get(word.text, {}).items():
                if len(spellings) == 1:
                    found.append(Match(dimension, tuple(spellings), Span(position, position + 1)))
        return found

    def correct(self, words: Sequence[Token]) -> tuple[list[Token], dict[int, str]]:
        """The words with typos mended where exactly one known word is nearest; position → what was written."""
        mended, changes = [], {}
        for position, token in enumerate(words):
            nearest = self._nearest(token.text)
            if nearest:
                changes[position] = token.raw
                mended.append(Token(nearest, token.raw, token.start))
            else:
                mended.append(token)
        return mended, changes

    def _nearest(self, word: str) -> str | None:
        limit = _tolerance(word)
        if not limit or word in self.words or word in IGNORED or stem(word) in IGNORED or word in _ENGLISH:
            return None
        best: list[str] = []
        least = limit + 1
        for known in self.words:
            if known[0] != word[0] and not (len(known) > 1 and known[1] == word[0]):
                continue
            if _tolerance(known) == 0:
                continue
            edits = distance(word, known, min(limit, least))
            if edits < least:
                best, least = [known], edits
            elif edits == least:
                best.append(known)
        return best[0] if len(best) == 1 and least <= limit else None


# Words near a known one that are meant as they stand.
_ENGLISH = frozenset(
    """cause case last list late later latest lost cost coast cast fast past post most host best rest test text next need seed
    feed speed spend send sent rent went want wants year years team term time times train trains training model models mode made
    make makes take takes large largest small smallest high highest higher low lowest lower more less than least fewer fewest
    since until before after month months week weeks quarter quarters day days plan plans place placed price prices prize white
    write read ready real rate rates rated share shares shared store stores stored score scores should sure side sides size sizes
    good great right light might night sight change changed changes charge charges large enough first second third three seven
    paris milan tokyo madrid london berlin munich zurich vienna lisbon porto rome prague warsaw helsinki stockholm copenhagen
    amsterdam brussels boston chicago dallas austin seattle sydney singapore mumbai delhi seoul osaka dubai doha cairo lagos
    forecast future strategy policy salary vendor happy color colour water market stock weather people""".split()
)


def _ngrams(words: Sequence[Token], longest: int) -> Iterator[tuple[Span, tuple[str, ...]]]:
    for first in range(len(words)):
        for last in range(first + 1, min(first + longest, len(words)) + 1):
            yield Span(first, last), tuple(token.text for token in words[first:last])


def build(inventory: Inventory, catalogue: Catalogue) -> Lexicon:
    """The lexicon of an inventory: the catalogue's words and every name in its dimensions."""
    lexicon = Lexicon(catalogue)
    for concept, variants in catalogue.concepts.items():
        for variant in variants:
            lexicon.concepts.setdefault(phrase(variant), []).append(concept)
    for dimension, names in catalogue.dimensions.items():
        for name in names:
            lexicon.dimensions.setdefault(phrase(name), []).append(dimension)
    for view in catalogue.views.values():
        named = [d for d in view.dimensions if d not in ("month", "currency", "priority", "driver_version", "rack")]
        columns = ", ".join(f'list(DISTINCT "{view.column(d)}"::VARCHAR)' for d in named)
        (row,) = inventory.query(f"{view_sql(view, inventory)} SELECT {columns} FROM v")
        for dimension, several in zip(named, row, strict=True):
            for value in several or ():
                if value:
                    _add(lexicon, dimension, value, value)
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
