"""Traits of a comment's form: lengths, links, scripts, markup. Each trait is a short name."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from service.spam.classifier.link_features import Link

_TAG = re.compile(
    r"<(?:a|b|i|p|br|strong|em|img|div|span|h[1-6]|blockquote|code|pre|ul|li)\b[^<>]{0,300}>", re.IGNORECASE
)
_ANCHOR = re.compile(r"<a\s", re.IGNORECASE)
_DIGIT = re.compile(r"\d")

_Pattern = tuple[str, Sequence[str], re.Pattern[str]]
"""Name, strings of which a match needs one, and the pattern. Looking for the strings takes a tenth of the time."""

PATTERNS: tuple[_Pattern, ...] = tuple(
    (name, needs, re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    for name, needs, pattern in (
        ("href without quotes", ("href=",), r"href=(?![\"'])"),
        ("bbcode", ("[",), r"\[/?(?:url|link|img|b|i|u|color|size)\b"),
        ("markdown link", ("](",), r"\]\(\s{0,3}(?:https?:|www\.)"),
        ("phone number", tuple("0123456789"), r"(?<!\d)\+?\(?\d[\d\-.() ]{7,18}\d(?!\d)"),
        ("mail address", ("@",), r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}\.[\w.\-]{2,63}"),
        (
            "code",
            ("{", "}", ";", "(", "==", "=>", "::", "`", "    ", "<"),
            r"[{};]$|\(\)|=>|==|::|\w\.\w{1,40}\(|`|^ {4,8}\S|</?\w{1,40}>",
        ),
        ("spintax", ("{",), r"\{[^{}|]{1,60}\|[^{}]{1,200}\}"),
        (
            "template left over",
            ("#", "%", "["),
            r"#file_|%[a-z_]{3,20}%|\[[a-z]{1,20}_[a-z]{1,20}\]|%[0-9a-f]{2}%[0-9a-f]{2}%",
        ),
        ("money", (*"$€£₹₽¥", "usd", "eur", "gbp"), r"[$€£₹₽¥]\s?\d|\d\s?[$€£₹₽¥]|\b(?:usd|eur|gbp)\b"),
    )
)
HINTS: tuple[_Pattern, ...] = tuple(
    (name, needs, re.compile(pattern))
    for name, needs, pattern in (
        ("blank lines", ("\n\n",), r"\n\n"),
        ("space before line end", (" \n",), r" \n"),
        ("tabs", ("\t",), r"\t"),
        ("begins with space", ("",), r"^\s"),
        ("begins in lower case", ("",), r"^[a-zа-я]"),
        ("asks", ("?",), r"\?"),
        ("no space after a stop", ("",), r"[a-z][.,!?][A-Za-z]"),
        ("space before a stop", (" ,", " .", " !", " ?", " ;"), r"\w [,.!?;](?:\s|$)"),
        ("speaks to someone", ("",), r"^(?:\W{0,2}\w{1,40}[,:]\s|.?@)"),
        ("quotes", (">", "blockquote"), r"(?:^|\n)>|blockquote"),
        (
            "ends in a link",
            ("://", "www.", "</a>", "[/url]"),
            r"(?:https?://|www\.)[^\s]{0,200}\s{0,9}\Z|(?:</a>|\[/url\])\s{0,9}\Z",
        ),
    )
)
_LIMITS = (1, 2, 3, 4, 6, 10, 20, 40, 80, 160, 320, 640, 1280)
_NOT_UPPER = bytes(code for code in range(128) if not chr(code).isupper())
_NOT_ALPHA = bytes(code for code in range(128) if not chr(code).isalpha())


def step(number: int) -> int:
    """A count in coarse steps: 0, 1, 2, 3, 4 (4-5), 5 (6-9), 6 (10-19) and doubling on to 13."""
    return bisect_right(_LIMITS, number)


@lru_cache(maxsize=4096)
def script(char: str) -> str:
    """The script of a letter, such as latin or han: the first word of its Unicode name."""
    name = unicodedata.name(char, "")
    return "han" if name.startswith("CJK") else name.partition(" ")[0].lower()


def scripts(text: str) -> dict[str, int]:
    """Letters by script, counted at about 400 places spread over the text."""
    if text.isascii():
        return {"latin": 1} if any(map(str.isalpha, text[:400])) else {}
    counts: dict[str, int] = {}
    for char in text[:: len(text) // 400 + 1]:
        if char.isalpha():
            name = "latin" if char.isascii() else script(char)
            counts[name] = counts.get(name, 0) + 1
    return counts


def traits(text: str, bare: str, found: Sequence[Link], words: list[str]) -> Iterator[str]:
    """Traits of `text` as typed; `bare`: in lower case without links, `found`: its links, `words`: its words."""
    yield f"length={step(len(text) // 4)}"
    yield f"words={step(len(words))}"
    yield f"lines={step(text.count(chr(10)))}"
    for name, needs, pattern in HINTS:
        # ``search`` tries a pattern that begins with ^ at every place, ``match`` does not
        if holds_one(text, needs) and (pattern.match if pattern.pattern[0] == "^" else pattern.search)(text):
            yield name
    searched = lowered(text)
    for name, needs, pattern in PATTERNS:
        hits = len(pattern.findall(text)) if holds_one(searched, needs) else 0
        if hits:
            yield name
        if hits > 1:
            yield f"{name}, several"
    yield from _link_traits(text, bare, found, len(words))
    yield from _letter_traits(text, bare, words)


def holds_one(text: str, needs: Iterable[str]) -> bool:
    """Whether one of these strings is in the text."""
    return any(map(text.__contains__, needs))  # without a generator, which takes longer than the search


def same_length_lowered(text: str) -> str:
    """In lower case and as long as the text, with s for ſ. A pattern that ignores case is tried at every character of a
    text; one in lower case looks for its first characters: a tenth of the time."""
    return text.lower() if text.isascii() else text.replace("İ", "i").lower().replace("ſ", "s")


def lowered(text: str) -> str:
    """In lower case, with 0 for digits beyond ASCII and s for ſ: patterns that ignore case take them for the same."""
    return text.lower() if text.isascii() else _DIGIT.sub("0", text.lower()).replace("ſ", "s")


def capitals(text: str) -> tuple[int, int]:
    """The numbers of capital letters and of letters."""
    if not text.isascii():
        return sum(map(str.isupper, text)), sum(map(str.isalpha, text))
    octets = text.encode()
    return len(octets.translate(None, _NOT_UPPER)), len(octets.translate(None, _NOT_ALPHA))


def _link_traits(text: str, bare: str, found: Sequence[Link], words: int) -> Iterator[str]:
    anchors = len(_ANCHOR.findall(text)) if "<" in text else 0
    yield f"links={step(len(found))}"
    if found:
        yield f"link density={min(9, 10 * len(found) // max(words, 1))}"
        yield f"link hosts={step(len({link.domain for link in found}))}"
    if bare[:12].lstrip().startswith("LINK"):
        yield "begins with a link"
    if anchors:
        yield f"html links={step(anchors)}"
    tags = len(_TAG.findall(text)) - anchors if "<" in text else 0
    if tags > 0:
        yield f"html tags={step(tags)}"


def _letter_traits(text: str, bare: str, words: list[str]) -> Iterator[str]:
    upper, letters = capitals(text[:2000])
    yield f"upper={min(6, 20 * upper // max(letters, 1))}"
    yield f"exclamation marks={step(text.count('!'))}"
    yield f"repetition={10 * len(set(words[:200])) // max(len(words[:200]), 1)}"
    if text.rstrip()[-1:] not in ".!?)\"'":
        yield "no full stop"
    counts = scripts(bare)
    total = sum(counts.values())
    for name, number in counts.items():
        if number * 10 > total:
            yield f"script={name}"
    if not counts:
        yield "script=none"
    if len(counts) > 1 and counts.get("latin", 0) * 20 < total * 19:
        yield "mixed scripts"


_NAME_TRAITS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("author is an address", r"(?i)://|www\.|\.(?:com|net|org|ru|info|co|in|io)\b"),
        ("author is an email address", r"@"),
        ("author has digits", r"\d"),
        ("author is long", r".{31}"),
        ("author in lower case", r"^[^A-Z]{2,}$"),
        ("author in capitals", r"^[^a-z]{4,}$"),
        ("author in camel case", r"^[A-Z][a-z]{1,20}[A-Z][a-z]{0,20}$"),
        ("author first and last name", r"^[A-Z][a-z]{1,20} [A-Z][a-z]{1,20}$"),
        ("author looks random", r"(?i)[bcdfghjklmnpqrstvwxz]{5}|[a-z]\d{1,9}[a-z]{1,9}\d"),
    )
)


def author_traits(author: str, home: Link | None, found: Sequence[Link]) -> Iterator[str]:
    """Traits of the author's name as typed; `home`: the parsed website, `found`: links of the text."""
    yield f"author words={min(5, len(author.split()))}"
    for name, pattern in _NAME_TRAITS:
        if pattern.search(author):
            yield name
    if not author.isascii():
        counts = scripts(author)
        yield f"author script={max(counts, key=lambda name: counts[name], default='none')}"
    squashed = "".join(filter(str.isalnum, author.lower()))
    if home:
        yield from _website_traits(home, squashed, found)
    if any(_same(link, squashed) for link in found[:6]):
        yield "author is the host of a link"


