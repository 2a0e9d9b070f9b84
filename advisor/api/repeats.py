"""Idempotency keys: a request that is sent again does its work once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import BinaryIO

from advisor.errors import ConflictError, UploadError
from advisor.job import Job

KEPT = 1000  # keys that are remembered, the latest

Key = tuple[str, str | None]  # id of the caller, the Idempotency-Key they sent


class Repeats:
    """What each key of each caller led to. Thread-safe; forgotten when the server ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[Key, tuple[str, Job | None]] = OrderedDict()

    def once(self, key: Key, fingerprint: Callable[[], str], work: Callable[[], Job]) -> Job:
        """`work`, or what it gave when the key came before. Raises UploadError for a key with another body."""
        if key[-1] is None:
            return work()
        print_ = fingerprint()
        with self._lock:
            if key in self._known:
                before, job = self._known[key]
                if before != print_:
                    raise UploadError("This Idempotency-Key came with another body before: take a new one.")
                if job is None:
                    raise ConflictError("The first request with this Idempotency-Key is still being taken in.")
                return job
            self._known[key] = (print_, None)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        try:
            job = work()
        except BaseException:
            with self._lock:
                self._known.pop(key, None)
            raise
        with self._lock:
            self._known[key] = (print_, job)
        return job


def fingerprint(files: Sequence[tuple[str, BinaryIO]], *said: object) -> str:
    """The sum of names, contents and what else was said."""
    digest = hashlib.sha256(repr([[name for name, _ in files], said]).encode())
    for _, data in files:
        while block := data.read(1 << 20):
            digest.update(block)
        digest.update(b"\0")
        data.seek(0)
    return digest.hexdigest()
