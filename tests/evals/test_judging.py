"""Judges over a real endpoint: what is read as a verdict, what is not, what they are sent, how they agree."""

import json
import os
import shutil
import time

import pytest

pytest.importorskip("llama_index.llms.openai_like")

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import SettingsError
from advisor.settings import load
from evals import documents, history, report, suite
from evals.judging.agreement import agreements, kappa
from evals.judging.judge import judged, open_judge, read_score, read_yes_or_no
from evals.row import ADVISOR, Judgement, Material, Row, SetResult
from evals.stub import chunk, send, serving
from ui.cli import main


@pytest.fixture
def stub():
    with serving() as one:
        yield one


@pytest.fixture
def settings(home, tmp_path, stub):
    shutil.copytree(home / "encoder", tmp_path / "encoder", copy_function=os.link)
    return load(home=tmp_path, llm_base_url=stub.url, llm_timeout_s=20.0)


def row(name="r", said="PUE is 1.2.", contexts=("The PUE is 1.2.",), label="public", truth=None, ours=True):
    known = {} if truth is None else {"faithfulness": truth}
    material = Material(said, contexts, label, "It is 1.2.", "What is the PUE?", {"faithfulness": ours}, known)
    return Row(name, "What is the PUE?", "k", {"m": (1.0, 1.0)}, material=material)


def ask(settings, rows, timeout_s=30.0):
    judge = open_judge(settings, "openai:stub", timeout_s)
    with history.opened(settings.home) as kept:
        return judged(rows, judge, kept, workers=2, fresh=False, progress=lambda done, total: None)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("YES", True),
        ("no.", False),
        ("Answer: YES", True),
        ("**No**, because yes was expected", False),
        ("It may be yes and it may be no", None),
        ("", None),
        ("The sky is blue, I know nothing", None),
        ("notable eyes", None),
    ],
)
def test_what_is_read_as_yes_or_no(said, verdict):
    assert read_yes_or_no(said) is verdict


@pytest.mark.parametrize(
    ("said", "score"),
    [
        ("4.0", 4.0),
        ("4.5\nGood.", 4.5),
        ("Score:\n2\nIt has 3 mistakes and 5 words.", 2.0),
        ("I give it a 3.", 3.0),
        ("Between 2 and 4", None),
        ("7", None),
        ("10", None),
        ("", None),
    ],
)
def test_what_is_read_as_a_score(said, score):
    assert read_score(said)[0] == score


@given(st.lists(st.tuples(st.booleans(), st.booleans())))
def test_kappa_is_symmetric_and_at_most_one(pairs):
    found = kappa(pairs)
    assert found == (pytest.approx(kappa([(b, a) for a, b in pairs])) if found is not None else None)
    if found is not None:
        assert -1 <= found <= 1
        assert (found == pytest.approx(1)) == all(a == b for a, b in pairs)


def test_kappa_of_a_published_table():
    """Cohen's own form of example: 20 both yes, 15 both no, 5 and 10 apart: agreement 0.7, by chance 0.5."""
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa([]) is None and kappa([(True, True)] * 3) is None


def test_each_aspect_is_asked_once_and_kept(settings, stub):
    stub.obey = lambda system, user: "5\nFine." if "## Reference Answer" in user else "YES"
    found = ask(settings, [row()])
    assert [(one.aspect, one.passing, one.why) for one in found] == [
        ("faithfulness", True, ""), ("relevancy", True, ""), ("correctness", True, ""),
    ]  # fmt: skip
    calls = stub.calls
    assert calls == 3 and b"The PUE is 1.2." in stub.received and b"response_format" not in stub.received
    assert ask(settings, [row("another id")]) == [
        Judgement("another id", one.aspect, one.passing, one.said, one.why) for one in found
    ]
    assert stub.calls == calls
    ask(settings, [row(said="PUE is 1.3.")])
    assert stub.calls == 2 * calls


def garbage(handler, streamed):
    send(handler, b"<html>not an API</html>", "text/html")


def refuses(handler, streamed):
    send(handler, b"{}", "application/json", status=500)


def endless(handler, streamed):
    send(handler, b"", "text/event-stream")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        handler.wfile.write(chunk("maybe "))
        time.sleep(0.05)


@pytest.mark.parametrize(
    "reply", ["", "As an AI I would rather not say.", "\N{SNOWMAN}" * 200, "maybe yes, maybe no", "{}"]
)
def test_a_weak_judge_gives_no_verdict(settings, stub, reply):
    stub.reply = reply
    found = ask(settings, [row()])
    assert [one.passing for one in found] == [None, None, None] and all(one.why for one in found)


@pytest.mark.parametrize("fault", [garbage, refuses, endless], ids=lambda one: one.__name__)
def test_a_broken_judge_gives_no_verdict_and_is_asked_again_next_time(settings, stub, fault):
    stub.fault = fault
    timeout_s = 2.0 if fault is endless else 30.0
    assert [one.passing for one in ask(settings, [row()], timeout_s)] == [None, None, None]
    stub.fault, stub.reply = None, "YES"
    assert [one.passing for one in ask(settings, [row()])][:2] == [True, True]


