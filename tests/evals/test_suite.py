"""The suite on a small real library: broken retrieval breaks the gate, finished rows are kept, reports stand alone."""

import json
import os
import shutil
import threading
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

from advisor.errors import SchemaError
from advisor.settings import load
from evals import documents, drift, gate, history, report, suite
from evals.junit import as_junit
from evals.registry import EvalSet, Item, Opened, chosen, shipped
from evals.row import ADVISOR, Measure, Row, Run, SetResult
from index import fusion
from ui.cli import main

QUOTES = {
    "What is PUE <b>really</b>?": ("pue.md", "Power usage effectiveness (PUE) is the energy a data centre draws"),
    "What would a PUE of 1.0 mean?": ("pue.md", "A PUE of 1.0 would mean that no energy goes to cooling"),
    "Where is the energy of the facility metered?": (
        "pue.md",
        "Meter the energy at the utility feed",
    ),
    "Can an idle cluster have an excellent PUE?": ("pue.md", "An idle cluster can have an excellent PUE."),
    "How fast is an NDR link?": ("infiniband.md", "An NDR link carries 400 Gb/s per port."),
    "What computes the routes of InfiniBand?": ("infiniband.md", "A subnet manager computes the routes"),
    "Why does InfiniBand suit training?": ("infiniband.md", "collective operations suffer from every lost packet"),
    "What does RoCE carry over Ethernet?": ("ethernet.md", "carries remote direct memory access (RDMA) over Ethernet"),
    "What does RoCE need to be lossless?": ("ethernet.md", "RoCE needs priority flow control"),
    "What does a platform engineer earn?": ("payroll.md", "A senior GPU platform engineer in band seven earns"),
}


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    """Ten questions over the documents of conftest, and one that they do not answer."""
    path = tmp_path_factory.mktemp("set") / "mine.jsonl"
    rows = [
        {"id": f"q{i}", "question": text, "kind": "open", "answerable": True, "gold": [{"path": of, "quote": quote}]}
        for i, (text, (of, quote)) in enumerate(QUOTES.items())
    ]
    rows.append({"id": "none", "question": "Who won the 1998 World Cup?", "kind": "open", "answerable": False})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def settings(home, tmp_path):
    shutil.copytree(home / "encoder", tmp_path / "encoder", copy_function=os.link)
    return load(home=tmp_path)


def measured(settings, questions, folder, **options):
    one = documents.make("mine", "a set of one's own", questions, folder)
    with history.opened(settings.home) as kept:
        found = suite.run([one], settings, kept, say=lambda line: None, **options)
        kept.add(found)
    return found


def worst_first(*scores, weights=None):
    return -np.asarray(sum(scores), dtype=np.float32)


def test_retrieval_broken_on_purpose_fails_the_gate_and_whole_retrieval_passes(
    settings, questions, documents_folder, monkeypatch
):
    whole = measured(settings, questions, documents_folder)
    value = report.estimates(whole.sets["mine"].rows[ADVISOR], ["nDCG@10"])["nDCG@10"].value
    rules = {"mine": {"nDCG@10": gate.Rule(reference=value)}}
    assert gate.breaches(whole, rules) == []
    again = measured(settings, questions, documents_folder, fresh=True)
    assert gate.breaches(again, rules) == [] and gate.regressions(again.sets["mine"], whole.sets["mine"]) == []

    monkeypatch.setattr(fusion, "fuse", worst_first)
    broken = measured(settings, questions, documents_folder, fresh=True)
    assert [one.measure for one in gate.breaches(broken, rules)] == ["nDCG@10"]
    assert "nDCG@10" in [one.measure for one in gate.regressions(broken.sets["mine"], whole.sets["mine"])]
    assert drift.changes(whole, broken) and drift.changes(whole, again) == []


def test_documents_that_were_indexed_elsewhere_before_are_not_found_beside_these(
    settings, questions, documents_folder, tmp_path
):
    first = measured(settings, questions, documents_folder).sets["mine"].rows[ADVISOR]
    shutil.copytree(documents_folder, tmp_path / "moved")
    moved = measured(settings, questions, tmp_path / "moved", fresh=True).sets["mine"].rows[ADVISOR]
    assert [row.parts["nDCG@10"] for row in moved if row.id != "none"] == [
        row.parts["nDCG@10"] for row in first if row.id != "none"
    ]


@pytest.fixture(scope="module")
def documents_folder(documents):
    return documents


