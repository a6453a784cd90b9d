"""What a comment looks like, whatever it says: lengths, links, scripts, markup. Each trait is a short name."""

import re
import unicodedata
from functools import lru_cache

from .links import Link
from .sample import Sample

_TAG = re.compile(r"<(a|b|i|p|br|strong|em|img|div|span|h[1-6]|blockquote|code|pre|ul|li)\b[^>]{0,300}>", re.I)
_BBCODE = re.compile(r"\[/?(url|link|img|b|i|u|color|size)\b", re.I)
_MARKDOWN = re.compile(r"\]\(\s{0,3}(?:https?:|www\.| LINK)", re.I)
_PHONE = re.compile(r"(?<!\d)\+?\(?\d[\d\-.() ]{7,18}\d(?!\d)")
_MAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}\.[\w.\-]{2,63}")
_CODE = re.compile(r"[{};]\s*$|\(\)|=>|==|::|\w\.\w+\(|`|^\s{4,}\S|</?\w+>", re.M)
_SPINTAX = re.compile(r"\{[^{}|]{1,60}\|[^{}]{1,200}\}")
_TEMPLATE = re.compile(r"#file_|%[a-z_]{3,20}%|\[[a-z]+_[a-z]+\]|%[0-9a-f]{2}%[0-9a-f]{2}%", re.I)
_MONEY = re.compile(r"[$€£₹₽¥]\s?\d|\d\s?[$€£₹₽¥]|\b(?:usd|eur|gbp)\b", re.I)
_RANDOM = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}|[a-z]+\d+[a-z]+\d", re.I)


def step(number: int) -> int:
    """A count in coarse steps: 0, 1, 2, 3, 4 (4–5), 5 (6–9), 6 (10–19) …"""
    for at, limit in enumerate((1, 2, 3, 4, 6, 10, 20, 40, 80, 160, 320, 640, 1280)):
        if number < limit:
            return at
    return 13


@lru_cache(maxsize=4096)
def script(char: str) -> str:
    """latin, cyrillic, han … : the first word of a letter's Unicode name."""
    name = unicodedata.name(char, "")
    return "han" if name.startswith("CJK") else name.partition(" ")[0].lower()


