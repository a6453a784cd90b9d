"""How the form was filled in."""

from collections.abc import Iterator

from service.spam.evidence import Evidence
from service.spam.verdict import Reason


def honeypot(evidence: Evidence) -> Iterator[Reason]:
    """A field that nobody sees was filled in. Its name is in the signed token, and changes with it."""
    if evidence.honeypot_filled:
        yield Reason("honeypot", 6.0, "A field that people cannot see was filled in.")


def haste(evidence: Evidence) -> Iterator[Reason]:
    """The form came back faster than anybody types. Alone it does not hold: the text may have been pasted."""
    if evidence.fill_seconds is None or not evidence.min_fill_seconds:
        return
    if evidence.fill_seconds < evidence.min_fill_seconds / 2:
        yield Reason("haste", 2.5, f"The form came back after {max(0.0, evidence.fill_seconds):.1f} seconds.")
    elif evidence.fill_seconds < evidence.min_fill_seconds:
        yield Reason("haste", 1.5, f"The form came back after {evidence.fill_seconds:.1f} seconds.")
