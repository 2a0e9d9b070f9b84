"""Errors of the library.

LibraryError
├── LibraryNotFound      no library has been built in this workspace yet
├── LibraryLocked        another process is writing
├── StorageFull          the disk has no room for what is written; what was there is untouched
├── StorageReadOnly      the workspace cannot be written to
├── NothingReadable      every file of the first ingest was refused
├── LibraryDamaged       a file of the current generation is missing or altered
├── ModelMissing         the embedding model's files are absent or not the expected ones
├── ModelMismatch        the library was built with another embedding model
└── UnreadableDocument   one file was refused; the others go on

Every message ends with what to do next.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence


class LibraryError(Exception):
    """Base of all errors of `index`."""


class LibraryNotFound(LibraryError):
    pass


class LibraryLocked(LibraryError):
    pass


class StorageFull(LibraryError):
    pass


class StorageReadOnly(LibraryError):
    pass


class NothingReadable(LibraryError):
    def __init__(self, message: str, refused: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.refused = tuple(refused)  # path as it is shown, reason


class LibraryDamaged(LibraryError):
    pass


class ModelMissing(LibraryError):
    pass


class ModelMismatch(LibraryError):
    pass


class UnreadableDocument(LibraryError):
    """A file that cannot be read as a document; `str(error)` is the reason shown to the user."""


def storage_error(error: BaseException, what: str) -> LibraryError:
    """What a failed write means: `what` ("The new generation") could not be written, and what to do about it."""
    number = getattr(error, "errno", None)
    words = str(error).lower()
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "no space left" in words or "disk is full" in words:
        return StorageFull(f"{what} could not be written: the disk is full. Free some space, then try again.")
    if number in (errno.EROFS, errno.EACCES, errno.EPERM) or "read-only file system" in words:
        return StorageReadOnly(
            f"{what} could not be written: the workspace is read-only. Make it writable, then try again."
        )
    return LibraryError(f"{what} could not be written ({error}); what was there before is untouched. Try again.")
