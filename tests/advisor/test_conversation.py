"""Follow-ups are made self-contained from the conversation's own words, and new topics are left alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import Advisor
from advisor.answer import Evidence, EvidenceLocator
from advisor.conversation import CHARACTERS, TURNS, Turn, holds, leaning, questions, remembered, understand
from advisor.errors import QuestionError
from advisor.events import Done, Notice
from advisor.question import MAX_CHARACTERS
from index.document import Label
from index.vocabulary import words


def asked(text, *history):
    return understand(text, [Turn(one) for one in history])


SIZING = Evidence(
    id="abc:0-10",
    kind="passage",
    text="Size it from the write rate.",
    label=Label.PUBLIC,
    locator=EvidenceLocator(document="Lustre parallel file system", heading="Lustre > Sizing", start=0, end=10),
)


@pytest.mark.parametrize(
    ("history", "text", "question"),
    [
        (["What is a PPA?"], "why does it matter?", "why does PPA matter?"),
        (["What is HBM?"], "how much of it does an H200 have?", "how much of HBM does an H200 have?"),
        (["What is HBM?"], "and DDR?", "What is DDR?"),
        (["How fast is level 1?"], "and level 3?", "How fast is level 3?"),
        (["Compare InfiniBand and RoCE"], "which is cheaper?", "Which is cheaper, InfiniBand or RoCE?"),
        (["InfiniBand vs RoCE?"], "when is the latter enough?", "when is RoCE enough?"),
        (["What is MIG?", "What is MPS?"], "how do they differ?", "What is the difference between MIG and MPS?"),
        (["What is a spot VM?"], "sorry, I meant a reserved VM", "What is a reserved VM?"),
        (["What does NFS cost?"], "not NFS, Lustre", "What does Lustre cost?"),
        (["How do I reserve capacity?"], "on AWS", "How do I reserve capacity on AWS?"),
        (["How do I size a cluster?"], "what if jobs are small?", "How do I size a cluster: what if jobs are small?"),
        (["What is FinOps?", "who does it?"], "and when not?", "who does FinOps: when not?"),
    ],
)
def test_a_follow_up_is_made_self_contained(history, text, question):
    found = asked(text, *history)
    assert (found.question, found.follows) == (question, True)


@pytest.mark.parametrize(
    "text",
    [
        "How does InfiniBand keep its links lossless?",
        "Is it worth buying InfiniBand for inference?",
        "How long does it take to train a 70B model?",
        "If a switch loses packets, what does it do?",
        "What is RDMA?",
        "In what order should we modernise an old data centre?",
    ],
)
def test_a_question_of_its_own_drags_no_old_topic_in(text):
    found = asked(text, "What is PUE and why can it mislead?")
    assert found.question == text and not found.follows


def test_an_announced_change_of_topic_is_taken_at_its_word():
    assert asked("Something else: is it hot?", "What is PUE?").question == "is it hot?"


@pytest.mark.parametrize(("text", "style"), [("shorter please", "short"), ("tell me more", "more"), ("as a list", "")])
def test_style_repeats_the_question_before(text, style):
    found = asked(text, "What is PUE?")
    assert (found.question, found.style) == ("What is PUE?", style)


@pytest.mark.parametrize("text", ["thanks!", "Great, thank you very much", "hello", "ok that helps, bye"])
def test_a_courtesy_asks_nothing(text):
    assert asked(text, "What is PUE?").courtesy and asked(text).courtesy


@pytest.mark.parametrize("text", ["ok", "hello world model sizes", "is the answer clear on thanks?", "What helps?"])
def test_a_question_is_no_courtesy(text):
    assert asked(text).courtesy == (text == "ok")


def test_a_source_of_the_last_answer_can_be_asked_about():
    turn = Turn("How do I size a file system?", (SIZING,))
    more, about = understand("say more about [1]", [turn]), understand("what does source 1 say about latency?", [turn])
    assert (more.source, more.style) == (1, "more") and "Lustre parallel file system" in more.question
    assert (about.source, about.style) == (1, "") and "latency" in about.question
    assert understand("say more about [7]", [turn]).source is None


def test_memory_has_a_budget_of_turns_and_characters():
    assert len(remembered([Turn(f"question {n}?") for n in range(20)])) == TURNS
    assert [one.question for one in remembered([Turn("a" * CHARACTERS), Turn("b?")])] == ["b?"]


def test_the_estates_grammar_reads_corrections_as_follow_ups():
    assert leaning("no, in Dublin") == "what about in Dublin"
    assert leaning("Sorry, I meant Oslo, not Dublin") == "what about Oslo"
    assert leaning("and in Oslo?") == "and in Oslo?"
    assert leaning("No idea: how many GPUs are in Oslo?") == "No idea: how many GPUs are in Oslo?"


WORDS = st.sampled_from(
    "what about and it they how is the for in GPU InfiniBand RoCE 70B model level 3 cost not I meant which of two [2]"
    " why shorter thanks them PUE does measure storage Frankfurt only no more than , ? .".split()
)
TEXT = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)


@given(TEXT, st.lists(TEXT, max_size=4))
def test_nothing_is_added_that_the_conversation_lacks(text, history):
    found = asked(text, *history)
    frame = set("what is the difference between and or which only s a an said about".split())
    assert set(words(found.question)) <= set(words(" ".join([text, *history]))) | frame
    assert asked(text, *history) == found
    assert len(questions([Turn(one) for one in history])) <= len(history)


def test_a_rewriting_never_outgrows_a_question():
    long = "word " * (MAX_CHARACTERS // 5 - 2)
    assert len(asked("why? " + long.strip(), "What is PUE?").question) <= MAX_CHARACTERS


def test_a_models_wording_must_add_nothing_and_lose_nothing():
    turns = [Turn("How fast is one NDR link?")]
    assert holds("How fast is one HDR link?", "and HDR?", turns)
    assert not holds("How fast is one HDR link at 200 Gb/s?", "and HDR?", turns)
    assert not holds("How fast is one HDR link of Mellanox?", "and HDR?", turns)
    assert not holds("How fast is one NDR link?", "and HDR?", turns)
    assert not holds("How fast is one HDR link? See http://x.test", "and HDR?", turns)


@pytest.fixture(scope="module")
def advisor(home):
    from advisor.settings import load

    return Advisor.open(load(home=home))


def test_what_was_understood_is_told(advisor):
    answer = advisor.ask("how is it measured?", history=["What is PUE?"])
    assert answer.question == "how is it measured?" and answer.understood == "how is PUE measured?"
    assert answer.answer.startswith("Understood as: how is PUE measured?") and not answer.abstained
    assert "meter" in " ".join(claim.text for claim in answer.claims).lower()
    events = list(advisor.stream("how is it measured?", history=["What is PUE?"]))
    assert isinstance(events[0], Notice) and events[0].code == "understood"
    assert isinstance(events[-1], Done) and events[-1].answer.claims == answer.claims


def test_a_question_that_stands_by_itself_says_nothing_of_it(advisor):
    answer = advisor.ask("What is PUE?", history=["What is InfiniBand?"])
    assert answer.understood is None and "Understood" not in answer.answer


def test_thanks_get_no_evidence(advisor):
    answer = advisor.ask("Thanks!", history=["What is PUE?"])
    assert answer.kind == "courtesy" and not answer.claims and not answer.evidence


def test_shorter_is_shorter_and_more_is_new(advisor):
    first = advisor.ask("What is PUE?")
    turn = Turn("What is PUE?", first.evidence)
    assert len(advisor.ask("shorter", history=[turn]).claims) <= 2
    more = advisor.ask("tell me more", history=[turn])
    assert more.claims and not {c.text for c in more.claims} & {c.text for c in first.claims}


def test_one_source_alone_is_asked(advisor):
    turn = Turn("What is PUE?", advisor.ask("What is PUE?").evidence)
    said = advisor.ask("what does source 1 say about idle clusters?", history=[turn])
    assert {item.locator.document for item in said.evidence} <= {"Power usage effectiveness"}


def test_evidence_of_earlier_turns_above_the_clearance_is_not_brought_back(advisor):
    hidden = replace(Turn("What is PUE?"), evidence=(SIZING.model_copy(update={"label": Label.RESTRICTED}),))
    said = advisor.ask("say more about [1]", history=[hidden], clearance=Label.PUBLIC)
    assert all(item.label is Label.PUBLIC for item in said.evidence)
    assert SIZING.locator.document not in said.answer


def test_an_empty_follow_up_is_still_refused(advisor):
    with pytest.raises(QuestionError):
        advisor.ask("  ?! ", history=["What is PUE?"])
