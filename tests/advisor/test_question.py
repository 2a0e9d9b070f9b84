"""How a question is read decides the shape of its answer."""

import pytest

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
