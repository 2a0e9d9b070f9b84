"""Errors of the library.

LibraryError
├── LibraryNotFound      no library has been built in this workspace yet
├── LibraryLocked        another process is writing
├── LibraryDamaged       a file of the current generation is missing or altered
├── ModelMissing         the embedding model's files are absent or not the expected ones
├── ModelMismatch        the library was built with another embedding model
└── UnreadableDocument   one file was refused; the others go on

Every message ends with what to do next.
"""


class LibraryError(Exception):
    """Base of all errors of `index`."""


class LibraryNotFound(LibraryError):
    pass


class LibraryLocked(LibraryError):
    pass


class LibraryDamaged(LibraryError):
    pass


class ModelMissing(LibraryError):
    pass


class ModelMismatch(LibraryError):
    pass


class UnreadableDocument(LibraryError):
    """A file that cannot be read as a document; `str(error)` is the reason shown to the user."""