def counted(name="counted", fail_at=None):
    """A set of five items that counts what it measures, and may be interrupted."""
    seen = []

    def measure(item):
        if item.id == fail_at:
            raise KeyboardInterrupt
        seen.append(item.id)
        return Row(item.id, item.id, "k", {"m": (1.0, 1.0)})

    items = [Item(str(i), f"content {i}") for i in range(5)]
    return seen, EvalSet(name, "", (Measure("m", "higher", ""),), lambda: items, lambda: "", lambda *_: Opened(measure))


def test_an_interrupted_run_goes_on_where_it_stopped(settings):
    seen, one = counted(fail_at="3")
    with history.opened(settings.home) as kept, pytest.raises(KeyboardInterrupt):
        suite.run([one], settings, kept, say=lambda line: None)
    assert seen == ["0", "1", "2"]
    seen, one = counted()
    with history.opened(settings.home) as kept:
        found = suite.run([one], settings, kept, say=lambda line: None)
    assert seen == ["3", "4"] and [row.id for row in found.sets["counted"].rows[ADVISOR]] == ["0", "1", "2", "3", "4"]


def test_many_workers_give_the_same_rows_in_the_same_order(settings, questions, documents_folder):
    alone = measured(settings, questions, documents_folder, fresh=True).sets["mine"].rows[ADVISOR]
    seen = []
    told = lambda what, done, total: seen.append((done, total))  # noqa: E731
    together = measured(settings, questions, documents_folder, fresh=True, workers=4, progress=told)
    steady = [{name: part for name, part in row.parts.items() if not name.startswith("ms")} for row in alone]
    rows = together.sets["mine"].rows[ADVISOR]
    assert [{name: part for name, part in row.parts.items() if not name.startswith("ms")} for row in rows] == steady
    assert [(row.id, row.answer, row.evidence, row.failures) for row in rows] == [
        (row.id, row.answer, row.evidence, row.failures) for row in alone
    ]
    assert seen == [(done, len(rows)) for done in range(len(rows) + 1)]


def test_workers_are_at_work_together_and_what_they_finished_is_kept(settings):
    meeting = threading.Barrier(3, timeout=20)

    def measure(item):
        if item.id in ("0", "1", "2"):
            meeting.wait()  # no one passes alone
        if item.id == "4":
            raise KeyboardInterrupt
        return Row(item.id, item.id, "k", {"m": (1.0, 1.0)})

    seen, one = counted("together")
    broken = replace(one, open=lambda *_: Opened(measure))
    with history.opened(settings.home) as kept, pytest.raises(KeyboardInterrupt):
        suite.run([broken], settings, kept, workers=3, say=lambda line: None)
    with history.opened(settings.home) as kept:
        found = suite.run([one], settings, kept, workers=3, say=lambda line: None)
    assert "4" in seen and len(seen) < 5
    assert [row.id for row in found.sets["together"].rows[ADVISOR]] == ["0", "1", "2", "3", "4"]


def test_a_set_that_must_not_be_measured_at_the_same_time_is_not(settings):
    at_work, most = [], []

    def measure(item):
        at_work.append(item.id)
        most.append(len(at_work))
        at_work.remove(item.id)
        return Row(item.id, item.id, "k", {"m": (1.0, 1.0)})

    closed = []
    _, one = counted("alone")
    one = replace(one, open=lambda *_: Opened(measure, close=lambda: closed.append(True)), parallel=False)
    with history.opened(settings.home) as kept:
        suite.run([one], settings, kept, workers=4, say=lambda line: None)
    assert max(most) == 1 and closed == [True]


def test_other_settings_and_other_questions_are_measured_anew(settings):
    with history.opened(settings.home) as kept:
        suite.run([counted()[1]], settings, kept)
        seen, one = counted()
        other = settings.model_copy(update={"passages": 5})
        found = suite.run([one], settings, kept, against=other)
    assert len(seen) == 5 and set(found.sets["counted"].rows) == {ADVISOR, "against"}


def test_a_sample_is_the_same_every_time(settings):
    with history.opened(settings.home) as kept:
        ids = [
            [row.id for row in suite.run([counted()[1]], settings, kept, sample=3).sets["counted"].rows[ADVISOR]]
            for _ in range(2)
        ]
    assert ids[0] == ids[1] and len(ids[0]) == 3


def test_a_run_comes_back_from_the_history_as_it_was(settings, questions, documents_folder):
    found = measured(settings, questions, documents_folder)
    with history.opened(settings.home) as kept:
        again = kept.run("last")
        assert [trend.measure for trend in kept.trends("mine")]
        with pytest.raises(SchemaError, match=r"There are: 2"):
            kept.run("yesterday")
    assert again.id == found.id and again.sets["mine"].measures == found.sets["mine"].measures
    assert list(again.sets["mine"].rows[ADVISOR]) == list(found.sets["mine"].rows[ADVISOR])


