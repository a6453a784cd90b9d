"""What is written so that a machine reads something else than a human."""

import re
from collections.abc import Iterator

from service.spam.classifier.features import split
from service.spam.classifier.normal import folded
from service.spam.evidence import Evidence
from service.spam.verdict import Reason

_HIDDEN = re.compile("[\u200b\u2060\u202a-\u202e\u2066-\u2069\ufeff]")
_STYLED = re.compile("[\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f130-\U0001f189\uff21-\uff3a\uff41-\uff5a]")
_PILED_MARKS = re.compile("[\u0300-\u036f\u0489]{4,}")


def characters(evidence: Evidence) -> Iterator[Reason]:
    """Invisible and direction-changing characters in a name, or between the letters of a text.

    Joiners (U+200C, U+200D) belong to Persian, Indic scripts and emoji, and marks of direction (U+200E, U+200F) to
    Arabic and Hebrew, so those are nobody's fault.
    """
    text = "" if evidence.typed.isascii() else evidence.typed
    if _HIDDEN.search(evidence.author[:500]) or len(_HIDDEN.findall(text)) > 3:
        yield Reason("hidden_characters", 3.0, "Invisible or direction-changing characters are hidden in it.")
    if _PILED_MARKS.search(text):
        yield Reason("piled_marks", 2.0, "Marks are piled up on letters.")


def mixed_scripts(evidence: Evidence) -> Iterator[Reason]:
    """Words with letters of another alphabet that only look right: сasino with a Cyrillic с.

    A word such as «IPшник» mixes alphabets honestly: not all of its foreign letters look like Latin ones.
    """
    text = evidence.bare
    if text.isascii():
        return
    number = sum(1 for word in split(text) if not word.isascii() and folded(word).isascii())
    if number > 2:
        yield Reason("mixed_scripts", 3.0, f"{number} words mix alphabets to look like other words.")
    elif number:
        yield Reason("mixed_scripts", 1.0, "A word mixes alphabets to look like another.")


def styled_letters(evidence: Evidence) -> Iterator[Reason]:
    """Letters out of mathematics or circles, which word lists do not know."""
    if not evidence.typed.isascii() and len(_STYLED.findall(evidence.typed)) > 7:
        yield Reason("styled_letters", 2.0, "Words are written in mathematical or circled letters.")
