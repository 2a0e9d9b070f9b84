"""The wheel holds the four packages and the corpus, owns no one else's names, and works outside a checkout."""

import os
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"advisor", "index", "evals", "ui"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_has_our_packages_and_the_corpus(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == OURS
    assert sum(name.startswith("advisor/_corpus/guidance/") for name in names) >= 48
    assert "evals/sets/guidance.jsonl" in names


def test_no_dependency_owns_one_of_our_names():
    owners = packages_distributions()
    for name in OURS:
        assert set(owners.get(name, ["infra-advisor"])) == {"infra-advisor"}


def test_the_wheel_answers_from_its_own_corpus(wheel, tmp_path, home):
    """Unpacked outside the checkout, with the dependencies of this environment."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]; import advisor, advisor.settings as s;"
        "assert advisor.__file__.startswith(sys.argv[1]);"
        "assert str(s.corpus_path()).startswith(sys.argv[1]);"
        "print(advisor.Advisor.open(s.load(home=sys.argv[2])).ask('What is PUE?').answer)"
    )
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "site"), str(home)],
        capture_output=True, text=True, cwd=tmp_path, env=clean,
    )  # fmt: skip
    assert "Power usage effectiveness" in ran.stdout, ran.stderr
