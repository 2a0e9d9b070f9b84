"""The roadmap of the sample organisation: what is in it, what is kept, what moved."""

import json
from datetime import date

import pytest
from fastapi.testclient import TestClient

from advisor.api.app import create_app
from advisor.engine import Advisor
from advisor.errors import QuestionError
from advisor.inventory.importing import import_feeds
from advisor.inventory.inventory import Inventory
from advisor.measures.catalogue import load as catalogue
from advisor.roadmap import compare, editing
from advisor.roadmap.build import SECTIONS, build, unsupported
from advisor.roadmap.document import Options, Roadmap, read
from advisor.roadmap.ledger import Ledger
from advisor.roadmap.markdown import render
from advisor.settings import corpus_path, load
from evals.roadmap import proof
from index.document import Label


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    home = tmp_path_factory.mktemp("roadmap")
    import_feeds(home, [corpus_path() / "sample_org"])
    return home


@pytest.fixture(scope="module")
def made(workspace):
    return build(Inventory.open(workspace), None, Options(), organisation="Nordwind Analytics")


def test_sections_stand_in_order_and_nothing_is_unsupported(made):
    names = [one.id for one in made.sections]
    assert names == [one for one in SECTIONS if one in names]
    assert [one.number for one in made.sections if one.number] == ["1", "2", "3", "4", "5", "6"]
    assert unsupported(made) == []


def test_the_slow_filer_leads_and_compute_waits_for_it(made):
    keys = {one.key: one for one in made.initiatives}
    worst = max(made.initiatives, key=lambda one: one.severity)
    assert worst.key == "storage@Frankfurt"
    assert keys["commitments"].id in keys["rented@AWS eu-central-1"].depends_on


def test_nothing_is_bought_for_a_bursty_workload_whose_data_may_leave(made):
    """The plan follows its own placement advice."""
    keys = {one.key: one for one in made.initiatives}
    assert "accelerators@Frankfurt" not in keys
    assert keys["peaks@Frankfurt"].workloads == ("genomics-fold",)
    assert keys["idle@Frankfurt"].id in keys["peaks@Frankfurt"].depends_on
    boundaries = next(one for one in made.sections if one.id == "hybrid-boundaries")
    rows = {row.cells[0]: row.cells for block in boundaries.blocks for row in block.rows}
    assert rows["genomics-fold"][2] == "burst" and keys["peaks@Frankfurt"].id in rows["genomics-fold"][3]


def test_every_id_that_is_cited_is_listed_and_leads_on(made):
    known = {one.id for one in made.evidence}
    cited = {part for s in made.sections for b in s.blocks for c in (*b.claims, *b.rows) for part in c.evidence}
    assert cited <= known
    assert {part for one in made.evidence for part in one.locator.inputs or ()} <= known


