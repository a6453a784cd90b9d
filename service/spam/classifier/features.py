"""Features of a comment: named tokens (kind, name), and their hashes. Only hashes are ever stored."""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise, repeat
from math import sqrt

from service.spam.classifier.link_features import Link, parse, split_links
from service.spam.classifier.normalise_text import bounded, folded, hidden, joined, plain
from service.spam.classifier.text_traits import author_traits, name_on_host, step, traits
from service.spam.classifier.topics import author_topics, crosses, link_topics, text_topics


@dataclass(frozen=True, slots=True)
class Sample:
    """A comment to judge or learn from. Fields may be any str, including lone surrogates, NULs and megabytes."""

    text: str
    author: str = ""
    email: str = ""
    url: str = ""


BITS = 20
SHIFT = 32 - BITS
MOST_WORDS = 700  # words looked at; bounds the time for any text
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]{1,3}(?![^\W_]))?")
_ASCII_WORDS = bytes(code if chr(code).isalnum() or code == ord("'") else ord(" ") for code in range(128)) + bytes(128)
_WIDE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_TAGS = re.compile(
    r"</?[a-z][^<>]{0,400}>|\[/?(?:url|img|link|b|i|u)\b[^\[\]]{0,300}\]|&(?:lt|gt|quot|amp|nbsp|#0?39);"
)
_DIGITS = re.compile(r"\d")

Token = tuple[str, str]
Feature = tuple[int, float]


@dataclass(frozen=True, slots=True)
class _Parts:
    """A parsed comment, from which tokens are made."""

    text: str
    bare: str
    found: Sequence[Link]
    words: list[str]
    lookalikes: int
    author: str
    named: list[str]
    home: Link | None


def tokens(sample: Sample) -> list[Token]:
    """All tokens without repeats, in an order that depends only on the comment. A typical comment has about 150."""
    parts = _parts(sample)
    found = chain(_words(parts), _shape(parts), _links(parts), _topics(parts), _mail(sample.email))
    return list(dict.fromkeys(found))


def features(named: Iterable[Token]) -> list[Feature]:
    """Hash and value of each token, in order. A value is 1 / √(8 + n) for n tokens of its kind, so that long comments
    do not get larger logits."""
    listed = list(named)
    if not listed:
        return []
    kinds, names = zip(*listed, strict=True)
    counts = Counter(kinds)
    values = {kind: 1 / sqrt(8 + number) for kind, number in counts.items()}
    salts = {kind: salt_of(kind) for kind in counts}
    try:  # ``hashed`` for all at once, without its way for lone surrogates: a fifth of the time
        codes = list(map(zlib.crc32, map(str.encode, names), map(salts.__getitem__, kinds)))
        places = [code >> SHIFT for code in codes]
    except UnicodeEncodeError:
        places = [hashed(kind, name) for kind, name in listed]
    return list(zip(places, map(values.__getitem__, kinds), strict=True))


def hashed(kind: str, name: str) -> int:
    """A token's hash: 0 … 2^BITS - 1. crc32 is the same on every machine and in every Python release."""
    return zlib.crc32(name.encode("utf-8", "replace"), salt_of(kind)) >> SHIFT


@lru_cache(maxsize=64)
def salt_of(kind: str) -> int:
    """With what the checksum of a token of this kind begins."""
    return zlib.crc32(kind.encode())


def split(text: str) -> list[str]:
    """The first MOST_WORDS words; scripts written without spaces give pairs of characters."""
    return list(words_of(text))


@lru_cache(maxsize=8)
def words_of(text: str) -> Sequence[str]:
    """Cached, since a check splits the same text for its words and for its fingerprint."""
    if text.isascii():
        return [word[:40] for word in _ascii_words(text)[:MOST_WORDS]]
    words: list[str] = []
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii() or not _WIDE.search(word):
            words.append(word[:40])
        else:
            word = word[:200]
            words.extend([word[at : at + 2] for at in range(len(word) - 1)] or [word])
        if len(words) >= MOST_WORDS:
            break
    return words


def _ascii_words(text: str) -> list[str]:
    """What ``_WORD`` finds in a text in ASCII, in a fifth of the time."""
    parts = text.encode().translate(_ASCII_WORDS).decode().split()
    if "'" not in text:
        return parts
    return [word for part in parts for word in (_WORD.findall(part) if "'" in part else (part,))]


