"""The results of the setup check."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """``fail``: something does not work. ``note``: it works, with a caveat."""

    OK = "ok"
    NOTE = "note"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """``what`` was inspected, and a sentence: for a failure, what to change."""

    what: str
    level: Severity
    sentence: str


def ok(what: str, sentence: str) -> Finding:
    """It works."""
    return Finding(what, Severity.OK, sentence)


def note(what: str, sentence: str) -> Finding:
    """It works, with a caveat."""
    return Finding(what, Severity.NOTE, sentence)


def fail(what: str, sentence: str) -> Finding:
    """It does not work."""
    return Finding(what, Severity.FAIL, sentence)