def test_a_judge_that_is_not_there_gives_no_verdict(settings):
    gone = settings.model_copy(update={"llm_base_url": "http://127.0.0.1:9/v1"})
    found = ask(gone, [row()])
    assert [one.passing for one in found] == [None] * 3 and "did not answer" in found[0].why


def test_a_hosted_judge_reads_nothing_above_its_ceiling(settings, stub):
    hosted = settings.model_copy(update={"llm_loopback_is_local": False})
    stub.reply = "YES"
    rows = [row("open"), row("hidden", contexts=("The PUE of Vardohus is 1.9.",), label="internal")]
    found = ask(hosted, rows)
    assert [one.withheld for one in found if one.row == "hidden"] == [True] * 3
    assert [one.passing for one in found if one.row == "open"][:2] == [True, True]
    assert b"Vardohus" not in stub.received
    more = load(**{**dict(hosted), "llm_ceiling": "internal"})
    assert not any(one.withheld for one in ask(more, rows)) and b"Vardohus" in stub.received


def test_agreement_tells_who_is_right_and_shows_where_they_differ():
    rows = [row("a", truth=True), row("b", truth=False, ours=False), row("c", truth=False, ours=True), row("d")]
    said = [
        Judgement("a", "faithfulness", True, "YES"),
        Judgement("b", "faithfulness", True, "<b>YES</b>"),
        Judgement("c", "faithfulness", False, "NO"),
        Judgement("d", "faithfulness", None, "", "no verdict"),
    ]
    result = SetResult("s", "", (), {ADVISOR: rows}, judge="stub", judged=tuple(said))
    (one,) = agreements(result)
    assert (one.good, one.bad, one.silent, one.compared) == (2, 1, 1, 3)
    assert one.differ == pytest.approx(2 / 3) and one.kappa == pytest.approx(kappa([(1, 1), (1, 0), (0, 1)]))
    assert one.judge_right == pytest.approx(2 / 3) and one.ours_right == pytest.approx(2 / 3)
    assert [row.id for row, _ in one.examples] == ["b", "c"]
    page = report._set(result, ())
    assert "apart from the measures" in page and "&lt;b&gt;YES" in page and "<b>YES</b>" not in page


def test_no_judge_no_word_of_one(settings):
    with pytest.raises(SettingsError, match="none can be used"):
        open_judge(settings, "none")


def test_a_run_with_a_judge_reports_it_apart_and_comes_back_from_the_history(settings, stub, documents, tmp_path):
    stub.obey = lambda system, user: "1\nWrong." if "## Reference Answer" in user else "NO"
    (tmp_path / "mine.jsonl").write_text(
        json.dumps(
            {
                "id": "q", "question": "How fast is an NDR link?", "kind": "number", "answerable": True,
                "gold": [{"path": "infiniband.md", "quote": "An NDR link carries 400 Gb/s per port."}],
                "key_facts": ["400 Gb/s"],
            }
        )
        + "\n"
    )  # fmt: skip
    asked = ["--home", str(settings.home), "eval", "--set", str(tmp_path / "mine.jsonl"), "--corpus", str(documents)]
    asked += ["--judge-llm", "openai:stub", "--report", str(tmp_path / "r.html"), "--json", str(tmp_path / "r.json")]
    done = CliRunner().invoke(main, asked, env={"ADVISOR_LLM_BASE_URL": stub.url})
    assert done.exit_code == 0, done.output
    assert "| faithfulness | 1 | 0 | 1 | 0 | 0 | 1.000 |" in done.output
    body = json.loads((tmp_path / "r.json").read_text())["sets"]["mine"]
    assert [one["passing"] for one in body["judged"]] == [False, False, False]
    measures = body["systems"][ADVISOR]["estimates"]
    assert measures["unsupported sentences"]["value"] == 0 and measures["key-fact recall"]["value"] == 1
    assert "where the judge differs from the verifier" in (tmp_path / "r.html").read_text()
    with history.opened(settings.home) as kept:
        again = kept.run("last").sets["mine"]
    assert [one.passing for one in again.judged] == [False] * 3 and agreements(again)[0].differ == 1


def test_restricted_documents_of_a_set_are_not_judged_by_a_hosted_model(settings, stub, documents, tmp_path):
    stub.reply = "YES"
    (tmp_path / "mine.jsonl").write_text(
        json.dumps(
            {
                "id": "q", "question": "What does a senior GPU platform engineer earn?", "kind": "number",
                "answerable": True, "gold": [{"path": "payroll.md", "quote": "in band seven earns 98,000 EUR"}],
            }
        )
        + "\n"
    )  # fmt: skip
    hosted = settings.model_copy(update={"llm_loopback_is_local": False})
    one = documents_set(tmp_path / "mine.jsonl", documents)
    with history.opened(hosted.home) as kept:
        found = suite.run([one], hosted, kept, judge=open_judge(hosted, "openai:stub"), say=lambda line: None)
    assert all(one.withheld for one in found.sets["mine"].judged) and found.sets["mine"].judged
    assert b"98,000" not in stub.received and b"earn" not in stub.received


def documents_set(path, folder):
    return documents.make("mine", "", path, folder)
