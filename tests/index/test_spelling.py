"""A typo is read as the nearest word that the caller's documents have, wherever in the library it stands."""

import difflib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index import lexical
from index.lexical import LexicalIndex, Postings
from index.spelling import ALIKE, APART, Spelling, letters


def of_part(words):
    """As the postings of a part hold them."""
    found = {}
    for word in words:
        found.setdefault(word[0], []).append(word)
    return {initial: ("\n".join(some), letters(some)) for initial, some in found.items()}


words = st.text(alphabet="abce-é", min_size=1, max_size=9)


@given(st.lists(st.lists(words, max_size=20), max_size=3), st.text(alphabet="abceé", min_size=5, max_size=9))
def test_near_words_are_those_of_difflib_in_its_order(parts, typed):
    alike = {
        word
        for part in parts
        for word in part
        if word.isalpha() and word[0] == typed[0] and abs(len(word) - len(typed)) <= APART
    }
    expected = difflib.get_close_matches(typed, sorted(alike), n=100, cutoff=ALIKE)
    assert Spelling([of_part(part) for part in parts]).near(typed) == expected


def test_short_words_and_names_with_digits_are_left_as_they_are():
    known = Spelling([of_part(["rack", "h100"])])
    assert known.near("rakc") == known.near("h1000") == []


def test_a_typo_is_mended_by_what_the_caller_sees(tmp_path):
    texts = ["checkpoint", "checkpoints are restored", "chockpoint"]
    for number, text in enumerate(texts):
        lexical.build([text], tmp_path / str(number))
    index = LexicalIndex([Postings(tmp_path / str(number)) for number in range(3)])
    assert index.at(np.array([False, False, True])).correct("chackpoint") == "chockpoint"
    assert index.at(np.array([True, False, False])).correct("chackpoint") == "checkpoint"
    assert index.at(np.array([False, False, False])).correct("chackpoint") is None
    assert index.at(np.array([True, True, True])).correct("checkpoint") is None


def test_what_is_left_out_of_a_merge_mends_no_typo(tmp_path):
    for number, texts in enumerate((["checkpoint restored", "chockpoint"], ["racks hold checkpoints", "leaf"])):
        lexical.build(texts, tmp_path / str(number))
    kept = [np.array([True, False]), np.array([True, True])]
    lexical.merge([(tmp_path / str(number), keep) for number, keep in enumerate(kept)], tmp_path / "merged")
    lexicon = LexicalIndex([Postings(tmp_path / "merged")]).at(np.array([True, True, True]))
    assert lexicon.correct("chackpoint") == "checkpoint"
    assert not lexicon.knows("chockpoint")
    assert [lexicon.knows(term) for term in ("restor", "rack", "leaf")] == [True, True, True]


def test_a_library_without_a_word_opens(tmp_path):
    lexical.build(["…", ""], tmp_path / "none")
    lexicon = LexicalIndex([Postings(tmp_path / "none")]).at(np.array([True, True]))
    assert lexicon.correct("chackpoint") is None
