"""Memory of this process goes back to the system when large work is done."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """glibc keeps what was freed, for good where something small lies above it (malloc_trim(3))."""
    with suppress(OSError, AttributeError, TypeError):  # another C library, another system
        ctypes.CDLL(None).malloc_trim(0)
