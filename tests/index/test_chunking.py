"""Chunks fit the encoder, follow structure, lose nothing, and point into the stored text exactly."""

from hypothesis import given
from hypothesis import strategies as st

from index.chunking import MAX_PIECES, chunk, clean, split_sentences
from index.document import Block, Kind, Reading


def words(texts):
    """A stand-in for the encoder's counter: one piece a word."""
    return [len(text.split()) for text in texts]


def reading(*blocks: tuple[Kind, str, int]) -> Reading:
    text, made = "", []
    for kind, body, level in blocks:
        start = len(text)
        text += body + "\n\n"
        made.append(Block(kind, start, start + len(body), ((start, start + len(body)),), level))
    return Reading(text, tuple(made))


def test_sentences_end_at_full_stops_but_not_inside_abbreviations_or_decimals():
    text = "GPUs, e.g. H100, draw 0.7 kW vs. 0.4 kW. The rest follows! Is it so? Yes."
    assert [text[a:b] for a, b in split_sentences(text)] == [
        "GPUs, e.g. H100, draw 0.7 kW vs. 0.4 kW.",
        "The rest follows!",
        "Is it so?",
        "Yes.",
    ]


def test_units_and_the_word_no_end_sentences_but_initials_and_numbers_after_no_do_not():
    text = (
        "Each link runs at 400 Gb/s. The delay is 17 ms. Warsaw has none. Is it so? No. Fenris is idle. "
        "See Sec. 4 and No. 7 by J. Okafor and Ms. Wilk. Above 27 C. Ørsted shuts down. "
        "It took 6 hours. /scratch was full."
    )
    assert [text[a:b] for a, b in split_sentences(text)] == [
        "Each link runs at 400 Gb/s.",
        "The delay is 17 ms.",
        "Warsaw has none.",
        "Is it so?",
        "No.",
        "Fenris is idle.",
        "See Sec. 4 and No. 7 by J. Okafor and Ms. Wilk.",
        "Above 27 C.",
        "Ørsted shuts down.",
        "It took 6 hours.",
        "/scratch was full.",
    ]


def test_a_sentence_without_end_is_cut_at_white_space():
    text = "word " * 400
    parts = split_sentences(text.strip())
    assert len(parts) > 2
    assert all(b - a <= 600 for a, b in parts)


@given(st.text(alphabet="ab .!?\n1A(", max_size=300))
def test_no_word_is_lost_between_sentences(text):
    plain, _ = clean(text, [(0, len(text))])
    assert "".join(plain[a:b] for a, b in split_sentences(plain)).replace(" ", "") == plain.replace(" ", "")


@given(st.text(max_size=200), st.integers(0, 50), st.integers(0, 50))
def test_clean_positions_are_those_of_the_stored_text(text, a, b):
    runs = [(min(a, len(text)), min(a + b, len(text)))]
    plain, positions = clean(text, runs)
    assert len(plain) == len(positions)
    for character, position in zip(plain, positions, strict=True):
        assert character == text[position] or (character == " " and text[position].isspace())


def test_a_chunk_carries_its_heading_path_and_never_mixes_documents_sections_that_are_large():
    paragraph = "Sustained reads decide restarts. " * 30
    chunks = chunk(
        reading(
            (Kind.HEADING, "Storage", 1),
            (Kind.HEADING, "Reads", 2),
            (Kind.PARAGRAPH, paragraph.strip(), 0),
            (Kind.HEADING, "Writes", 2),
            (Kind.PARAGRAPH, paragraph.strip(), 0),
        ),
        words,
    )
    assert {c.heading for c in chunks} == {("Storage", "Reads"), ("Storage", "Writes")}


def test_small_sections_of_one_parent_share_a_chunk_and_each_sentence_keeps_its_own_heading():
    (only,) = chunk(
        reading(
            (Kind.HEADING, "Storage", 1),
            (Kind.HEADING, "Reads", 2),
            (Kind.PARAGRAPH, "Reads are sequential.", 0),
            (Kind.HEADING, "Writes", 2),
            (Kind.PARAGRAPH, "Writes come in bursts.", 0),
        ),
        words,
    )
    assert only.heading == ("Storage",)
    assert [s.heading[-1] for s in only.sentences] == ["Reads", "Writes"]
    assert only.text.splitlines() == ["Reads", "Reads are sequential.", "Writes", "Writes come in bursts."]


@given(
    st.lists(st.tuples(st.sampled_from([Kind.PARAGRAPH, Kind.ITEM, Kind.HEADING]), st.integers(1, 260)), max_size=12)
)
def test_chunks_fit_keep_order_and_hold_every_sentence_once(spec):
    blocks = [(kind, " ".join(["w"] * n) + ".", 1 + n % 3) for kind, n in spec]
    read = reading(*blocks)
    chunks = chunk(read, words)
    sentences = [s for c in chunks for s in c.sentences]
    expected = "".join(body for kind, body, _ in blocks if kind is not Kind.HEADING).replace(" ", "")
    assert "".join(s.text for s in sentences).replace(" ", "") == expected
    assert [s.start for s in sentences] == sorted(s.start for s in sentences)
    for c in chunks:
        longest = max(len(s.text.split()) for s in c.sentences)
        assert sum(len(s.text.split()) for s in c.sentences) <= max(MAX_PIECES, longest)
        assert all(c.start <= s.start < s.end <= c.end for s in c.sentences)
        assert all(read.text[s.start : s.end] == s.text for s in c.sentences)
