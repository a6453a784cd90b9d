"""Pieces of words: 3, 4 and 5 letters in a row, so that a misspelt or inflected word still looks like itself.

Only the prior has weights for them; what they add is shown as part of their word.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from math import sqrt

from service.spam.classifier.features import Feature, Token, hashed

MOST = 200  # words of a comment taken apart
_LONGEST = 20


@lru_cache(maxsize=256)
def pieces(word: str) -> tuple[int, ...]:
    """Hashes of a word's different pieces, its ends marked."""
    marked = f"<{word[:_LONGEST]}>"
    found = {marked[at : at + size] for size in (3, 4, 5) for at in range(len(marked) - size + 1)}
    return tuple(sorted({hashed("piece", piece) for piece in found}))


def taken_apart(named: Iterable[Token]) -> list[str]:
    """The words whose pieces count: the first MOST different ones."""
    return list(islice((name for kind, name in named if kind == "word"), MOST))


def piece_value(numbers: Iterable[int]) -> float:
    """What each piece counts, of words that have so many each: half of what a word would, less the more there are."""
    return 0.5 / sqrt(8 + sum(numbers))


def piece_features(named: Iterable[Token]) -> list[Feature]:
    """All pieces of the words among the tokens, as training wants them."""
    words = taken_apart(named)
    value = piece_value(len(pieces(word)) for word in words)
    return [(at, value) for word in words for at in pieces(word)]
