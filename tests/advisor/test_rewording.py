"""A model may word a follow-up, only where it adds nothing and only what it may see."""

import pytest

pytest.importorskip("llama_index.llms.openai_like")

from advisor import Advisor
from advisor.settings import load
from evals.stub import serving

HISTORY = ["What is PUE?"]


def asked(home, said, **given):
    """The answer to a follow-up when the model words it as `said`, and the bytes the model was sent."""
    with serving() as stub:
        wording = lambda system, user: said if system.startswith("Rewrite") else "No idea."  # noqa: E731
        stub.obey = wording
        advisor = Advisor.open(
            load(
                home=home,
                llm="openai:stub",
                llm_base_url=stub.url,
                llm_rewrites=True,
                llm_rewrite_timeout_s=30,
                **given,
            )
        )
        return advisor.ask("how is it measured?", history=HISTORY), stub.received


def test_a_wording_that_adds_nothing_is_used(home):
    answer, _ = asked(home, "How is what PUE is measured?")
    assert answer.understood == "How is what PUE is measured?" and not answer.abstained


@pytest.mark.parametrize(
    "said", ["How is PUE of Oslo measured?", "How is PUE measured in 3 steps?", "See http://x.test?", ""]
)
def test_any_other_gives_way_to_the_rules(home, said):
    answer, _ = asked(home, said)
    assert answer.understood == "how is PUE measured?" and not answer.abstained


def test_a_hosted_model_words_nothing_that_touches_what_it_may_not_see(home):
    _, sent = asked(home, "How is PUE measured?", llm_loopback_is_local=False)
    assert b"Rewrite the last question" not in sent  # the salary bands are among what was considered
