"""Word lists of any length, such as WordPress's ``moderation_keys`` and ``disallowed_keys``.

One entry per line, matched regardless of case (``wp_check_comment_disallowed_list``):

    casino      anywhere, also inside words, as in WordPress
    "casino"    as a whole word
    =casino     as a whole field: the name, the email address, the website, the text

Each entry is indexed by one group of four characters, its rarest in the list. A search passes over the text once, with
one dictionary lookup per character, and compares only the entries indexed by a group that occurs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

GRAM = 4
LONGEST_ENTRY = 200
MOST_ENTRIES = 200_000

Anchors = Mapping[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True, repr=False)
class WordList:
    """Entries in lower case. ``anchors``: group → the entries indexed by it, with the group's offset."""

    size: int = 0
    anchors: Anchors = field(default_factory=dict)
    short: frozenset[str] = frozenset()
    whole_words: frozenset[str] = frozenset()
    whole_fields: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, pasted: str) -> "WordList":
        """From lines of any text. Skips empty lines and those after MOST_ENTRIES. Takes a second for 65,000."""
        return _parse(pasted)

    def hits(self, fields: Iterable[str], most: int = 10) -> list[str]:
        """At most ``most`` entries that occur in any of these lower-case fields."""
        found: dict[str, None] = {}
        if self.size:
            for text in fields:
                for entry in self._in(text):
                    found[entry] = None
                    if len(found) >= most:
                        return list(found)
        return list(found)

    def _short_in(self, text: str) -> Iterable[str]:
        if len(self.short) < 60:
            return [entry for entry in self.short if entry in text]
        pieces = {text[at : at + length] for length in range(1, GRAM) for at in range(len(text) - length + 1)}
        return self.short & pieces

    def _in(self, text: str) -> Iterator[str]:
        if text.strip() in self.whole_fields:
            yield f"={text.strip()}"
        for entry in self._short_in(text):
            if entry not in self.whole_words or _occurs_as_word(text, entry, text.find(entry)):
                yield entry
        anchors = self.anchors
        for at in range(len(text) - GRAM + 1):
            indexed = anchors.get(text[at : at + GRAM])
            if indexed is None:
                continue
            for entry, offset in indexed:
                start = at - offset
                if start < 0 or not text.startswith(entry, start):
                    continue
                if entry not in self.whole_words or _is_whole_word(text, start, len(entry)):
                    yield entry


NO_WORDS = WordList()


def _is_whole_word(text: str, start: int, length: int) -> bool:
    end = start + length
    return not (start and text[start - 1].isalnum()) and not (end < len(text) and text[end].isalnum())


def _occurs_as_word(text: str, entry: str, at: int) -> bool:
    """Whether one of the first hundred occurrences of an entry is a whole word."""
    for _ in range(100):
        if at < 0:
            return False
        if _is_whole_word(text, at, len(entry)):
            return True
        at = text.find(entry, at + 1)
    return False


@lru_cache(maxsize=32)
def _parse(pasted: str) -> WordList:
    plain: dict[str, None] = {}
    words: set[str] = set()
    fields: set[str] = set()
    for line in pasted.splitlines()[:MOST_ENTRIES]:
        entry = line.strip().lower()[:LONGEST_ENTRY]
        if len(entry) > 2 and entry[0] == entry[-1] == '"':
            entry = entry[1:-1]
            words.add(entry)
        elif len(entry) > 1 and entry[0] == "=":
            fields.add(entry[1:])
            continue
        if entry:
            plain[entry] = None
    long = [entry for entry in plain if len(entry) >= GRAM]
    short = frozenset(entry for entry in plain if len(entry) < GRAM)
    return WordList(len(plain) + len(fields), _index(long), short, frozenset(words), frozenset(fields))


def _index(entries: list[str]) -> Anchors:
    counts = Counter(entry[at : at + GRAM] for entry in entries for at in range(len(entry) - GRAM + 1))
    anchors: dict[str, list[tuple[str, int]]] = {}
    for entry in entries:
        offset = min(range(len(entry) - GRAM + 1), key=lambda at: counts[entry[at : at + GRAM]])
        anchors.setdefault(entry[offset : offset + GRAM], []).append((entry, offset))
    return {gram: tuple(indexed) for gram, indexed in anchors.items()}
