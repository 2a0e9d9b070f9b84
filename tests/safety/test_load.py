"""People ask while the library is indexed again: no error, and answers of more than one generation.

A sample of `python -m evals.campaigns load`, which prints latencies and memory too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from evals.campaigns import load

HEAPS_OF_TWELVE_THREADS = """
import ctypes, os, sys, tempfile, threading
from advisor.api.serving import few_heaps
if sys.argv[1] == "few":
    few_heaps()
libc, all_of_them = ctypes.CDLL(None), threading.Barrier(12)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
def work():
    libc.malloc(5_000)
    all_of_them.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
[one.start() for one in threads], [one.join() for one in threads]
with tempfile.TemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fdopen(os.dup(file.fileno()), b"w"))
    libc.malloc_info(0, stream)
    libc.fflush(stream)
    file.seek(0)
    print(file.read().count(b"<heap nr"))
"""


def test_nobody_sees_an_error_while_the_library_is_indexed(home, tmp_path):
    own, notes = tmp_path / "home", tmp_path / "notes"
    shutil.copytree(home, own)
    notes.mkdir()
    outcome = load.run(own, notes, users=8, seconds=15, warm_s=1)
    assert outcome.errors == []
    assert len(outcome.search_s) >= 10 and outcome.ask_s
    assert len(outcome.generations) >= 2


@pytest.mark.skipif(sys.platform != "linux", reason="heaps of threads are glibc's")
def test_the_threads_of_a_server_share_two_heaps():
    def heaps(kind: str) -> int:
        command = [sys.executable, "-c", HEAPS_OF_TWELVE_THREADS, kind]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert (heaps("few"), heaps("own") > 2) == (2, True)
