"""Secrets out of whatever is written down or shown: logs, errors, the audit."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from advisor.settings import Settings

GONE = "[redacted]"
_PATTERNS = (
    re.compile(r"\bia_[0-9a-f]{8}_[\w-]{20,}"),  # keys of a workspace
    re.compile(r"\b(?:sk|pk|rk|ghp|gho|xox[abp]|hf|glpat)[-_][\w-]{12,}"),  # of well-known services
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*"),  # JSON web tokens
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),  # user and password in an address
)
_NAMED = re.compile(
    r"(?i)((?:api[-_ ]?key|authorization|password|passwd|secret|token)[\"']?\s*[:=]\s*[\"']?(?:bearer |basic )?"
    r"|bearer )(?!\[redacted\])[^\s\"',;&]{6,}"
)


def redacted(text: str, known: tuple[str, ...] = ()) -> str:
    """The text without anything that looks like a secret, and without the `known` ones."""
    for secret in known:
        text = text.replace(secret, GONE)
    for pattern in _PATTERNS:
        text = pattern.sub(GONE, text)
    return _NAMED.sub(rf"\1{GONE}", text)


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """The secrets that the settings hold."""
    held = (settings.api_key, settings.llm_api_key)
    return tuple(one.get_secret_value() for one in held if one is not None and one.get_secret_value())


def guard_logs(settings: Settings) -> None:
    """From now on no record of `logging` of this process holds a secret, whichever library wrote it."""
    logging.setLogRecordFactory(_Factory(logging.getLogRecordFactory(), secrets_of(settings)))


class _Factory:
    def __init__(self, make: Callable[..., logging.LogRecord], known: tuple[str, ...]) -> None:
        self._make = make.inner if isinstance(make, _Factory) else make
        self._known = known

    @property
    def inner(self) -> Callable[..., logging.LogRecord]:
        return self._make

    def __call__(self, *given: object, **named: object) -> logging.LogRecord:
        record = self._make(*given, **named)
        try:
            said = record.getMessage()
        except (TypeError, ValueError):  # its arguments do not fit: the handler will say so
            return record
        safe = redacted(said, self._known)
        if safe != said:
            record.msg, record.args = safe, ()
        if record.exc_info and record.exc_info[0] is not None and record.exc_text is None:
            record.exc_text = redacted(logging.Formatter().formatException(record.exc_info), self._known)
        return record
