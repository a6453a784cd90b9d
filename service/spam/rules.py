"""The rules. Each takes the evidence and yields what it found; weights are in points (3 holds, 6 files as spam)."""

import re
from collections.abc import Iterator

from service.spam.evidence import Evidence
from service.spam.verdict import Reason

_LINK = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"'\])]+", re.IGNORECASE)
_BBCODE = re.compile(r"\[(?:url|link|img)\b[^\]]{0,500}\]", re.IGNORECASE)
_HTML_LINK = re.compile(r"<a\b[^>]{0,500}\bhref\b|<(?:script|iframe)\b", re.IGNORECASE)
_HIDDEN = re.compile("[\u200b\u2060\u202a-\u202e\u2066-\u2069\ufeff]")
_TOP_LEVEL = "com|net|org|info|biz|ru|cn|xyz|top|shop|site|online"
_LOOKS_LIKE_A_HOST = re.compile(rf"\b[a-z0-9-]{{2,63}}\.(?:{_TOP_LEVEL})\b", re.IGNORECASE)


def honeypot(evidence: Evidence) -> Iterator[Reason]:
    """A field that nobody sees was filled in."""
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


def links(evidence: Evidence) -> Iterator[Reason]:
    """As WordPress does by ``comment_max_links``: so many links, and a human looks."""
    number = sum(1 for _ in _LINK.finditer(evidence.text))
    if evidence.max_links and number >= evidence.max_links:
        weight = 3.0 if number < 2 * evidence.max_links else 4.0
        yield Reason("links", weight, f"The text holds {number} links.")


def link_in_name(evidence: Evidence) -> Iterator[Reason]:
    """A name that is an address advertises."""
    if _LINK.search(evidence.author) or _LOOKS_LIKE_A_HOST.search(evidence.author):
        yield Reason("link_in_name", 3.0, "The name is a web address.")


def only_a_link(evidence: Evidence) -> Iterator[Reason]:
    """A text that is a link and nothing else."""
    if _LINK.search(evidence.text) and len(_LINK.sub("", evidence.text).strip()) < 10:
        yield Reason("only_a_link", 3.0, "The text is a link and nothing else.")


def foreign_markup(evidence: Evidence) -> Iterator[Reason]:
    """Markup of other systems, sprayed in the hope that something takes."""
    if _BBCODE.search(evidence.text):
        yield Reason("bbcode", 4.0, "The text has forum markup such as [url].")
    if _HTML_LINK.search(evidence.text):
        yield Reason("html", 3.0, "The text has HTML links or scripts.")


def hidden_characters(evidence: Evidence) -> Iterator[Reason]:
    """Invisible and direction-changing characters in a name, or between the letters of a text."""
    if _HIDDEN.search(evidence.author) or len(_HIDDEN.findall(evidence.text)) > 3:
        yield Reason("hidden_characters", 3.0, "Invisible or direction-changing characters are hidden in it.")
