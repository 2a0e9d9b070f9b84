"""One call of a model that may be broken, slow, silent or endless: text until the deadline, or a ModelError."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from advisor.errors import ModelError

OPEN_AFTER = 3  # failures in a row
OPEN_S = 30.0
RETRY_AFTER_S = 0.3

Produce = Callable[[str, str], Iterator[tuple[str, dict[str, int]]]]  # (system, user) → (text, token counts if told)


@dataclass
class Breaker:
    """After some failures in a row the model is left alone for a while. Thread-safe."""

    failures: int = 0
    until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Raises ModelError while the model is left alone."""
        left = self.until - time.monotonic()
        if left > 0:
            raise ModelError("left-alone", f"it failed {OPEN_AFTER} times in a row and is tried again in {left:.0f} s")

    def record(self, good: bool) -> None:
        with self.lock:
            self.failures = 0 if good else self.failures + 1
            self.until = time.monotonic() + OPEN_S if self.failures >= OPEN_AFTER else 0.0


@dataclass
class Usage:
    counts: dict[str, int] = field(default_factory=dict)


def call(
    produce: Produce, system: str, user: str, breaker: Breaker, timeout_s: float, usage: Usage
) -> Generator[str, None, None]:
    """Text as it is written. Closing the iterator cancels the call. Raises ModelError."""
    breaker.check()
    deadline = time.monotonic() + timeout_s
    good = False
    cancelled = False
    try:
        for attempt in (1, 2):
            began = False
            try:
                for text in _attempt(produce, system, user, deadline, timeout_s, usage):
                    began = began or bool(text.strip())
                    yield text
                if not began:
                    raise ModelError("empty", "it wrote nothing")
                good = True
                return
            except ModelError as error:
                again = attempt == 1 and not began and error.retryable
                if not again or deadline - time.monotonic() < 2 * RETRY_AFTER_S:
                    raise
                time.sleep(RETRY_AFTER_S)
    except GeneratorExit:
        cancelled = True  # the reader went away or has enough: no failure of the model
        raise
    finally:
        if not cancelled:
            breaker.record(good)


def _attempt(
    produce: Produce, system: str, user: str, deadline: float, timeout_s: float, usage: Usage
) -> Iterator[str]:
    """The model runs in a thread of its own, so that nothing it does can hold the answer up."""
    channel: queue.Queue[Any] = queue.Queue(maxsize=256)
    stop = threading.Event()

    def put(one: Any) -> None:
        while not stop.is_set():
            try:
                channel.put(one, timeout=0.2)
                return
            except queue.Full:
                continue

    def run() -> None:
        try:
            for text, counts in produce(system, user):
                usage.counts.update(counts)
                if stop.is_set():
                    return
                put(text)
            put(None)
        except Exception as error:  # clients of foreign services raise anything, down to KeyError and JSONDecodeError
            put(error)

    threading.Thread(target=run, daemon=True, name="model").start()
    try:
        while True:
            try:
                got = channel.get(timeout=max(deadline - time.monotonic(), 0.0))
            except queue.Empty:
                raise ModelError("timeout", f"it was not done within {timeout_s:g} s") from None
            if got is None:
                return
            if isinstance(got, Exception):
                raise _named(got) from got
            yield got
            if time.monotonic() > deadline:
                raise ModelError("timeout", f"it was not done within {timeout_s:g} s")
    finally:
        stop.set()


def _named(error: Exception) -> ModelError:
    """The error by kind; the message of the endpoint is not repeated, for it may hold anything."""
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, ModelError):
        return error
    if isinstance(status, int) and status >= 300:
        kind = "busy" if status == 429 else "refused" if status < 500 else "broken"
        return ModelError(kind, f"it answered with HTTP status {status}", retryable=status in (429, 500, 502, 503))
    name = type(error).__name__
    if "Timeout" in name:
        return ModelError("timeout", "it was silent too long")
    if "Connect" in name or isinstance(error, ConnectionError):
        return ModelError("unreachable", "it cannot be reached, or hung up", retryable=True)
    return ModelError("garbage", f"what it sent cannot be read ({name})")