def test_it_survives_json_and_markdown_numbers_its_references(made, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(made.model_dump_json())
    assert read(path) == made
    page = render(made)
    assert "## 3 Networking and storage" in page
    assert f"\n{len(made.evidence)}. " in page


def test_one_section_alone(workspace):
    alone = build(Inventory.open(workspace), None, Options(section="energy"))
    assert [one.id for one in alone.sections] == ["energy"]
    with pytest.raises(QuestionError, match="network-storage"):
        build(Inventory.open(workspace), None, Options(section="networks"))


def test_a_locked_block_is_kept_with_its_evidence(workspace, made):
    section = next(one for one in made.sections if one.id == "network-storage")
    words = section.blocks[0].claims[0].model_copy(update={"text": "Our own words."})
    edited = section.blocks[0].model_copy(update={"claims": (words,), "locked": True})
    sections = [
        one.model_copy(update={"blocks": (edited, *one.blocks[1:])}) if one.id == section.id else one
        for one in made.sections
    ]
    former = made.model_copy(update={"sections": tuple(sections)})
    again = build(Inventory.open(workspace), None, Options(tone="board"), former=former)
    kept = next(one for one in again.sections if one.id == section.id)
    assert edited in kept.blocks
    assert set(words.evidence) <= {one.id for one in again.evidence}


def test_at_a_lower_clearance_restricted_rows_are_not_there(workspace, made):
    internal = build(Inventory.open(workspace, Label.INTERNAL), None, Options())
    assert "claims-triage" in made.model_dump_json()
    assert "claims-triage" not in internal.model_dump_json()
    assert internal.label.rank <= Label.INTERNAL.rank


def test_a_tighter_budget_is_told_as_the_cause(workspace, made):
    poor = build(Inventory.open(workspace), None, Options(budget=500_000), organisation="Nordwind Analytics")
    changes = {one.key: one for one in compare.compare(made, poor)}
    gone = changes["rented@AWS eu-central-1"]
    assert "outside the plan" in gone.detail
    assert any(cause.place == "request, budget" for cause in gone.causes)
    assert compare.compare(made, made) == ()


def test_a_changed_cell_is_told_as_the_cause(workspace, made, tmp_path):
    import shutil

    feeds = tmp_path / "sample_org"
    shutil.copytree(corpus_path() / "sample_org", feeds)
    for name, before, after in (
        ("sites.csv", "IE,colocation,IE,1.9,", "IE,colocation,IE,1.3,"),
        ("network/fabrics.csv", "osl-eth,Oslo,osl-ml,Ethernet,100,2,8,4,", "osl-eth,Oslo,osl-ml,Ethernet,800,8,8,1,"),
        ("people/skills.csv", "RDMA networking,,2,0", "RDMA networking,,2,2"),
    ):
        text = (feeds / name).read_text()
        assert before in text
        (feeds / name).write_text(text.replace(before, after))
    import_feeds(tmp_path / "home", [feeds])
    later = build(Inventory.open(tmp_path / "home"), None, Options(), organisation="Nordwind Analytics")
    reads = compare.reader(Inventory.open(tmp_path / "home"), catalogue())
    changes = {one.key: one for one in compare.compare(made, later, reads)}
    gone = changes["pue@Dublin"]
    assert gone.what == "disappeared"
    [cause] = gone.causes
    assert "sites.csv" in cause.place and (cause.before[:3], cause.after[:3]) == ("1.9", "1.3")
    links = {one.place.rpartition(", ")[2]: one for one in changes["network@Oslo"].causes}
    assert changes["network@Oslo"].what == "disappeared"
    assert links["link_gbits_per_s of osl-eth"].after == "800 Gb/s"  # no gap, so no reference: read from the inventory
    held = {one.place.rpartition(", ")[2]: one for one in changes["skills"].causes}
    assert held["people_held of ML Platform RDMA networking"].after.startswith("2")
    assert "from 65.2 %" in changes["skills"].detail and "from 73.9 %" in changes["skills"].detail


def test_a_sentence_needs_numbers_and_names_in_what_it_cites(made):
    ledger = Ledger(["Frankfurt", "Dublin"])
    ids = ledger.add(next(one for one in made.evidence if one.kind == "figure" and "Frankfurt" in one.text))
    assert not ledger.claim("Dublin is next.", ids).verdict.holds
    assert not ledger.claim("It takes 987 GB/s.", ids).verdict.holds
    assert not ledger.claim("Nothing is cited.", ()).verdict.holds
    assert len(ledger.dropped) == 3


def test_the_route_streams_stages_and_then_the_roadmap(workspace):
    client = TestClient(create_app(Advisor.open(load(home=workspace))), base_url="http://127.0.0.1")
    body = {"options": {"length": "brief", "start": "2027-01-04"}, "organisation": "Nordwind", "stream": True}
    events = [part.split("\ndata: ") for part in client.post("/v1/roadmap", json=body).text.strip().split("\n\n")]
    stages = [json.loads(data) for name, data in events if name == "event: progress"]
    assert stages[0]["stage"] == "findings" and stages[-1]["done"] == stages[-1]["total"]
    assert events[-1][0] == "event: roadmap"
    assert Roadmap.model_validate_json(events[-1][1]).schedule.start == date(2027, 1, 4)
    wrong = client.post("/v1/roadmap", json={"options": {"section": "nothing"}})
    assert wrong.status_code == 422
    assert client.get("/v1/roadmap/schema").json()["title"] == "Roadmap"


def test_own_words_are_locked_and_what_no_evidence_has_is_marked(made):
    section = next(one for one in made.sections if one.id == "network-storage")
    block = next(one for one in section.blocks if one.heading == "Storage")
    changed = editing.edited(made, block.id, f"{block.claims[0].text} The new tier gives 99 GB/s.")
    kept = next(b for s in changed.sections for b in s.blocks if b.id == block.id)
    assert kept.locked
    assert kept.claims[0] == block.claims[0]
    assert [one.verdict.holds for one in kept.claims] == [True, False]
    assert unsupported(changed) == ["The new tier gives 99 GB/s."]
    with pytest.raises(QuestionError):
        editing.edited(made, block.id, "  \n ")


def test_one_section_drafted_anew_leaves_the_others_and_every_reference_leads_on(workspace, made):
    part = build(Inventory.open(workspace), None, Options(section="observability", tone="engineer"), former=made)
    whole = editing.redrafted(made, part)
    assert [one.id for one in whole.sections] == [one.id for one in made.sections]
    changed = [one.id for one, old in zip(whole.sections, made.sections, strict=True) if one != old]
    assert changed == ["observability"]
    known = {one.id for one in whole.evidence}
    assert set(editing.cited(whole.sections)) <= known


@pytest.mark.parametrize("tone", ["neutral", "board", "engineer"])
@pytest.mark.parametrize("length", ["brief", "full"])
def test_no_tone_or_length_says_what_its_evidence_lacks(workspace, tone, length):
    said = build(Inventory.open(workspace), None, Options(tone=tone, length=length, headcount=8))
    assert unsupported(said) == []
    assert proof.untraceable(said) == []


def test_tones_say_different_things_and_lengths_differ_in_size(workspace):
    def words(**asked):
        page = render(build(Inventory.open(workspace), None, Options(headcount=8, **asked)))
        return page.partition("## References")[0]

    board, engineer = words(tone="board"), words(tone="engineer")
    assert "cannot run as required at Frankfurt until" in board and "cannot run as required" not in engineer
    assert "80 GPUs × 1,882 to 4,248 USD" in engineer.replace("\\", "") and "80 GPUs ×" not in board.replace("\\", "")
    assert "fio-fra-nas01.json, row 2" in engineer.replace("\\", "")
    assert "fio-fra-nas01.json, row 2" not in board.replace("\\", "")
    assert len(words(length="brief")) < 0.75 * len(words()) < len(words()) < len(words(length="full"))
