"""Topics that comment spam sells, from a hand-written list, so that words not seen in training still count."""

from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from itertools import chain, pairwise, starmap

from service.spam.classifier.link_features import Link

_SHORTEST, _LONGEST = 4, 14
_MOST_KNOWN = 8192  # words remembered
_MANNERS = frozenset({"push", "praise", ""})


@lru_cache(maxsize=1)
def _listed() -> tuple[dict[str, str], dict[str, str]]:
    """Topic by exact word or pair, and by beginning of a word."""
    exact: dict[str, str] = {}
    begin: dict[str, str] = {}
    for line in resources.files(__package__).joinpath("topics.txt").read_text("utf-8").splitlines():
        name, mark, words = line.partition(": ")
        if mark and not line.startswith("#"):
            for word in words.split():
                (begin if word.endswith("*") else exact)[word.rstrip("*").replace("_", " ")] = name
    return exact, begin


@lru_cache(maxsize=8192)
def topic(word: str) -> str:
    """The topic of a lower-case word, or of two joined by a space; empty when it has none."""
    exact, _ = _listed()
    return exact[word] if word in exact else _beginning(word)


def pair_topic(one: str, two: str) -> str:
    """``topic`` of two words joined by a space. Only pairs with a listed first word are looked up, and nearly all are
    new, so nothing is remembered of them."""
    if one not in (begins := _pairs_by_first_word()):
        return _beginning(one)
    exact, begin = _listed()
    pair = f"{one} {two}"
    if pair in exact:
        return exact[pair]
    return next((begin[each] for each in begins[one] if pair.startswith(each)), "") or _beginning(one)


@lru_cache(maxsize=8192)
def _beginning(word: str) -> str:
    _, begin = _listed()
    return next((begin[word[:n]] for n in range(min(len(word), _LONGEST), 2, -1) if word[:n] in begin), "")


@lru_cache(maxsize=1)
def _entries() -> frozenset[str]:
    return frozenset(chain.from_iterable(_listed()))


@lru_cache(maxsize=1)
def _pairs_by_first_word() -> dict[str, list[str]]:
    """First word of each listed pair → those that are beginnings, the longest first, as ``_beginning`` looks."""
    exact, begin = _listed()
    found: dict[str, list[str]] = {entry.partition(" ")[0]: [] for entry in (*exact, *begin) if " " in entry}
    for entry in sorted(begin, key=len, reverse=True):
        if " " in entry and len(entry) <= _LONGEST:
            found[entry.partition(" ")[0]].append(entry)
    return found


@lru_cache(maxsize=4096)
def topics_inside(name: str) -> frozenset[str]:
    """Topics of the words hidden in a run-together name such as a host: buycheapviagra → shop, pharma."""
    name = name[:60]
    size = len(name)
    pieces = [name[at:end] for at in range(size) for end in range(at + _SHORTEST, min(at + _LONGEST, size + 1))]
    tails = [name[-length:] for length in range(1, min(_SHORTEST, size + 1))]
    exact, begin = _listed()
    found = _entries().intersection(chain(pieces, tails))
    return frozenset(exact.get(piece) or begin.get(piece, "") for piece in found) - _MANNERS


def text_topics(words: list[str]) -> dict[str, int]:
    """How many different words and pairs there are of each topic."""
    counts: dict[str, int] = {}
    known = _known_words()
    if not any(map(known.__getitem__, words)):  # most texts: half the time
        return counts
    pairs = dict.fromkeys([pair for pair in pairwise(words) if known[pair[0]]])
    for name in filter(None, chain(map(topic, dict.fromkeys(words)), starmap(pair_topic, pairs))):
        counts[name] = counts.get(name, 0) + 1
    return counts


class _KnownWords(dict[str, bool]):
    """Whether a word has a topic, or may be the first one of two that have."""

    def __missing__(self, word: str) -> bool:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        self[word] = known = bool(topic(word) or _beginning(word)) or word in _pairs_by_first_word()
        return known


@lru_cache(maxsize=1)
def _known_words() -> _KnownWords:
    return _KnownWords()


def author_topics(named: list[str]) -> set[str]:
    """Topics in the words of the author's name."""
    found = {topic(word) for word in named} | {pair_topic(one, two) for one, two in pairwise(named)}
    return (found | topics_inside(named[0]) if len(named) == 1 else found) - {""}


def link_topics(links: Sequence[Link]) -> set[str]:
    """Topics in hosts and paths."""
    found: set[str] = set()
    for link in links:
        found |= topics_inside(link.domain.replace("-", ""))
        found.update(topic(word) for word in link.words())
    return found - {""}


def crosses(
    length: str, links: str, counts: dict[str, int], sold: int, who: bool, where: bool, named: str
) -> Sequence[tuple[str, str]]:
    """Tokens of coarse facts and their pairs, since short praise with a website differs from long praise without."""
    praise, push = min(3, counts.get("praise", 0)), min(2, counts.get("push", 0))
    return _crosses(
        f"size {length}",
        f"links in {links}",
        f"sold={min(3, sold)}",
        f"praise={praise}",
        f"push={push}",
        f"author sells={who}",
        f"link sells={where}",
        *([f"named {named}"] if named else []),
    )


@lru_cache(maxsize=4096)
def _crosses(*facts: str) -> tuple[tuple[str, str], ...]:
    pairs = (f"{fact} & {other}" for at, fact in enumerate(facts) for other in facts[:at])
    return tuple([("cross", name) for name in (*facts, *pairs)])
