"""Who may do what: principals, and the users file of a workspace with the hashes of their keys.

    HOME/users.json   {"format": 1, "users": [{id, name, role, clearance, sha256, created}, …]}, mode 0600

A key is `ia_ID_SECRET`. It is shown once and only its sha256 is kept: the secret has 256 random bits, so a slow
hash would add nothing. A key opens the workspace whose file names it, and no other.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from advisor.errors import AccessError, SettingsError
from advisor.settings import Settings
from index.document import Label

FORMAT = 1
LOCAL, API_KEY, SERVER = "local", "api_key", "server"  # ids of who has no line in the users file


class Role(StrEnum):
    """Each may do what the one before may, and more."""

    READER = "reader"  # ask, and read what is there
    EDITOR = "editor"  # add, relabel and delete documents
    ADMIN = "admin"  # see the jobs and the audit of others

    @property
    def rank(self) -> int:
        return list(Role).index(self)


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever calls, after their key was checked."""

    name: str  # for people to read; names may be given twice
    role: Role
    clearance: Label
    id: str  # of the key, or LOCAL, API_KEY, SERVER: what belongs to whom goes by it

    def sees(self, asked: Label | None = None) -> Label:
        """The effective clearance: what was asked for, never more than the principal has."""
        return asked if asked is not None and asked.rank < self.clearance.rank else self.clearance

    def may(self, role: Role) -> bool:
        return self.role.rank >= role.rank


@dataclass(frozen=True, slots=True)
class User:
    """A line of the users file."""

    id: str
    name: str
    role: Role
    clearance: Label
    sha256: str
    created: str


def users_file(home: Path) -> Path:
    return home / "users.json"


def users(home: Path) -> list[User]:
    """Everybody with a key; a file that cannot be read is an error, never an open door."""
    path = users_file(home)
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if body["format"] != FORMAT:
            raise ValueError(f"format {body['format']} is not known")
        return [
            User(**{**one, "role": Role(one["role"]), "clearance": Label(one["clearance"])}) for one in body["users"]
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}): restore it from a backup, or mend it.") from error


def create(home: Path, name: str, role: Role, clearance: Label) -> tuple[User, str]:
    """A new user and their key, which is kept nowhere."""
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise AccessError("The name must be 1 to 100 printable characters.")
    with _writing(home) as known:
        user, key = _issued(User(secrets.token_hex(4), name.strip(), role, clearance, sha256="", created=""))
        known.append(user)
    return user, key


def renew(home: Path, identity: str) -> tuple[User, str]:
    """Another secret for a key. Its id stays, and so does what belongs to it; the old secret opens nothing."""
    with _writing(home) as known:
        at = _place(known, identity)
        user, key = _issued(known[at])
        known[at] = user
    return user, key


def revoke(home: Path, identity: str) -> User:
    """Remove a key; a running server refuses it from the next request on."""
    with _writing(home) as known:
        return known.pop(_place(known, identity))


def _place(known: list[User], identity: str) -> int:
    for at, one in enumerate(known):
        if one.id == identity:
            return at
    raise AccessError(f"There is no key {identity}: see `advisor keys list`.")


def _issued(user: User) -> tuple[User, str]:
    """The user with a new secret, and the key to give them."""
    key = f"ia_{user.id}_{secrets.token_urlsafe(32)}"
    return replace(user, sha256=_digest(key), created=datetime.now(UTC).isoformat(timespec="seconds")), key


@contextmanager
def _writing(home: Path) -> Iterator[list[User]]:
    from filelock import FileLock

    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / "users.lock"):
        known = users(home)
        yield known
        body = {"format": FORMAT, "users": [asdict(one) for one in known]}
        handle, aside = tempfile.mkstemp(prefix=".users-", dir=home)  # mkstemp makes it readable to the owner alone
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(body, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(users_file(home))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class Access:
    """Checks keys for one server. Thread-safe; follows the users file."""

    def __init__(self, settings: Settings) -> None:
        self._home = settings.home
        self._ceiling = settings.clearance
        self._single = _digest(settings.api_key.get_secret_value()) if settings.api_key else None
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] | None = None
        self._users: list[User] = []

    @property
    def required(self) -> bool:
        """Whether a key is needed. A users file without users still needs one: revoking the last opens nothing."""
        return self._single is not None or users_file(self._home).exists()

    @property
    def possible(self) -> bool:
        """Whether there is any key that opens."""
        return self._single is not None or bool(self._known())

    def principal(self, key: str | None) -> Principal | None:
        """Whoever holds the key; the local user when no key is needed; None when the key opens nothing."""
        if not self.required:
            return Principal("local", Role.ADMIN, self._ceiling, LOCAL)
        if not key:
            return None
        given = _digest(key)
        if self._single is not None and hmac.compare_digest(given, self._single):
            return Principal("api_key", Role.ADMIN, self._ceiling, API_KEY)
        found = next((one for one in self._known() if hmac.compare_digest(given, one.sha256)), None)
        if found is None:
            return None
        lower = min(found.clearance, self._ceiling, key=lambda label: label.rank)
        return Principal(found.name, found.role, lower, found.id)

    def _known(self) -> list[User]:
        """The users, read again when the file has changed."""
        try:
            stat = users_file(self._home).stat()
            stamp: tuple[int, ...] | None = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        except FileNotFoundError:
            stamp = None
        with self._lock:
            if stamp != self._stamp:
                self._users, self._stamp = users(self._home), stamp
            return self._users
