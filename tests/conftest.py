"""A real library, built once: a few documents, the real encoder, the real index."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("any machine", deadline=None)  # nothing here is timed
hypothesis.settings.load_profile("any machine")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
for name in [name for name in os.environ if name.startswith("ADVISOR_")]:
    del os.environ[name]

OFFLINE = (
    Path(__file__).parent / "offline"
)  # its sitecustomize refuses connections to other machines, here and in children
sys.path.insert(0, str(OFFLINE))
sys.modules.pop("sitecustomize", None)
import sitecustomize as offline  # noqa: E402

sys.path.remove(str(OFFLINE))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH")]))
os.environ[offline.ATTEMPTS] = tempfile.mkstemp(prefix="outgoing-")[1]

PUE = """---
title: Power usage effectiveness
label: public
---
# Power usage effectiveness

Power usage effectiveness (PUE) is the energy a data centre draws divided by the energy its IT equipment draws.
A PUE of 1.0 would mean that no energy goes to cooling or conversion.

## How to measure

1. Meter the energy at the utility feed over a whole year.
2. Meter the energy at the output of the power distribution units.
3. Divide the first by the second.

## Limits

PUE does not say whether the IT equipment does useful work. An idle cluster can have an excellent PUE.
"""
INFINIBAND = """---
title: InfiniBand fabrics
label: public
---
# InfiniBand fabrics

InfiniBand is a lossless switched fabric with credit-based flow control. An NDR link carries 400 Gb/s per port.
A subnet manager computes the routes of an InfiniBand fabric.

InfiniBand suits training jobs over many nodes, because collective operations suffer from every lost packet.
"""
ETHERNET = """---
title: Ethernet for AI
label: public
---
# Ethernet for AI

RDMA over converged Ethernet (RoCE) carries remote direct memory access (RDMA) over Ethernet switches.
RoCE needs priority flow control and explicit congestion notification to stay close to lossless.

Ethernet is enough for inference and for fine-tuning on a few nodes, unless latency targets are tight.
"""
PAYROLL = """---
title: Salary bands of the platform team
label: restricted
---
# Salary bands

A senior GPU platform engineer in band seven earns 98,000 EUR a year.
"""


def outgoing_attempts() -> str:
    """What was tried since the last call, by this process or one that it started."""
    path = Path(os.environ[offline.ATTEMPTS])
    tried = path.read_text(encoding="utf-8")
    path.write_text("")
    return tried


@pytest.fixture(autouse=True)
def stay_here() -> Iterator[None]:
    """Fails a test when a connection to another machine was tried, though the code under test swallowed the refusal."""
    yield
    tried = outgoing_attempts()
    assert not tried, f"a connection to another machine was tried:\n{tried}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What fixtures tried after the last test counts too."""
    if outgoing_attempts():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four documents; the salary bands are restricted."""
    folder = tmp_path_factory.mktemp("documents")
    for name, text in {"pue": PUE, "infiniband": INFINIBAND, "ethernet": ETHERNET, "payroll": PAYROLL}.items():
        (folder / f"{name}.md").write_text(text)
    return folder


@pytest.fixture(scope="session")
def home(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with `documents` in it. Tests that write take `own_home`."""
    from index import library

    home = tmp_path_factory.mktemp("home")
    library.ingest(home, [documents])
    return home


@pytest.fixture
def own_home(home: Path, tmp_path: Path) -> Path:
    """A workspace of the test's own, with the encoder already exported and no library."""
    import shutil

    shutil.copytree(home / "encoder", tmp_path / "home" / "encoder", copy_function=os.link)
    return tmp_path / "home"


@pytest.fixture(scope="session")
def advisor(home: Path) -> Iterator[object]:
    from advisor import Advisor
    from advisor.settings import load

    yield Advisor.open(load(home=home))


@contextmanager
def _serving(app: Any) -> Iterator[str]:
    """A real server on a free port of loopback for an application; gives its URL."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(15)


@pytest.fixture(scope="session")
def serving() -> Any:
    return _serving