def _website_traits(home: Link, squashed: str, found: Sequence[Link]) -> Iterator[str]:
    yield "website"
    yield "website has a path" if len(home.path) > 1 else "website is a front page"
    yield f"website labels={min(4, home.host.count('.'))}"
    if "-" in home.host:
        yield f"website hyphens={min(3, home.host.count('-'))}"
    if _same(home, squashed):
        yield "author is the website"
    if any(link.domain == home.domain for link in found):
        yield "website in text"
    if "%" in home.path or "?" in home.path:
        yield "website has a query"


_PERSON = re.compile(r"[^\W\d_a-z][\w.'’-]{0,20}(?: [^\W\d_a-z][\w.'’-]{0,20})?")
_NAME_WORD = re.compile(r"[^\W\d_]{3,}")


def name_on_host(author: str, home: Link | None) -> str:
    """How a name that could be a person's, or could not, stands to the host of the website: anna-cole.example is Anna
    Cole's, and cheapmovers.example is no reason to be called “cheap movers texas”. Empty without a website."""
    if home is None:
        return ""
    host = home.host.rpartition(".")[0].replace("-", "").replace(".", "")
    words = _NAME_WORD.findall(author.lower())
    within = sum(1 for word in words if word in host)
    kind = "a person" if _PERSON.fullmatch(author.strip()) else "keywords" if len(words) > 1 else "one word"
    part = "none" if not within else "many" if within > 2 else "all" if within == len(words) else "some"
    return f"like {kind}, {part} of it in the host"


def _same(link: Link, squashed: str) -> bool:
    name = link.domain.partition(".")[0].replace("-", "")
    return len(name) > 3 and len(squashed) > 3 and (name in squashed or squashed in name)
