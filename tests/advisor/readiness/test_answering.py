"""Readiness questions in the chat: verdict first, binding constraint, numbers, next step, sources down to cells."""

import shutil
from pathlib import Path

import pytest

from advisor import Advisor, Label
from advisor.answer import Verdict
from advisor.inventory.importing import import_feeds
from advisor.settings import load

SAMPLE = Path(__file__).parents[3] / "corpus" / "sample_org"

# question, how the verdict begins, the planted fault that binds, the change
ASKED = [
    (
        "Are we ready to fine-tune a 70B model?",
        "No: llm-finetune-70b",
        "checkpoint write at Frankfurt",
        "sustained write",
    ),
    (
        "What is our biggest bottleneck?",
        "The biggest bottleneck is storage at Frankfurt",
        "Checkpoint write",
        "Do first: add",
    ),
    ("What should we do first?", "The biggest bottleneck is storage at Frankfurt", "Checkpoint write", "Do first: add"),
    (
        "Is our Frankfurt storage fast enough for 70B checkpoints?",
        "No: storage holds back",
        "checkpoint read",
        "all-flash",
    ),
    (
        "Should claims-triage stay in the cloud?",
        "No: claims-triage belongs on-premises",
        "restricted",
        "sites of your own",
    ),
    (
        "Should the support-bot inference stay on-premises?",
        "Yes: support-bot belongs on-premises, at Dublin",
        "signals",
        "DCGM first",
    ),
    ("Is support bot ready?", "Yes: support-bot at Dublin is ready with gaps", "signals collected", "DCGM first"),
    (
        "Can the fraud-graph training run on our network?",
        "No: networking holds back fraud-graph",
        "6.25 Gb/s",
        "raise the network",
    ),
    ("Can Oslo serve a 70B model?", "", "Assumed: serving a 70B model at Oslo", "2 GPU"),
    ("Are we ready to train a 400B model?", "No: training a 400B model", "Binding constraint", "Smallest change"),
]

# questions that nobody had in mind when the reading was written, and what a lead would want to hear first
FRESH = [
    ("Can Oslo take the fraud model's training?", "No: fraud-graph at Oslo is not ready", "6.25 Gb/s", "raise the network"),
    ("What would 16 more H100 in Frankfurt change?", "It makes genomics-fold ready", "96 → 112", "The biggest bottleneck stays"),
    ("Which workload should we fix first and why?", "The biggest bottleneck is storage at Frankfurt", "Why first", "Do first: add"),
    ("Is 400G enough for our pre-training?", "Yes: networking is sufficient for pretrain-nordic-13b", "400 Gb/s",
     "held back elsewhere: checkpoint write"),
    ("Why is Frankfurt not ready?", "Frankfurt is not ready for 3 of its 3 workloads", "checkpoint write", "Do first: add"),
    ("Should we burst the batch scoring?", "Yes: genomics-fold belongs on burst capacity", "nightly-embeddings", "in bursts"),
    ("Does it pay to keep our H100 reservation?", "No: the H100 reservation does not pay", "20.39 %", "Next step: move steady"),
    ("Are we ready to fine-tune a 70B model with QLoRA?", "Yes: fine-tuning a 70B model with QLoRA at Oslo", "Assumed", "1 GPU"),
    ("Which site is the least ready, and what holds it back?", "The least ready site is AWS eu-central-1", "Holds back", "25 to"),
    ("If we doubled Frankfurt's storage write to 2.6 GB/s, would the 70B fine-tune be ready?", "It makes no workload ready",
     "llm-finetune-70b at Frankfurt stays not ready", "13.73 GB/s"),
    ("Which workloads are ready today?", "5 of 12 workloads are ready", "code-assistant at AWS eu-central-1 cannot be", "support-bot"),
    ("What do our idle GPUs cost us?", "Cost of unused commitments: 590,363.96 USD", "38 GPUs", "does not pay"),
]  # fmt: skip


@pytest.fixture(scope="module")
def estate(home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("answering") / "home"
    shutil.copytree(home, folder)
    assert import_feeds(folder, [SAMPLE]).refused == []
    return Advisor.open(load(home=folder))


@pytest.mark.parametrize(("question", "verdict", "binding", "change"), [*ASKED, *FRESH])
def test_verdict_first_then_what_binds_and_what_to_do(estate, question, verdict, binding, change):
    answer = estate.ask(question)
    assert answer.answer.replace("\\", "").startswith(verdict)
    own = [claim for claim in answer.claims if claim.verdict is Verdict.COMPUTED]
    said = " ".join(claim.text for claim in own)
    assert binding in said and change in said


@pytest.mark.parametrize("question", [row[0] for row in [*ASKED, *FRESH] if "idle" not in row[0]])
def test_a_finding_leads_down_to_cells(estate, question):
    answer = estate.ask(question)
    items = {item.id: item for item in answer.evidence}
    findings = [item for item in answer.evidence if item.kind == "finding"]
    assert findings and any(item.kind == "fact" for item in answer.evidence)
    for item in findings:
        assert all(one in items for one in item.locator.inputs or ())
    assert all(one in items for claim in answer.claims for one in claim.evidence)


def test_a_supposed_change_says_what_becomes_of_the_workloads(estate):
    better = estate.ask("What if storage write of Frankfurt is 20 GB/s?")
    kept = estate.ask("What if we add 16 H100 in Oslo?")
    assert "no verdict and no binding constraint" in kept.answer and "Checkpoint write" not in better.answer
    assert better.claims and better.answer != kept.answer


@pytest.mark.parametrize(
    "question",
    [
        "What is a bottleneck?",
        "How do we find the bottleneck of a training cluster?",
        "How much memory does it take to fine-tune a 70B model?",
        "What is PUE?",
        "Should we rent or buy accelerators?",
        "How do I know if 400G Ethernet would be enough?",
    ],
)
def test_questions_of_guidance_stay_with_the_guidance(estate, question):
    assert all(item.kind != "finding" for item in estate.ask(question).evidence)


@pytest.mark.parametrize(
    "question", ["How many GPUs does fraud-graph ask for?", "Which sites have less than 2 GB/s of read?"]
)
def test_questions_of_measures_stay_with_the_measures(estate, question):
    assert all(item.kind != "finding" for item in estate.ask(question).evidence)


def test_a_supposition_that_cannot_be_read_is_not_answered_without_it(estate):
    answer = estate.ask("If we paint Oslo green in 2027, would doc-search be ready?")
    assert answer.abstained and "cannot be read" in " ".join(answer.missing)


def test_a_workload_above_the_clearance_is_neither_named_nor_assessed(estate):
    answer = estate.ask("Should claims-triage stay in the cloud?", clearance=Label.INTERNAL)
    assert all(item.kind != "finding" for item in answer.evidence)
    assert "claims-triage" not in " ".join(claim.text for claim in answer.claims)
