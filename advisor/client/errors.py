"""Errors of the client.

ApiError
├── Unreachable      there was no answer: wrong address, server down, connection cut
├── Unauthorised     401: the key is missing, unknown or revoked
├── Forbidden        403: the role of the key does not allow it
├── NotFound         404: there is none, or none that the key may see
├── Conflict         409: it is not in a state in which this can be done
├── Refused          400, 413, 422: the request is wrong, and says how
├── TooMany          429: come again after `retry_after_s`
└── Unavailable      5xx: no library yet, no room, a full disk; the message says which
"""

from __future__ import annotations

import json

import httpx


class ApiError(Exception):
    """What the server said: `status` (0 when it said nothing), the message, seconds to wait where it gave them."""

    def __init__(self, message: str, status: int = 0, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s


class Unreachable(ApiError):
    pass


class Unauthorised(ApiError):
    pass


class Forbidden(ApiError):
    pass


class NotFound(ApiError):
    pass


class Conflict(ApiError):
    pass


class Refused(ApiError):
    pass


class TooMany(ApiError):
    pass


class Unavailable(ApiError):
    pass


_KINDS = {401: Unauthorised, 403: Forbidden, 404: NotFound, 409: Conflict, 429: TooMany}


def of(response: httpx.Response) -> ApiError:
    """The error of a response that is none of success; its body has been read."""
    status = response.status_code
    try:
        said = str(response.json()["detail"])
    except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError):
        said = f"The server answered {status} {response.reason_phrase}."
    after = response.headers.get("retry-after", "")
    kind = _KINDS.get(status, Unavailable if status >= 500 else Refused)
    return kind(said, status, float(after) if after.isdecimal() else None)
