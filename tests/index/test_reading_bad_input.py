"""Files that are no documents are refused with a reason, and cost the next file nothing."""

from __future__ import annotations

import json
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from index import chunking
from index.codec import chunk_of
from index.document import Chunk
from index.embedding import tokenizer_path
from index.errors import UnreadableDocument
from index.reading import SUFFIXES, read_bytes
from index.reading.sandbox import Sandbox


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        read_bytes(name, data)
    return str(caught.value)


def one_page(text: str) -> bytes:
    canvas = Canvas(stream := BytesIO())
    canvas.drawString(72, 700, text)
    canvas.save()
    return stream.getvalue()


def zipped(**entries: bytes) -> bytes:
    with zipfile.ZipFile(stream := BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x7fELF\0\0\0\1", "looks binary, not text"),
        (b"%PDF-1.4 words", "looks binary, not text: a PDF"),
        (b"words \xff\n", "not valid UTF-8 at byte 6: save the file as UTF-8"),
        (b"\xef\xbb\xbfab\xff", "not valid UTF-8 at byte 5"),
        (b"\xff\xfea", "not valid UTF-16"),
        (b"x" * 20_000_000, "a line of 20,000,000 characters"),
        (b"x\n" * 27_000_000, "more than 50 MB"),
    ],
    ids=["empty", "blank", "mark-only", "binary", "pdf", "utf8", "utf8-mark", "utf16", "line", "large"],
)
@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.csv"])
def test_what_is_not_text_is_refused(name: str, data: bytes, reason: str) -> None:
    assert reason in refusal(name, data)


def test_unknown_suffixes_are_refused_with_the_known_ones() -> None:
    assert ".docx" in refusal("a.odt", b"x")
    assert "no suffix" in refusal("Makefile", b"x")


@pytest.mark.parametrize("name", [f"a{suffix}" for suffix in SUFFIXES])
@pytest.mark.parametrize("data", [b"\0\1\2\3" * 100, b"PK\3\4" + b"x" * 100, b"%PDF-1.7\n" + b"x" * 100, b"<" * 100])
def test_rubbish_of_any_suffix_is_refused_or_read_but_never_an_accident(name: str, data: bytes) -> None:
    try:
        read_bytes(name, data)
    except UnreadableDocument as error:
        assert ":" in str(error)


def test_truncated_pdf() -> None:
    assert "truncated" in refusal("a.pdf", one_page("words")[:-200])


def test_pdf_without_text() -> None:
    assert refusal("a.pdf", one_page("")) == "no text: scanned? run OCR first"


def test_encrypted_pdf() -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(stream := BytesIO())
    assert "encrypted" in refusal("a.pdf", stream.getvalue())


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx"])
def test_zip_bombs_and_other_zips(name: str) -> None:
    assert "looks like a zip bomb" in refusal(name, zipped(bomb=b"\0" * 20_000_000))
    assert "looks like a zip bomb" in refusal(name, zipped(**{f"f{i}": b"" for i in range(10_001)}))
    assert "a zip without" in refusal(name, zipped(readme=b"x"))
    assert "not a whole Office file" in refusal(name, zipped(readme=b"x")[:-10])
    assert "encrypted or pre-2007" in refusal(name, b"\xd0\xcf\x11\xe0" + b"x" * 600)


def test_a_parsers_complaint_is_passed_on_with_the_format() -> None:
    assert refusal("a.docx", zipped(**{"word/document.xml": b"<x/>"})).startswith("docx: damaged")


def test_too_many_rows() -> None:
    assert "more than 200,000 rows" in refusal("a.csv", b"1,2\n" * 200_001)


# Apart from the file's format: what it costs to read it.

TOKENIZER = tokenizer_path()
GOOD = b"---\ntitle: T\n---\n# Head\n\n- one\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
SLOW = b"- a\n\n  > b\n\n" * 300_000


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(TOKENIZER) as sandbox:
        yield sandbox