def test_the_report_stands_alone_and_shows_text_as_text(settings, questions, documents_folder):
    found = measured(settings, questions, documents_folder)
    page = report.as_html(found, [gate.Breach("mine", "nDCG@10", "<script>alert(1)</script>")])
    assert "<b>really</b>" not in page and "What is PUE &lt;b&gt;really" in page
    assert "<script>alert" not in page
    assert not any(f'{name}="http' in page for name in ("src", "href")) and "url(" not in page and "@import" not in page
    assert "Power usage effectiveness (PUE) is the energy" in page


def test_junit_fails_by_the_gate_alone(settings, questions, documents_folder):
    found = measured(settings, questions, documents_folder)
    root = ElementTree.fromstring(as_junit(found, [gate.Breach("mine", "recall@5", "too low")]))
    assert len(root.findall(".//failure")) == 1
    assert len(root.find(".//testsuite[@name='mine']").findall("testcase")) == len(QUOTES) + 1


def test_the_command_ends_with_1_when_the_gate_does_not_hold(settings, questions, documents_folder, tmp_path):
    asked = ["--home", str(settings.home), "eval", "--set", str(questions), "--corpus", str(documents_folder)]
    (tmp_path / "kind.toml").write_text('[mine]\n"unsupported sentences" = { most = 0 }\n')
    (tmp_path / "hard.toml").write_text('[mine]\n"claims per answer" = { least = 1000 }\n')
    good = CliRunner().invoke(main, [*asked, "--gate", str(tmp_path / "kind.toml"), "--json", str(tmp_path / "o.json")])
    assert good.exit_code == 0, good.output
    assert json.loads((tmp_path / "o.json").read_text())["sets"]["mine"]["systems"][ADVISOR]["rows"]
    bad = CliRunner().invoke(main, [*asked, "--gate", str(tmp_path / "hard.toml"), "--against", "last"])
    assert bad.exit_code == 1 and "below 1000" in bad.output
    (tmp_path / "typo.toml").write_text('[mine]\n"nDCG@10" = { at_least = 1 }\n')
    typo = CliRunner().invoke(main, [*asked, "--gate", str(tmp_path / "typo.toml")])
    assert typo.exit_code == 1 and "mine.nDCG@10" in typo.output


def test_drift_tells_what_broke_and_which_evidence_went_first():
    def run_of(**rows):
        made = [Row(name, name, "k", {}, **row) for name, row in rows.items()]
        return Run("r", "c", {}, {"s": SetResult("s", "", (), {ADVISOR: made})})

    before = run_of(
        a={"answer": "yes", "evidence": ("x.md 0–9: text", "y.md 0–9: text")},
        b={"answer": "no", "failures": ("wrong",)},
        c={"answer": "same", "evidence": ("x.md 0–9: text",)},
        d={"answer": "same"},
    )
    after = run_of(
        a={"answer": "no", "failures": ("wrong",), "evidence": ("z.md 0–9: text", "x.md 0–9: text")},
        b={"answer": "yes"},
        c={"answer": "same", "evidence": ("x.md 0–9: other words",)},
        d={"answer": "other"},
    )
    found = drift.changes(before, after)
    assert [(one.id, one.what) for one in found] == [("a", "broken"), ("b", "mended"), ("d", "answer")]
    assert found[0].evidence_lost == ("y.md 0–9",) and found[0].evidence_new == ("z.md 0–9",)


def test_a_gate_that_names_peers_needs_them_to_have_run():
    rows = [Row("a", "q", "k", {"m": (1.0, 1.0)})]
    alone = SetResult("s", "", (Measure("m", "higher", ""),), {ADVISOR: rows})
    beside = SetResult(
        "s", "", (Measure("m", "higher", ""),), {ADVISOR: rows, "peer": [Row("a", "q", "k", {"m": (0.95, 1.0)})]}
    )
    rules = {"s": {"m": gate.Rule(times_best_peer=1.1)}}
    assert "add --peers" in gate.breaches(Run("r", "c", {}, {"s": alone}), rules)[0].why
    assert "1.1 times peer" in gate.breaches(Run("r", "c", {}, {"s": beside}), rules)[0].why


def test_every_shipped_set_has_questions_of_its_own():
    known = shipped()
    assert {"guidance", "inventory", "inventory_fresh", "sizing", "verifier", "roadmap", "follow_ups"} <= set(known)
    assert {"inventory_fresh3", "injections", "clearance", "readiness"} <= set(known)
    for one in known.values():
        ids = [item.id for item in one.items()]
        assert ids and len(ids) == len(set(ids)), one.name
    with pytest.raises(SchemaError, match="guidance"):
        chosen(["guidence"])
