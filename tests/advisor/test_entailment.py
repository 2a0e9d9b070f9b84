"""The optional NLI model: loaded once, labels read by name, a bad one told as such, and what it may decide."""

import pytest

from advisor import doctor
from advisor.answer import Verdict
from advisor.errors import SettingsError
from advisor.settings import Settings
from advisor.verification import verify
from advisor.verifying.entailment import NliModel, Reading, combined, load

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the cache is full empty vllm preempts requests a node draws kw".split()
USUAL = {0: "contradiction", 1: "entailment", 2: "neutral"}
SUPPORTED, UNSUPPORTED = (Verdict.SUPPORTED, ""), (Verdict.UNSUPPORTED, "the evidence does not bear: x")
EVIDENCE = {"e": "The cache is full."}


def made(folder, labels):
    """A real cross-encoder with random weights, one layer."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, num_labels=len(labels), id2label=labels, label2id={v: k for k, v in labels.items()},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made(tmp_path_factory.mktemp("nli") / "model", USUAL)


def test_a_reading_is_a_distribution_over_the_labels(folder):
    found = NliModel(folder).read("The cache is full.", "The cache is empty.")
    assert found.entailment + found.neutral + found.contradiction == pytest.approx(1.0)


def test_labels_are_read_by_name_whatever_their_order(folder, tmp_path):
    import shutil

    turned = tmp_path / "turned"
    shutil.copytree(folder, turned)
    config = (turned / "config.json").read_text()
    (turned / "config.json").write_text(config.replace('"0": "contradiction"', '"0": "ENTAILMENT"')
                                        .replace('"1": "entailment"', '"1": "CONTRADICTION"'))  # fmt: skip
    pair = ("The cache is full.", "A node draws.")
    one, other = NliModel(folder).read(*pair), NliModel(str(turned)).read(*pair)
    assert (one.entailment, one.contradiction) == pytest.approx((other.contradiction, other.entailment))
    assert one.entailment != pytest.approx(one.contradiction)


def test_it_is_loaded_once(folder):
    assert load(folder) is load(folder)


def test_a_bad_name_tells_what_to_do(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere cannot be loaded.*nli_model"):
        NliModel(str(tmp_path / "nowhere"))


def test_other_labels_are_refused(tmp_path):
    folder = made(tmp_path / "sentiment", {0: "good", 1: "bad", 2: "mixed"})
    with pytest.raises(SettingsError, match="good, bad, mixed; needed are entailment"):
        NliModel(folder)


def test_the_doctor_speaks_of_it(folder, tmp_path):
    def said(name):
        return next(one for one in doctor.checks(Settings(home=tmp_path, nli_model=name)) if one.part == "NLI model")

    assert said(None).ok
    assert said(folder).ok and folder in said(folder).said
    assert not said(str(tmp_path / "nowhere")).ok


@pytest.mark.parametrize(
    ("judged", "reading", "verdict"),
    [
        (SUPPORTED, Reading(0.1, 0.1, 0.8), Verdict.CONTRADICTED),
        (SUPPORTED, Reading(0.2, 0.2, 0.6), Verdict.SUPPORTED),
        (SUPPORTED, Reading(0.0, 1.0, 0.0), Verdict.SUPPORTED),
        (UNSUPPORTED, Reading(0.95, 0.05, 0.0), Verdict.SUPPORTED),
        (UNSUPPORTED, Reading(0.8, 0.2, 0.0), Verdict.UNSUPPORTED),
        (UNSUPPORTED, Reading(0.0, 0.0, 1.0), Verdict.UNSUPPORTED),
    ],
)
def test_it_stops_at_a_likely_contradiction_and_lets_through_at_a_sure_entailment(judged, reading, verdict):
    assert combined(judged, reading)[0] is verdict


class Believing(NliModel):
    """Holds everything for entailed, as an obedient model would."""

    def __init__(self):
        pass

    def read(self, evidence, line):
        return Reading(1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "claim",
    ["The cache is full at 40 GB.", "The AMD cache is full."],
)
def test_it_cannot_excuse_a_figure_or_a_name(claim):
    assert not verify(claim, ("e",), EVIDENCE, nli=Believing()).holds
    assert not verify("The cache is full.", ("nowhere",), EVIDENCE, nli=Believing()).holds


def test_a_real_model_is_asked_about_a_paraphrase(folder):
    asked = NliModel(folder)
    verdict = verify("The full cache is a cache.", ("e",), EVIDENCE, nli=asked)
    assert (
        verdict
        is combined(
            (verify("The full cache is a cache.", ("e",), EVIDENCE), ""),
            asked.read("The cache is full.", "The full cache is a cache."),
        )[0]
    )