def cut(sandbox: Sandbox, name: str, data: bytes) -> tuple[str | None, str, list[Chunk]]:
    """Title, text and chunks of a file."""
    frames: list[bytes] = []
    said = sandbox.cut(name, data, frames.append)
    chunks = [chunk_of(row) for frame in frames[1:] for row in json.loads(frame)]
    assert len(chunks) == said.chunks
    return said.title, frames[0].decode(), chunks


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.md", GOOD),
        ("a.pdf", one_page("Some words")),
        ("a.csv", b"a,b\n1,2\n"),
        ("many.md", b"# T\n\n" + b"## Part\n\nA sentence of this part stands alone.\n\n" * 5_000),
        ("half.html", b"<h1>T</h1><p>Half of a pair: &#xd83d; and no more.</p>"),
    ],
)
def test_the_sandbox_gives_what_reading_and_cutting_give(sandbox: Sandbox, name: str, data: bytes) -> None:
    reading = read_bytes(name, data)
    chunks = chunking.chunk(reading, chunking.piece_counter(TOKENIZER))
    assert cut(sandbox, name, data) == (reading.title, reading.text, chunks)


def test_more_passages_than_a_segment_holds_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(UnreadableDocument, match="40,000 passages, more than 32,768: split the file"):
        cut(sandbox, "a.md", b"".join(b"# H%d\n\nOne.\n\n" % i for i in range(40_000)))


def test_headings_without_a_sentence_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(UnreadableDocument, match="holds no sentences to cite"):
        cut(sandbox, "a.md", b"# One\n\n## Two\n")


def test_refusals_come_back_and_the_child_goes_on(sandbox: Sandbox) -> None:
    cut(sandbox, "a.md", GOOD)
    child = sandbox._child
    with pytest.raises(UnreadableDocument, match="empty"):
        cut(sandbox, "a.md", b" ")
    assert cut(sandbox, "a.md", GOOD)[0] == "T"
    assert sandbox._child is child


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_read() -> None:
    with Sandbox(TOKENIZER, seconds=1.5) as sandbox:
        began = time.monotonic()
        with pytest.raises(UnreadableDocument, match=r"took longer than 1\.5 s to read"):
            cut(sandbox, "slow.md", SLOW)
        assert time.monotonic() - began < 5
        assert cut(sandbox, "a.md", GOOD)[0] == "T"


def test_a_file_that_needs_too_much_memory_is_given_up_and_the_next_one_read() -> None:
    with Sandbox(TOKENIZER, memory_bytes=128 * 1024**2) as sandbox:
        with pytest.raises(UnreadableDocument, match=r"needed more than 0\.125 GB of memory"):
            cut(sandbox, "large.md", SLOW)
        assert cut(sandbox, "a.md", GOOD)[0] == "T"


def test_a_child_that_dies_is_replaced() -> None:
    with Sandbox(TOKENIZER) as sandbox:
        cut(sandbox, "a.md", GOOD)
        assert sandbox._child is not None
        os.kill(sandbox._child.pid, signal.SIGKILL)
        sandbox._child.wait()
        assert cut(sandbox, "a.md", GOOD)[0] == "T"


def test_a_crash_on_a_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(TOKENIZER) as sandbox:
        cut(sandbox, "a.md", GOOD)
        assert sandbox._child is not None
        pid = sandbox._child.pid
        os.kill(pid, signal.SIGSTOP)
        monkeypatch.setattr("index.reading.sandbox.receive", lambda stream, most: os.kill(pid, signal.SIGKILL))
        with pytest.raises(UnreadableDocument, match="the reader crashed on this file"):
            cut(sandbox, "a.md", GOOD)


def test_an_interrupted_read_leaves_no_answer_for_the_next_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(stream: object, most: int) -> bytes:
        raise KeyboardInterrupt

    with Sandbox(TOKENIZER) as sandbox:
        with monkeypatch.context() as patch:
            patch.setattr("index.reading.sandbox.receive", interrupt)
            with pytest.raises(KeyboardInterrupt):
                cut(sandbox, "a.md", b"# Other\n")
        assert cut(sandbox, "a.md", GOOD)[0] == "T"


def test_the_child_ends_with_its_parent() -> None:
    sandbox = Sandbox(TOKENIZER)
    cut(sandbox, "a.md", GOOD)
    child = sandbox._child
    assert child is not None and child.stdin is not None
    child.stdin.close()
    assert child.wait(5) == 0
    sandbox.close()
