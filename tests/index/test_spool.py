"""Documents on their way to a segment: what comes out is what went in, and few chunks are in memory at a time."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from evals.benchmarks.synthetic import documents
from index.errors import UnreadableDocument
from index.reading.worker import SLICE
from index.spool import Spool


def test_documents_come_out_as_they_went_in(tmp_path):
    one, other, *_ = documents(20)
    many = replace(one, chunks=one.chunks * (SLICE // 10 + 1) * 3)
    with Spool(tmp_path) as spool:
        put = [spool.put(each) for each in (many, other)]
        for each, spooled in zip((many, other), put, strict=True):
            assert spooled.text() == each.document.text
            assert tuple(spooled.read()) == each.chunks
            assert spooled.one == replace(each, document=replace(each.document, text=""), chunks=())
            assert spooled.chunks == len(each.chunks)


def test_what_was_handed_over_before_a_refusal_is_forgotten(tmp_path):
    one, other, *_ = documents(20)
    with Spool(tmp_path) as spool:
        first = spool.put(one)

        def refused(take):
            take(b"half of a text")
            raise UnreadableDocument("took longer than 30 s to read")

        with pytest.raises(UnreadableDocument):
            spool.add(refused)
        second = spool.put(other)
        assert [each.text() for each in (first, second)] == [each.document.text for each in (one, other)]
        assert tuple(second.read()) == other.chunks


def test_chunks_are_read_as_they_are_asked_for(tmp_path):
    (one,) = documents(10)
    with Spool(tmp_path) as spool:
        spooled = spool.put(replace(one, chunks=one.chunks * SLICE))
        assert len(list(islice(spooled.read(), 3))) == 3
        spooled.path.write_bytes(spooled.path.read_bytes()[: spooled.path.stat().st_size // 2])
        reading = spooled.read()
        assert next(reading) == one.chunks[0]


def test_nothing_is_left_of_a_spool_and_nothing_made_before_it_is_needed(tmp_path):
    with Spool(tmp_path):
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), Spool(tmp_path) as spool:
        spool.put(next(documents(10)))
        raise KeyboardInterrupt
    assert list((tmp_path / "generations").iterdir()) == []
