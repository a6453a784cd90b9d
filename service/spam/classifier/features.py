"""A comment as named tokens. A token is (kind, name); what is stored of it anywhere is a hash."""

import re
from functools import lru_cache
from itertools import pairwise

from .links import Link, parse, taken
from .normal import bounded, folded, hidden, joined, plain
from .sample import Sample
from .shape import name_traits, step, traits
from .topics import topic, topics_inside

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]{1,3}(?![^\W_]))?|LINK")
_WIDE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_DIGITS = re.compile(r"\d")
_TAGS = re.compile(r"</?[a-z][^<>]{0,400}>|\[/?(?:url|img|link|b|i|u)\b[^\[\]]{0,300}\]|&(?:lt|gt|quot|amp|nbsp|#0?39);")
MOST_WORDS = 700
Token = tuple[str, str]


def split(text: str) -> list[str]:
    """Words in their order, look-alikes folded, digits as 0; scripts without spaces as pairs of characters."""
    words: list[str] = []
    for word in _WORD.findall(text):
        if word.isascii():
            words.append(word[:40])
        elif _WIDE.search(word):
            words.extend(word[at : at + 2] for at in range(min(len(word), 200) - 1) or (0,))
        else:
            words.append(word[:40])
        if len(words) >= MOST_WORDS:
            break
    return words


def untagged(tag: re.Match[str]) -> str:
    return " LINK " if "LINK" in tag[0] else " "


def shaped(word: str) -> str:
    if word.isalpha():
        return word
    return _DIGITS.sub("0", word) if word[0].isdigit() else folded(word)


@lru_cache(maxsize=16384)
def pieces(word: str) -> tuple[str, ...]:
    """Character 3-, 4- and 5-grams of a word between marks of its ends."""
    word = f"<{word[:24]}>"
    return tuple(word[at : at + size] for size in (3, 4, 5) for at in range(len(word) - size + 1) if size < len(word) or size == 3)


def tokens(sample: Sample) -> list[Token]:
    raw = bounded(sample.text)
    low, bare_links = plain(raw), None
    found, bare = taken(low)
    bare = _TAGS.sub(untagged, bare)
    words_raw = split(bare)
    words = [shaped(word) for word in words_raw]
    mixed = sum(1 for a, b in zip(words_raw, words, strict=True) if a != b and not a.isascii())
    author, url = bounded(sample.author, 150, 0), bounded(sample.url, 300, 0)
    home = parse(plain(url)) if url.strip() else None
    out: list[Token] = []
    seen: set[str] = set()
    for word in words:
        if word not in seen:
            seen.add(word)
            out.append(("word", word))
    for closed in joined(words):
        out += [("word", closed), ("shape", "spaced-out word")]
    out += [("pair", f"{a} {b}") for a, b in dict.fromkeys(pairwise(words))]
    named = [shaped(word) for word in split(plain(author))][:12]
    out += [("author", word) for word in dict.fromkeys(named)]
    out += [("author pair", f"{a} {b}") for a, b in pairwise(named)]
    shape = traits(sample, raw, bare, found, words)
    shape += name_traits(author, url, found, home)
    if mixed:
        shape.append(f"look-alike letters={step(mixed)}")
    if secret := hidden(raw):
        shape.append(f"invisible characters={step(secret)}")
    out += [("shape", name) for name in dict.fromkeys(shape)]
    for link in found[:12]:
        out += _link_tokens("link", link)
    if home:
        out += _link_tokens("website", home)
    counts: dict[str, int] = {}
    for item in (*dict.fromkeys(words), *(f"{a} {b}" for a, b in dict.fromkeys(pairwise(words)))):
        if name := topic(item):
            counts[name] = counts.get(name, 0) + 1
    for name, number in counts.items():
        out.append(("topic", name))
        if number > 1:
            out.append(("topic", f"{name}×{step(number)}"))
    sold = sum(number for name, number in counts.items() if name not in ("push", "praise"))
    out.append(("topic", f"all×{step(sold)}"))
    who = {topic(word) for word in named} | {topic(f"{a} {b}") for a, b in pairwise(named)}
    who |= topics_inside("".join(named)) if len(named) < 2 else frozenset()
    out += [("topic", f"author {name}") for name in who if name]
    where: set[str] = set()
    for link in (*found[:6], *((home,) if home else ())):
        where |= topics_inside(link.domain.replace("-", ""))
        where |= {topic(word) for word in link.words()}
    out += [("topic", f"link {name}") for name in where if name]
    out += [("cross", name) for name in _crosses(counts, sold, found, home, who, where, words)]
    return out


def _link_tokens(kind: str, link: Link) -> list[Token]:
    out = [("host", link.domain), ("tld", link.tld)]
    out += [("link word", word[:24]) for word in link.words()]
    out += [(kind, f"tld {link.tld}"), (kind, f"scheme {link.scheme[:6]}"), (kind, f"depth={min(5, link.path.count('/'))}")]
    out += [(kind, f"host length={min(9, len(link.host) // 4)}"), (kind, f"labels={min(4, link.host.count('.'))}")]
    if any(map(str.isdigit, link.host)):
        out.append((kind, "digits in host"))
    if "-" in link.host:
        out.append((kind, "hyphen in host"))
    if "?" in link.path:
        out.append((kind, "query"))
    return out


def _crosses(counts, sold, found, home, who, where, words) -> list[str]:
    size = "short" if len(words) < 12 else "middle" if len(words) < 80 else "long"
    where_from = ("linked" if found else "") + (" website" if home else "")
    facts = [f"size={size}", f"links={where_from.strip() or 'none'}", f"sold={min(3, sold)}", f"praise={min(3, counts.get('praise', 0))}", f"push={min(2, counts.get('push', 0))}"]
    facts += [f"author sells={bool(who - {''})}", f"link sells={bool(where - {''})}"]
    return [f"{a} & {b}" for i, a in enumerate(facts) for b in facts[:i]] + facts
