"""Errors of the advisor.

AdvisorError
├── SettingsError     a setting is missing, unknown or unsafe
├── AccessError       the caller may not do this, or a key cannot be made or found
├── QuestionError     the question is empty or too long
├── UploadError       an upload cannot be taken, or not be changed as asked
├── NotFoundError     there is none, or none that the caller may see
├── ConflictError     it is not in a state in which this can be done
├── BusyError         too much is going on: try again later
├── BackupError       a workspace cannot be kept in a file, or made of one
├── InventoryError    the inventory cannot be read or written, or holds nothing to answer from
├── ModelError        a language model failed; the answer is then written without it
├── SizingError       a sizing cannot be computed: something is unknown, missing or out of range
└── SchemaError       a file given to the advisor is not of the documented form

`index.errors.LibraryError` stands beside it for everything about documents. Both are safe to show.
"""


class AdvisorError(Exception):
    """Base of all errors of `advisor`."""


class SettingsError(AdvisorError):
    pass


class AccessError(AdvisorError):
    pass


class QuestionError(AdvisorError):
    pass


class UploadError(AdvisorError):
    pass


class NotFoundError(AdvisorError):
    pass


class ConflictError(AdvisorError):
    pass


class BusyError(AdvisorError):
    def __init__(self, message: str, *, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BackupError(AdvisorError):
    pass


class InventoryError(AdvisorError):
    pass


class SizingError(AdvisorError):
    pass


class SchemaError(AdvisorError):
    pass


class ModelError(AdvisorError):
    def __init__(self, kind: str, said: str, *, retryable: bool = False) -> None:
        super().__init__(f"The language model did not finish ({kind}): {said}.")
        self.kind = kind
        self.retryable = retryable
