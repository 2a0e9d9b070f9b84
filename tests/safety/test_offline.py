"""The guard that every test runs under: loopback is reached, another machine is not, in children neither."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ELSEWHERE = "192.0.2.1"  # TEST-NET-1 (RFC 5737): routed nowhere
TRIES = {
    "connect": lambda: socket.create_connection((ELSEWHERE, 80), 1),
    "connect_ex": lambda: socket.socket().connect_ex((ELSEWHERE, 80)),
    "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", (ELSEWHERE, 53)),
    "mapped address": lambda: socket.socket(socket.AF_INET6).connect((f"::ffff:{ELSEWHERE}", 80)),
    "name": lambda: socket.getaddrinfo("example.org", 443),
    "old lookup": lambda: socket.gethostbyname("example.org"),
    "asyncio": lambda: asyncio.run(asyncio.open_connection(ELSEWHERE, 80)),
}


def attempts() -> str:
    path = Path(os.environ["TESTS_OUTGOING_ATTEMPTS"])
    tried = path.read_text()
    path.write_text("")
    return tried


@pytest.mark.parametrize("attempt", TRIES.values(), ids=TRIES)
def test_another_machine_is_refused_and_the_attempt_is_written_down(attempt):
    with pytest.raises(ConnectionRefusedError, match="loopback only"):
        attempt()
    assert ELSEWHERE in (tried := attempts()) or "example.org" in tried


def test_a_child_is_refused_too_and_its_attempt_is_seen_here():
    code = f"import socket; socket.create_connection(({ELSEWHERE!r}, 80), 1)"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert child.returncode != 0 and "loopback only" in child.stderr
    assert ELSEWHERE in attempts()


def test_loopback_and_unix_sockets_are_free(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()[:2], 1).close()
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as calling:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        calling.connect(str(tmp_path / "s"))
    assert socket.getaddrinfo("localhost", 80)
    assert attempts() == ""


SWALLOWS = """
import socket

def test_swallowing():
    try:
        socket.create_connection(("192.0.2.1", 80), 1)
    except OSError:
        pass
"""


def test_a_test_that_swallows_the_refusal_fails(tmp_path):
    (tmp_path / "test_swallows.py").write_text(SWALLOWS)
    (tmp_path / "conftest.py").write_text((Path(__file__).parents[1] / "conftest.py").read_text())
    (tmp_path / "offline").symlink_to(Path(__file__).parents[1] / "offline")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)], capture_output=True, text=True
    )
    assert run.returncode == 1 and "another machine was tried" in run.stdout
