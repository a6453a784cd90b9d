"""A small hand-written list of what comment spam sells, so that a word never seen in training still has a neighbour."""

from functools import lru_cache
from importlib import resources

_SHORTEST, _LONGEST = 4, 14


@lru_cache(maxsize=1)
def _topics() -> tuple[dict[str, str], dict[str, str]]:
    """Exact words or pairs, and beginnings of words, each with its topic."""
    exact: dict[str, str] = {}
    begin: dict[str, str] = {}
    lines = resources.files(__package__).joinpath("topics.txt").read_text("utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            topic, _, words = line.partition(": ")
            for word in words.split():
                (begin if word.endswith("*") else exact)[word.rstrip("*").replace("_", " ")] = topic
    return exact, begin


@lru_cache(maxsize=16384)
def topic(word: str) -> str:
    """The topic of a lower-case word, or of two joined by a space; empty when it has none."""
    exact, begin = _topics()
    if word in exact:
        return exact[word]
    if begin and word:
        for size in range(min(len(word), _LONGEST), 2, -1):
            if word[:size] in begin:
                return begin[word[:size]]
    return ""


@lru_cache(maxsize=4096)
def topics_inside(name: str) -> frozenset[str]:
    """Topics of the words hidden in a run-together name such as a host: buycheapviagra → shop, pharma."""
    exact, begin = _topics()
    found = set()
    for at in range(min(len(name), 60)):
        for size in range(_SHORTEST, _LONGEST):
            piece = name[at : at + size]
            if len(piece) < size:
                break
            if piece in exact or piece in begin:
                found.add(exact.get(piece) or begin[piece])
    return frozenset(found - {"push", "praise"})
