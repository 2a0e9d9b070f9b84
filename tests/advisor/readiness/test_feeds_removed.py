"""Every feed of the sample organisation taken away in turn, by a real import: less is known, nothing looks better."""

import shutil
from pathlib import Path

import pytest

from advisor.inventory.importing import import_feeds
from advisor.inventory.inventory import Inventory
from advisor.readiness import assessed
from index.document import Label

SAMPLE = Path(__file__).parents[3] / "corpus" / "sample_org"
NOT_FEEDS = ("README.md", "feeds.yaml")  # the description, and what the feeds do not say of themselves
FEEDS = sorted(str(one.relative_to(SAMPLE)) for one in SAMPLE.rglob("*") if one.is_file() and one.name not in NOT_FEEDS)
# feeds that decide a score alone: without them it cannot be determined
DECIDING = {
    "storage/fio-fra-nas01.json": ("checkpoint write", "Frankfurt"),
    "storage/storage.csv": ("loading of weights", "Oslo"),
    "network/fabrics.csv": ("network for each GPU", "Oslo"),
    "governance/controls.yaml": ("controls", "Dublin"),
    "observability/signals.csv": ("signals collected", "Frankfurt"),
    "people/skills.csv": ("skills held", "Oslo"),
    "energy/carbon-intensity-monthly.csv": ("carbon intensity of the grid", "Dublin"),
    "cloud/focus-aws-2026q3-q4.csv": ("use of commitments", "AWS eu-central-1"),
    "cloud/describe-instances.json": ("accelerators", "AWS eu-central-1"),
    "oslo/dcgm-exporter.prom": ("idle accelerators", "Oslo"),
    "sites.csv": ("PUE", "Dublin"),
}


@pytest.fixture(scope="module")
def organisation(tmp_path_factory):
    """A copy of the feeds, its workspace, and the assessment with all of them."""
    folder = tmp_path_factory.mktemp("feeds")
    shutil.copytree(SAMPLE, folder / "org")
    (folder / "home").mkdir()
    import_feeds(folder / "home", [folder / "org"])
    return folder, assess(folder / "home")


def assess(home):
    inventory = Inventory.open(home, Label.RESTRICTED)
    found = assessed.of(inventory).result
    inventory.close()
    return found


def gaps(result):
    return {(gap.check.name, gap.workload, gap.site): gap for verdict in result.verdicts for gap in verdict.gaps}


@pytest.mark.parametrize("feed", FEEDS)
def test_without_a_feed_nothing_looks_better(organisation, feed):
    folder, whole = organisation
    path = folder / "org" / feed
    kept = path.read_bytes()
    path.unlink()
    try:
        import_feeds(folder / "home", [folder / "org"])
        less = assess(folder / "home")
    finally:
        path.write_bytes(kept)
    before, after = gaps(whole), gaps(less)
    assert set(after) <= set(before)
    for key, gap in after.items():
        known = before[key].score
        assert gap.score is None or (known is not None and gap.score <= known + 1e-9), gap.text
    had, has = whole.scores(), less.scores()
    for site in set(had) & set(has):
        for name in set(had[site]) & set(has[site]):
            assert has[site][name].low <= had[site][name].low + 1e-9
    states = {(one.workload.name, one.site): one.status for one in whole.verdicts}
    for verdict in less.verdicts:
        was = states[verdict.workload.name, verdict.site]
        assert not verdict.status.startswith("ready") or was.startswith("ready")
    if feed == "workloads.csv":
        assert not after  # nothing is asked, so nothing is scored
    if feed in DECIDING:
        check, site = DECIDING[feed]
        lost = [gap for gap in after.values() if (gap.check.name, gap.site) == (check, site)]
        assert lost and all(gap.status == "cannot determine" for gap in lost)


def test_all_feeds_back_give_the_first_assessment_again(organisation):
    folder, whole = organisation
    import_feeds(folder / "home", [folder / "org"])
    assert assess(folder / "home") == whole
