"""A client of the API: what the server gives, as the types it is made of."""

from __future__ import annotations

from advisor.client.client import Client, Notice
from advisor.client.errors import (
    ApiError,
    Conflict,
    Forbidden,
    NotFound,
    Refused,
    TooMany,
    Unauthorised,
    Unavailable,
    Unreachable,
)

__all__ = [
    "ApiError",
    "Client",
    "Conflict",
    "Forbidden",
    "NotFound",
    "Notice",
    "Refused",
    "TooMany",
    "Unauthorised",
    "Unavailable",
    "Unreachable",
]
