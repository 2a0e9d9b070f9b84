"""Ingest touches only what changed; what is committed stays whole; failures say what to do."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from index import generation, library, retriever
from index.document import Label
from index.embedding import PACKAGED, OnnxEmbedder, TorchEmbedder
from index.errors import LibraryDamaged, LibraryError, LibraryLocked, LibraryNotFound, ModelMismatch
from index.retriever import Retriever


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "guidance"
    folder.mkdir()
    (folder / "a.md").write_text("# Alpha\n\nAlpha clusters need liquid cooling above forty kilowatts a rack.\n")
    (folder / "b.md").write_text("# Beta\n\nBeta storage must sustain its sequential reads.\n")
    return folder


def test_the_second_ingest_embeds_nothing_and_keeps_the_generation(own_home, folder):
    first = library.ingest(own_home, [folder])
    second = library.ingest(own_home, [folder])
    assert (len(first.added), first.embedded) == (2, 2)
    assert (second.added, second.changed, second.removed, second.embedded) == ([], [], [], 0)
    assert second.generation == first.generation


def test_only_new_changed_and_deleted_documents_are_touched(own_home, folder):
    library.ingest(own_home, [folder])
    (folder / "a.md").write_text("# Alpha\n\nAlpha clusters are cooled by air alone these days.\n")
    (folder / "b.md").unlink()
    (folder / "c.md").write_text("# Gamma\n\nGamma links run at four hundred gigabits.\n")
    report = library.ingest(own_home, [folder])
    assert [Path(p).name for p in report.changed] == ["a.md"]
    assert [Path(p).name for p in report.removed] == ["b.md"]
    assert [Path(p).name for p in report.added] == ["c.md"]
    assert report.embedded == 2
    found = Retriever(own_home, PACKAGED).retrieve("beta storage sequential reads").passages
    assert all("Beta" not in p.text for p in found)


def test_another_folder_adds_to_the_library(own_home, folder, tmp_path):
    library.ingest(own_home, [folder])
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "d.txt").write_text("Delta sites buy hourly matched renewable energy.")
    report = library.ingest(own_home, [tmp_path / "more"])
    assert report.documents == 3


def test_an_ingest_touches_what_is_below_its_own_folder_alone(own_home, tmp_path):
    """Not what stands beside it under a name that begins alike, in any order of the characters."""
    for name in ("notes", "notes-old", "notes.d", "notes0", "notesz"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(f"# {name}\n\nThe halls of {name} are cooled by air.\n")
        (tmp_path / name / "b.md").write_text(f"# {name}\n\nThe racks of {name} are cooled by water.\n")
        library.ingest(own_home, [tmp_path / name])
    for name in ("notes", "notes-old", "notes.d", "notes0", "notesz"):
        (tmp_path / name / "b.md").unlink()
    report = library.ingest(own_home, [tmp_path / "notes"])
    assert [Path(p) for p in report.removed] == [tmp_path / "notes" / "b.md"]
    assert (report.unchanged, report.documents, report.embedded) == (1, 9, 0)
    everything = library.ingest(own_home, [])
    assert len(everything.removed) == 4
    assert (everything.unchanged, everything.documents) == (5, 5)


def test_a_moved_file_keeps_its_vectors(own_home, folder):
    library.ingest(own_home, [folder])
    (folder / "a.md").rename(folder / "z.md")
    report = library.ingest(own_home, [folder])
    assert (len(report.added), len(report.removed), report.embedded) == (1, 1, 0)


def test_a_bad_file_is_refused_with_a_reason_and_the_rest_goes_on(own_home, folder):
    (folder / "bad.md").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00binary")
    report = library.ingest(own_home, [folder])
    assert len(report.added) == 2
    ((path, reason),) = report.refused
    assert path.endswith("bad.md")
    assert "binary" in reason


def test_nothing_readable_is_an_error_that_names_the_formats(own_home, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(LibraryError, match=r"\.pdf"):
        library.ingest(own_home, [tmp_path / "empty"])


def test_a_label_comes_from_front_matter_then_the_option_then_restricted(own_home, folder):
    (folder / "own.md").write_text("---\nlabel: internal\n---\n# Own\n\nOwn label stands here in words.\n")
    (folder / "odd.md").write_text("---\nlabel: secretish\n---\n# Odd\n\nAn unknown label closes the document.\n")
    library.ingest(own_home, [folder])
    labels = {d.path.rpartition("/")[2]: d.label for d, _ in Retriever(own_home, PACKAGED).documents()}
    assert labels["a.md"] is Label.RESTRICTED
    library.ingest(own_home, [folder], label=Label.PUBLIC)
    labels = {d.path.rpartition("/")[2]: d.label for d, _ in Retriever(own_home, PACKAGED).documents()}
    assert labels == {"a.md": Label.PUBLIC, "b.md": Label.PUBLIC, "own.md": Label.INTERNAL, "odd.md": Label.RESTRICTED}


def labels(home: Path) -> dict[str, Label]:
    return {Path(d.path).name: d.label for d, _ in Retriever(home, PACKAGED).documents()}


def test_the_stricter_of_the_documents_label_and_the_options_wins_and_is_remembered(own_home, folder):
    (folder / "own.md").write_text("---\nlabel: public\n---\n# Own\n\nThis note calls itself public.\n")
    library.ingest(own_home, [folder], label=Label.INTERNAL)
    assert labels(own_home) == {"a.md": Label.INTERNAL, "b.md": Label.INTERNAL, "own.md": Label.INTERNAL}
    (folder / "own.md").write_text("---\nlabel: public\n---\n# Own\n\nThis note still calls itself public.\n")
    (folder / "new.md").write_text("---\nlabel: public\n---\n# New\n\nA new note calls itself public as well.\n")
    (folder / "silent.md").write_text("# Silent\n\nA new note says nothing of its label.\n")
    library.ingest(own_home, [])
    assert labels(own_home) == {
        "a.md": Label.INTERNAL,
        "b.md": Label.INTERNAL,
        "own.md": Label.INTERNAL,
        "new.md": Label.INTERNAL,
        "silent.md": Label.RESTRICTED,
    }


def test_a_generation_of_an_older_format_says_to_rebuild_and_is_salvaged(own_home, folder):
    library.ingest(own_home, [folder])
    path, _ = generation.open_current(own_home)
    body = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**body, "format": generation.FORMAT - 1}))
    (own_home / "CURRENT").write_text(f"{path.name}\n")
    with pytest.raises(LibraryDamaged, match="another version of the advisor: run `advisor ingest --rebuild`"):
        Retriever(own_home, PACKAGED)
    assert library.ingest(own_home, [], rebuild=True).documents == 2


def test_a_second_writer_is_turned_away(own_home, folder):
    with generation.writer(own_home), pytest.raises(LibraryLocked, match="wait"):
        library.ingest(own_home, [folder])


def test_an_empty_workspace_says_how_to_fill_it(own_home):
    with pytest.raises(LibraryNotFound, match="advisor ingest"):
        Retriever(own_home, PACKAGED)


def test_a_damaged_file_is_found_and_rebuilding_mends_it(own_home, folder):
    library.ingest(own_home, [folder])
    path, _ = generation.open_current(own_home)
    (dense,) = path.glob("segments/*/dense.faiss")
    body = bytearray(dense.read_bytes())
    body[-1] ^= 0xFF
    dense.write_bytes(bytes(body))
    assert retriever.verify(own_home)[1] == [str(dense.relative_to(path))]
    dense.write_bytes(bytes(body[:-8]))
    with pytest.raises(LibraryDamaged, match="--rebuild"):
        Retriever(own_home, PACKAGED)
    report = library.ingest(own_home, [], rebuild=True)
    assert report.documents == 2
    assert retriever.verify(own_home)[1] == []


@pytest.mark.parametrize("said", [{"model": "other@0123"}, {"encoding": 3}, {"chunking": 0}])
def test_vectors_of_another_model_or_version_are_refused_with_the_mending_command(own_home, folder, said):
    library.ingest(own_home, [folder])
    path, _ = generation.open_current(own_home)
    body = json.loads((path / "manifest.json").read_text())
    other = json.dumps({**body, **said})
    (path / "manifest.json").write_text(other)
    (own_home / "CURRENT").write_text(f"{path.name} {hashlib.sha256(other.encode()).hexdigest()}\n")
    with pytest.raises(ModelMismatch, match="advisor ingest --rebuild"):
        Retriever(own_home, PACKAGED)
    with pytest.raises(ModelMismatch, match="advisor ingest --rebuild"):
        library.ingest(own_home, [folder])
    library.ingest(own_home, [], rebuild=True)
    assert len(Retriever(own_home, PACKAGED).documents()) == 2


def test_what_a_killed_writer_left_is_swept(own_home, folder):
    library.ingest(own_home, [folder])
    (generation.generations(own_home) / ".staging-x").mkdir()
    (generation.generations(own_home) / "000999").mkdir()
    library.ingest(own_home, [folder])
    assert [p.name for p in generation.generations(own_home).iterdir()] == [generation.current_name(own_home)]


def test_no_file_of_a_workspace_is_a_pickle(own_home, folder):
    library.ingest(own_home, [folder])
    for path in own_home.rglob("*"):
        assert path.suffix not in {".pkl", ".pickle", ".pt", ".joblib"}
        if path.suffix == ".npy":
            np.load(path, allow_pickle=False)


def test_both_runtimes_of_the_encoder_agree(home):
    texts = ["PUE", "Which fabric suits training? " * 30, "naïve Übergrößen 数据中心"]
    folder = library.encoder_folder(home, generation.open_current(home)[1].model)
    assert np.abs(OnnxEmbedder(folder).embed(texts) - TorchEmbedder().embed(texts)).max() < 1e-3
