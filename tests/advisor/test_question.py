"""How a question is read decides the shape of its answer."""

import pytest

from advisor import aims
from advisor.errors import QuestionError
from advisor.question import Kind, analyse


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("What is PUE?", Kind.DEFINITION),
        ("what does RoCE stand for", Kind.DEFINITION),
        ("Can you explain what a rail-optimised fabric is?", Kind.OPEN),
        ("How do we audit storage before buying GPUs?", Kind.HOW_TO),
        ("hey, how should i measure network throughput?", Kind.HOW_TO),
        ("InfiniBand vs Ethernet?", Kind.COMPARISON),
        ("What is the difference between MIG and time-slicing?", Kind.COMPARISON),
        ("Should we use Slurm or Kubernetes?", Kind.COMPARISON),
        ("How much memory does an H100 have?", Kind.NUMBER),
        ("What percentage of peak is a good MFU?", Kind.NUMBER),
        ("What is a good PUE?", Kind.NUMBER),
        ("What's a healthy GPU utilisation for training?", Kind.NUMBER),
        ("what is considered a good pue", Kind.NUMBER),
        ("What is a good GPU vendor?", Kind.OPEN),
        ("What is a realistic alternative to CUDA?", Kind.DEFINITION),
        ("What is a good cost allocation method?", Kind.OPEN),
        ("What are good practices for GPU sharing?", Kind.LIST),
        ("Which metrics should a GPU dashboard show?", Kind.LIST),
        ("Does PUE measure useful work?", Kind.YES_NO),
        ("Is our storage fast enough for 70B checkpoints?", Kind.READINESS),
        ("Why do stragglers slow collectives?", Kind.OPEN),
    ],
)
def test_the_kind_of_a_question(text, kind):
    assert analyse(text).kind is kind


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("InfiniBand vs Ethernet?", ("InfiniBand", "Ethernet")),
        ("What is the difference between MIG and time-slicing?", ("MIG", "time-slicing")),
        ("How does Lustre differ from Storage Scale?", ("Lustre", "Storage Scale")),
        ("Should we use Slurm or Kubernetes?", ("Slurm", "Kubernetes")),
        ("Compare reserved capacity with on-demand", ("reserved capacity", "on-demand")),
    ],
)
def test_a_comparison_knows_its_sides(text, sides):
    assert tuple(side.lower() for side in analyse(text).sides) == tuple(side.lower() for side in sides)


@pytest.mark.parametrize("text", ["", "   ", "?!"])
def test_nothing_asked_is_an_error_that_helps(text):
    with pytest.raises(QuestionError, match="advisor ask"):
        analyse(text)


def test_an_endless_question_is_refused():
    with pytest.raises(QuestionError, match="shorten"):
        analyse("why " * 2000)


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("Should we buy GPUs or upgrade storage first?", ("buy GPUs", "upgrade storage")),
        ("What do we do first: hire operators or order hardware?", ("hire operators", "order hardware")),
        ("Faster links or more disks: which should come first for training?", ("Faster links", "disks")),
        ("Do we install meters before or after the first racks?", ("install meters", "first racks")),
        ("Should we test the fabric before we accept the cluster?", ("test the fabric", "accept the cluster")),
        ("Network before compute?", ("Network", "compute")),
    ],
)
def test_which_of_two_comes_first_is_no_comparison(text, sides):
    assert (analyse(text).kind, analyse(text).sides) == (Kind.ORDER, sides)


@pytest.mark.parametrize("text", ["Do we need a contract before that?", "What changes before it gets faster?"])
def test_a_pronoun_is_no_side_of_an_order(text):
    assert analyse(text).kind is not Kind.ORDER


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("When does it make sense to own hardware?", False),
        ("In which order should we fix the estate?", False),
        ("When did the regulation enter into force?", True),
        ("When is the report due?", True),
    ],
)
def test_when_asks_for_a_date_or_for_a_condition(text, number):
    assert (analyse(text).kind is Kind.NUMBER) is number


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("How do I tell whether the disks are too slow?", aims.SIGN),
        ("When should we move to liquid cooling?", aims.CONDITION),
        ("What do we lose by sharing a GPU?", aims.PRICE),
        ("Who approves a large order?", aims.WHO),
        ("How can we cut the energy of training?", aims.REDUCE),
        ("What should we check before the first run?", aims.CHECK),
        ("In what order do we fix power and network?", aims.ORDER),
    ],
)
def test_a_question_tells_what_it_is_after(text, aim):
    assert aim in aims.aims(text)


def test_a_question_for_a_name_alone_is_after_nothing_else():
    assert aims.aims("What is PUE?") == ()
