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


@pytest.fixture(scope="session")
def estate_home(home, tmp_path_factory) -> Path:
    """The small library and the sample organisation's inventory in one workspace. Tests that write copy it."""
    import shutil

    from advisor.inventory.importing import import_feeds

    folder = tmp_path_factory.mktemp("estate") / "home"
    shutil.copytree(home, folder)
    assert import_feeds(folder, [SAMPLE]).refused == []
    return folder
