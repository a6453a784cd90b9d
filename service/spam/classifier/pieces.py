"""Pieces of words: 3, 4 and 5 letters in a row, so that a misspelt or inflected word still looks like itself.

Only the prior has weights for them; what they add is shown as part of their word.
"""

from collections.abc import Iterable
from functools import lru_cache
from math import sqrt

from service.spam.classifier.features import Feature, Token, hashed

_LONGEST = 20


@lru_cache(maxsize=4096)
def pieces(word: str) -> tuple[int, ...]:
    """Hashes of a word's different pieces, its ends marked."""
    marked = f"<{word[:_LONGEST]}>"
    found = {marked[at : at + size] for size in (3, 4, 5) for at in range(len(marked) - size + 1)}
    return tuple(sorted({hashed("piece", piece) for piece in found}))


def piece_value(named: Iterable[Token]) -> float:
    """What each piece of these tokens' words counts: half of what a word would, and less the more there are."""
    return 0.5 / sqrt(8 + sum(len(pieces(name)) for kind, name in named if kind == "word"))


def piece_features(named: Iterable[Token]) -> list[Feature]:
    """All pieces of the words among the tokens, as training wants them."""
    listed = list(named)
    value = piece_value(listed)
    return [(at, value) for kind, name in listed if kind == "word" for at in pieces(name)]