def scripts(text: str) -> dict[str, int]:
    """Letters of up to 400 places spread over the text, counted by script."""
    counts: dict[str, int] = {}
    if text.isascii():
        return {"latin": len(text)}
    for char in text[:: len(text) // 400 + 1]:
        if char.isalpha():
            name = "latin" if char.isascii() else script(char)
            counts[name] = counts.get(name, 0) + 1
    return counts


def traits(sample: Sample, text: str, bare: str, found: list[Link], words: list[str]) -> list[str]:
    """Traits of the text: `text` as typed, `bare` with links taken out, `found` its links, `words` its words."""
    got = [f"length={step(len(text) // 4)}", f"words={step(len(words))}", f"links={step(len(found))}"]
    add = got.append
    total = len(words) or 1
    if found:
        add(f"link density={min(9, 10 * len(found) // total)}")
        add(f"link hosts={step(len({link.domain for link in found}))}")
        last = text.rstrip()[-60:]
        if "://" in last or "www." in last or last.endswith(("</a>", "[/url]")):
            add("ends in a link")
        if bare[:12].lstrip().startswith("LINK"):
            add("begins with a link")
    anchors = len(re.findall(r"<a\s", text[:8000], re.I))
    if anchors:
        add(f"html links={step(anchors)}")
    if re.search(r"href=(?![\"'])", text):
        add("href without quotes")
    tags = len(_TAG.findall(text)) - anchors
    if tags > 0:
        add(f"html tags={step(tags)}")
    for name, pattern in _PATTERNS:
        if hits := len(pattern.findall(text)):
            add(name)
            if hits > 1:
                add(f"{name}, several")
    lines = [line for line in text.splitlines() if line.strip()]
    add(f"lines={step(len(lines))}")
    if "\t" in text:
        add("tabs")
    if " \n" in text:
        add("space before line end")
    if "\n\n" in text:
        add("blank lines")
    if text[:1].isspace():
        add("begins with space")
    letters = sum(map(str.isalpha, text[:2000])) or 1
    upper = sum(map(str.isupper, text[:2000]))
    add(f"upper={min(6, 20 * upper // letters)}")
    if text[:1].islower():
        add("begins in lower case")
    marks = text.count("!")
    if marks:
        add(f"exclamation marks={step(marks)}")
    if "?" in text:
        add("asks")
    if text.rstrip()[-1:] not in ".!?)\"'":
        add("no full stop")
    if re.search(r"[a-z][.,!?][A-Za-z]", bare):
        add("no space after a stop")
    if re.search(r"\w [,.!?;](\s|$)", bare):
        add("space before a stop")
    if "@" in text[:2] or re.match(r"\W{0,2}\w+[,:]\s", text):
        add("speaks to someone")
    if text.lstrip()[:1] == ">" or "\n>" in text or "blockquote" in text:
        add("quotes")
    counts = scripts(bare)
    size = sum(counts.values()) or 1
    for name, number in counts.items():
        if number * 10 > size:
            add(f"script={name}")
    if not counts:
        add("script=none")
    if len(counts) > 1 and counts.get("latin", 0) * 20 < size * 19:
        add("mixed scripts")
    distinct = len(set(words[:200]))
    add(f"repetition={10 * distinct // (min(len(words), 200) or 1)}")
    return got


def name_traits(author: str, url: str, found: list[Link], home: Link | None) -> list[str]:
    """Traits of the author's name and website; `url` as typed, `home` the same taken apart."""
    got = []
    add = got.append
    words = author.split()
    add(f"author words={min(5, len(words))}")
    low = author.lower()
    if "://" in low or "www." in low or re.search(r"\.(com|net|org|ru|info|co|in|io)\b", low):
        add("author is an address")
    if "@" in author:
        add("author is an email address")
    if any(map(str.isdigit, author)):
        add("author has digits")
    if len(author) > 30:
        add("author is long")
    if author and author == low:
        add("author in lower case")
    elif len(author) > 3 and author.isupper():
        add("author in capitals")
    elif len(words) == 1 and re.match(r"[A-Z][a-z]+[A-Z][a-z]*$", author):
        add("author in camel case")
    elif len(words) == 2 and author.istitle():
        add("author first and last name")
    if _RANDOM.search(author):
        add("author looks random")
    if author and not author.isascii():
        add(f"author script={max(scripts(author).items(), key=lambda kv: kv[1], default=('none', 0))[0]}")
    squashed = "".join(filter(str.isalnum, low))
    if home:
        add("website")
        add("website has a path" if len(home.path) > 1 else "website is a front page")
        add(f"website labels={min(4, home.host.count('.'))}")
        if home.host.count("-"):
            add(f"website hyphens={min(3, home.host.count('-'))}")
        name = home.domain.partition(".")[0].replace("-", "")
        if name and (name in squashed or (len(squashed) > 3 and squashed in name)):
            add("author is the website")
        if any(link.domain == home.domain for link in found):
            add("website in text")
        if "%" in url or "?" in url:
            add("website has a query")
    for link in found[:6]:
        name = link.domain.partition(".")[0].replace("-", "")
        if len(name) > 3 and len(squashed) > 3 and (name in squashed or squashed in name):
            add("author is a link's host")
            break
    return got


_PATTERNS = (
    ("bbcode", _BBCODE),
    ("markdown link", _MARKDOWN),
    ("phone number", _PHONE),
    ("mail address", _MAIL),
    ("code", _CODE),
    ("spintax", _SPINTAX),
    ("template left over", _TEMPLATE),
    ("money", _MONEY),
)