def _counted_forms(typed: list[str], text: str) -> list[str]:
    """The words of a text in the form that is counted."""
    if not text.isascii():
        return list(map(_counted_form, typed))
    if not _DIGITS.search(text):
        return typed
    return [word if word.isalpha() else _counted_form(word) for word in typed]


def _counted_form(word: str) -> str:
    """A word in the form that is counted: digits become 0, look-alike letters are replaced."""
    return _DIGITS.sub("0", word) if word[0].isdigit() else folded(word)


def _parts(sample: Sample) -> _Parts:
    text = bounded(sample.text)
    found, bare = split_links(plain(text))
    if "<" in bare or "[" in bare or "&" in bare:
        bare = _TAGS.sub(lambda tag: " LINK " if "LINK" in tag[0] else " ", bare)
    typed = split(bare)
    words = _counted_forms(typed, bare)
    author = bounded(sample.author, 150, 0)
    url = plain(bounded(sample.url, 300, 0)).strip()
    return _Parts(
        text=text,
        bare=bare,
        found=found,
        words=words,
        lookalikes=0 if bare.isascii() else _lookalikes(typed, words),
        author=author,
        named=[_counted_form(word) for word in split(plain(author))][:12],
        home=parse(url) if url else None,
    )


def _lookalikes(typed: list[str], words: list[str]) -> int:
    """The number of words that had letters of other alphabets replaced."""
    return sum(a != b and not a.isascii() for a, b in zip(typed, words, strict=True))


def _words(parts: _Parts) -> Iterator[Token]:
    spaced_out = [(("word", word), ("shape", "spaced-out word")) for word in joined(parts.words)]
    return chain(
        zip(repeat("word"), parts.words, strict=False),
        chain.from_iterable(spaced_out),
        zip(repeat("pair"), map(" ".join, pairwise(parts.words)), strict=False),
        zip(repeat("author"), parts.named, strict=False),
        zip(repeat("author pair"), map(" ".join, pairwise(parts.named)), strict=False),
    )


def _shape(parts: _Parts) -> Iterator[Token]:
    for name in traits(parts.text, parts.bare, parts.found, parts.words):
        yield "shape", name
    for name in author_traits(parts.author, parts.home, parts.found):
        yield "shape", name
    if parts.lookalikes:
        yield "shape", f"look-alike letters={step(parts.lookalikes)}"
    if unseen := hidden(parts.text):
        yield "shape", f"invisible characters={step(unseen)}"


def _links(parts: _Parts) -> Iterator[Token]:
    home = [parts.home] if parts.home else []
    for link in (*parts.found[:12], *home):
        yield "host", link.domain
        yield "tld", link.tld
        for word in link.words():
            yield "link word", word[:24]
    for link in home:
        yield "website", f"ends in .{link.tld}"
        yield "website", f"scheme {link.scheme[:6]}"
        yield "website", f"depth={min(5, link.path.count('/'))}"
        yield "website", f"length={min(9, len(link.host) // 4)}"
        if any(map(str.isdigit, link.host)):
            yield "website", "digits in host"


def _topics(parts: _Parts) -> Iterator[Token]:
    counts = text_topics(parts.words)
    for name, number in counts.items():
        yield "topic", name
        if number > 1:
            yield "topic", f"{name} x{step(number)}"
    sold = sum(number for name, number in counts.items() if name not in ("push", "praise"))
    yield "topic", f"all x{step(sold)}"
    who = author_topics(parts.named)
    where = link_topics([*parts.found[:6], *([parts.home] if parts.home else [])])
    for name in sorted(who):
        yield "topic", f"author {name}"
    for name in sorted(where):
        yield "topic", f"link {name}"
    length = "short" if len(parts.words) < 12 else "middle" if len(parts.words) < 80 else "long"
    links = ("text" if parts.found else "") + ("website" if parts.home else "")
    named = name_on_host(parts.author, parts.home)
    if named:
        yield "named", named
    yield from crosses(length, links or "none", counts, sold, bool(who), bool(where), named)


def _mail(email: str) -> Iterator[Token]:
    """The email domain. Training data has none (see prior.UNKNOWN), so only a site's own model uses it."""
    name, at, domain = email[:254].strip().lower().rpartition("@")
    if at and domain:
        yield "mail", domain
        if sum(map(str.isdigit, name)) > 2:
            yield "mail", "digits in address"
