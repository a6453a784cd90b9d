"""The scripts and languages that are at home on a site, from its approved comments."""

from collections import Counter
from collections.abc import Sequence

from service.spam.classifier.text_traits import scripts
from service.spam.languages.trigrams import trigrams

MOST = 300
"""Approved comments that are looked at, the newest."""
ENOUGH = 3
"""Approved comments from which a script or a language is at home."""
KNOWN = 20
"""Approved comments in any language in Latin script, from which the languages of a site are known."""


def at_home(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names of scripts as of ``text_traits.script``, and languages as in ``LookedUp``."""
    written = Counter(name for text in texts for name in scripts(text[:2000]))
    spoken = Counter(filter(None, (trigrams().language_of(text) for text in texts)))
    return (
        sorted(name for name, number in written.items() if number >= ENOUGH),
        sorted(code for code, number in spoken.items() if number >= ENOUGH) if spoken.total() >= KNOWN else [],
    )
