"""The sample organisation's store, built once."""

from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent.parent.parent / "corpus" / "sample_org"


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory) -> Path:
    from advisor.inventory.importing import build_store

    folder = tmp_path_factory.mktemp("sample") / "store"
    report = build_store(folder, [SAMPLE])
    assert report.refused == []
    return folder


@pytest.fixture(scope="session")
def sample(sample_store):
    from advisor.inventory.inventory import Inventory

    return Inventory(sample_store)
