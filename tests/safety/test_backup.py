"""A backup is one generation with users and logs; restoring checks all of it and overwrites nothing."""

from __future__ import annotations

import json
import shutil
import zipfile

import pytest
from click.testing import CliRunner

from advisor import Advisor, access, audit, backup
from advisor.access import Role
from advisor.errors import BackupError
from advisor.settings import load
from index import generation
from index.document import Label
from index.errors import LibraryDamaged, LibraryLocked
from ui.cli import main

QUESTION = "What is power usage effectiveness?"


@pytest.fixture(scope="module")
def workspace(home, tmp_path_factory):
    own = tmp_path_factory.mktemp("backup") / "home"
    shutil.copytree(home, own)
    access.create(own, "Ada", Role.READER, Label.PUBLIC)
    audit.record(own, "Ada", "GET /v1/documents", "200")
    (own / "uploads" / "0123456789ab").mkdir(parents=True)
    (own / "uploads" / "0123456789ab" / "note.md").write_text("# Note\n\nA note that was uploaded.\n")
    (own / "generations" / ".staging-left").mkdir()
    return own


@pytest.fixture(scope="module")
def kept(workspace, tmp_path_factory):
    target = tmp_path_factory.mktemp("kept") / "kept.zip"
    backup.backup(workspace, target)
    return target


def test_a_restored_workspace_answers_as_before(workspace, kept, tmp_path):
    backup.restore(kept, tmp_path / "again")
    again = tmp_path / "again"
    before, after = (Advisor.open(load(home=one)).ask(QUESTION) for one in (workspace, again))
    assert (after.answer, after.generation) == (before.answer, before.generation)
    assert access.users(again) == access.users(workspace)
    assert audit.verify(again) == audit.verify(workspace)
    assert (again / "uploads" / "0123456789ab" / "note.md").read_text().startswith("# Note")
    assert (again / "users.json").stat().st_mode & 0o077 == kept.stat().st_mode & 0o077 == 0
    assert [path.name for path in generation.generations(again).iterdir()] == [before.generation]


def test_nothing_is_overwritten(workspace, kept, tmp_path):
    with pytest.raises(BackupError, match="exists"):
        backup.backup(workspace, kept)
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(BackupError, match="not empty"):
        backup.restore(kept, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_writer_at_work_and_a_damaged_workspace_make_no_backup(workspace, tmp_path):
    with generation.writer(workspace), pytest.raises(LibraryLocked):
        backup.backup(workspace, tmp_path / "a.zip")
    own = tmp_path / "home"
    shutil.copytree(workspace, own)
    (path,) = generation.located(own)[0].glob("segments/*/dense.faiss")
    with path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(LibraryDamaged):
        backup.backup(own, tmp_path / "a.zip")
    with pytest.raises(BackupError, match="outside"):
        backup.backup(workspace, workspace / "a.zip")
    assert not list(tmp_path.glob("*.zip")) and not list(tmp_path.glob(".a.zip*"))


def rewritten(kept, target, change):
    """The backup with its members changed by `change(name, body)`, None to leave one out; and extra ones."""
    with zipfile.ZipFile(kept) as old, zipfile.ZipFile(target, "w") as new:
        for one in old.infolist():
            body = change(one.filename, old.read(one))
            if body is not None:
                new.writestr(one.filename, body)
        if (extra := change("", b"")) is not None:
            new.writestr(*extra)


def listed(body, name):
    about = json.loads(body)
    about["files"][name] = {"size": 1, "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}
    return json.dumps(about).encode()


CHANGES = {
    "a bit": lambda name, body: (body[:-1] + bytes([body[-1] ^ 1]) if name == "users.json" else body) if name else None,
    "left out": lambda name, body: body if name and name != "users.json" else None,
    "added": lambda name, body: body if name else ("evil.txt", b"x"),
    "outside": lambda name, body: (
        (listed(body, "../evil.txt") if name == backup.ABOUT else body) if name else ("../evil.txt", b"x")
    ),
    "absolute": lambda name, body: (
        (listed(body, "/tmp/evil.txt") if name == backup.ABOUT else body) if name else ("/tmp/evil.txt", b"x")
    ),
    "another pointer": lambda name, body: (b"000009\n" if name == "CURRENT" else body) if name else None,
    "no list": lambda name, body: body if name and name != backup.ABOUT else None,
    "bomb": lambda name, body: (b"\0" * 50_000_000 if name == "users.json" else body) if name else None,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_backup_is_not_restored(kept, tmp_path, change):
    rewritten(kept, tmp_path / "changed.zip", change)
    with pytest.raises(BackupError):
        backup.restore(tmp_path / "changed.zip", tmp_path / "home")
    assert [path.name for path in tmp_path.iterdir()] == ["changed.zip"]


def test_what_is_no_backup_is_said_to_be_none(kept, tmp_path):
    (tmp_path / "cut.zip").write_bytes(kept.read_bytes()[:-100])
    (tmp_path / "text.zip").write_text("hello")
    for name in ("cut.zip", "text.zip", "missing.zip"):
        with pytest.raises(BackupError):
            backup.restore(tmp_path / name, tmp_path / "home")


def test_the_verbs(workspace, tmp_path):
    made = CliRunner().invoke(main, ["--home", str(workspace), "backup", str(tmp_path / "b.zip")])
    assert made.exit_code == 0, made.output
    again = CliRunner().invoke(main, ["--home", str(tmp_path / "new"), "restore", str(tmp_path / "b.zip")])
    assert again.exit_code == 0, again.output
    twice = CliRunner().invoke(main, ["--home", str(tmp_path / "new"), "restore", str(tmp_path / "b.zip")])
    assert twice.exit_code == 1 and "not empty" in twice.output
