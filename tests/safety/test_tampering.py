"""A changed byte of a workspace is noticed before anything of it is loaded."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from advisor import Advisor
from advisor.inventory.importing import import_feeds
from advisor.settings import corpus_path, load
from evals.campaigns import tampering
from index import generation, library
from index.embedding import PACKAGED, OnnxEmbedder
from index.errors import LibraryDamaged, ModelMissing
from index.retriever import Retriever


@pytest.fixture(scope="module")
def estate(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.mktemp("tampering") / "home"
    shutil.copytree(home, own, copy_function=os.link)
    import_feeds(own, [corpus_path() / "sample_org" / "frankfurt"])
    return own


def test_every_tampering_is_detected_at_opening(estate):
    outcome = tampering.run(estate)
    assert outcome.tried >= 100
    assert outcome.missed == ()


@pytest.mark.parametrize(
    "name", ["documents.sqlite", "texts.sqlite", "dense.faiss", "lexical/terms.json", "sentences/vectors.npy"]
)
def test_an_advisor_does_not_open_on_an_altered_file(home, tmp_path, name):
    own = tmp_path / "home"
    shutil.copytree(home, own)
    (path,) = generation.located(own)[0].glob(f"segments/*/{name}")
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(bytes(body))
    with pytest.raises(LibraryDamaged, match="--rebuild"):
        Advisor.open(load(home=own))


def test_a_change_after_an_earlier_look_is_seen_though_size_and_time_are_as_before(home, tmp_path):
    own = tmp_path / "home"
    shutil.copytree(home, own)
    Retriever(own, PACKAGED)
    (path,) = generation.located(own)[0].glob("segments/*/texts.sqlite")
    stat = path.stat()
    with path.open("r+b") as file:
        file.seek(4096)
        byte = file.read(1)
        file.seek(4096)
        file.write(bytes([byte[0] ^ 1]))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(LibraryDamaged):
        Retriever(own, PACKAGED)


@pytest.mark.parametrize("name", ["encoder.onnx", "chunks.onnx", "tokenizer.json"])
def test_an_altered_encoder_is_not_loaded(home, tmp_path, name):
    own = tmp_path / "encoder"
    shutil.copytree(library.encoder_folder(home, generation.located(home)[1].model), own)
    with (own / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelMissing, match="altered"):
        OnnxEmbedder(own).embed_chunks(["PUE"], [[]])


def test_a_pointer_that_is_gone_or_damaged_costs_no_generation(estate, tmp_path):
    for number, text in enumerate((None, "", "garbage")):
        own = tmp_path / str(number)
        shutil.copytree(estate, own, copy_function=os.link)
        (own / "CURRENT").unlink()
        if text is not None:
            (own / "CURRENT").write_text(text)
        kept = {path.name for path in generation.generations(own).iterdir()}
        with pytest.raises(LibraryDamaged), generation.extended(own, "inventory"):
            pass
        assert {path.name for path in generation.generations(own).iterdir()} == kept
