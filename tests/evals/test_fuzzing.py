"""Every route keeps to its description under made-up requests, and a description that does not hold is found out."""

import shutil

import pytest

pytest.importorskip("schemathesis")

from advisor import Advisor
from advisor.api.app import create_app
from advisor.settings import load
from evals import fuzzing


@pytest.fixture(scope="module")
def filled(home, tmp_path_factory):
    """A workspace of the fuzzing, and its key."""
    own = tmp_path_factory.mktemp("fuzzed") / "home"
    shutil.copytree(home / "encoder", own / "encoder")
    return own, fuzzing.workspace(own)


def test_every_route_keeps_to_its_description(filled, tmp_path):
    home, key = filled
    with fuzzing.served(home) as url:
        found = fuzzing.run(url, key, tmp_path, examples=3, few=1, seed=1, phases="examples,fuzzing,stateful")
        described = fuzzing.routes(url, key)
    assert (found.failures, found.server_errors) == ((), 0)
    assert set(found.operations) >= described
    assert found.cases >= 3 * len(described)


def test_a_description_that_does_not_hold_is_found_out(filled, tmp_path, serving):
    home, key = filled
    app = create_app(Advisor.open(load(home=home, rate_per_minute=0)))
    said = app.openapi()["paths"]["/v1/search"]["get"]
    k = next(one for one in said["parameters"] if one["name"] == "k")
    k["schema"]["maximum"] = 100_000
    del said["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    said["responses"]["200"]["content"]["application/json"]["schema"]["required"] = ["hits"]
    with serving(app) as url:
        found = fuzzing.run(
            url, key, tmp_path, examples=20, few=2, seed=1, only="^/v1/search$", phases="coverage,fuzzing"
        )
    assert "form_as_described" in " ".join(found.failures)
    assert any("schema" in one for one in found.failures)
