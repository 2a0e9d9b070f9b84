"""No test reaches another machine: an audit hook refuses it, and writes down that it was tried.

`tests/conftest.py` loads this into the tests' own process; every Python process that a test starts finds it as its
`sitecustomize` through PYTHONPATH. Audit hooks see what Python code does with sockets and names, also asyncio's; what
a compiled library does by itself they do not see.
"""

import ipaddress
import os
import sys
import traceback

ATTEMPTS = "TESTS_OUTGOING_ATTEMPTS"  # environment: the file in which attempts are written down
_NAMES = frozenset({"", "localhost", "localhost.localdomain", "testserver"})
_LOOKS_UP = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_SENDS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class OutgoingConnection(ConnectionRefusedError):
    """A test, or something that it started, tried to reach another machine."""


def stays_here(host: object) -> bool:
    """Whether a host name or address is loopback; nothing is looked up to find out."""
    if host is None:
        return True
    name = (host.decode(errors="replace") if isinstance(host, bytes) else str(host)).strip("[]").partition("%")[0]
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name.lower() in _NAMES
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


def watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _LOOKS_UP:
        target = arguments[0]
    elif event in _SENDS:
        address = arguments[1]  # a tuple for IPv4 and IPv6; a path for a Unix socket; None when already connected
        if not isinstance(address, tuple):
            return
        target = address[0]
    else:
        return
    if stays_here(target):
        return
    if path := os.environ.get(ATTEMPTS):
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{event} {target!r}\n{''.join(traceback.format_stack(limit=12))}\n")
    raise OutgoingConnection(f"{event} to {target!r}: tests reach loopback only")


if not getattr(sys, "_tests_stay_here", False):
    sys._tests_stay_here = True
    sys.addaudithook(watch)
