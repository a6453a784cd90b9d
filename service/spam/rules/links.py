"""Links: how many, and where they lead. Weights follow rspamd's url_suspect, where it has the rule."""

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address

from service.spam.classifier.link_features import Link, parse
from service.spam.classifier.normalise import folded
from service.spam.evidence import Evidence
from service.spam.verdict import Reason

_LINK = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"'\])]{1,2000}", re.IGNORECASE)
_OTHERS = re.compile(
    r"\]\((?!\s{0,9}<?(?:https?://|www\.))|<https?:(?!//)|(?<![:/\w])//(?!www\.)[\w-]{1,63}\.", re.IGNORECASE
)
"""Links that Markdown, or a browser, makes of what ``_LINK`` does not know."""
_TOP_LEVEL = "com|net|org|info|biz|ru|cn|xyz|top|shop|site|online"
_LOOKS_LIKE_A_HOST = re.compile(rf"\b[a-z0-9-]{{2,63}}\.(?:{_TOP_LEVEL})\b", re.IGNORECASE)
_USER = re.compile(r"://[^/?#\s]{0,200}@")
_MOST = 12
_WHOLE = 65_536
"""Characters of the longest comment that our form takes."""

SHORTENERS = frozenset({
    "adf.ly", "bit.ly", "bitly.com", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ouo.io", "ow.ly", "rb.gy",
    "rebrand.ly", "s.id", "shorte.st", "shorturl.at", "shorturl.fm", "surl.li", "t.co", "t.ly", "tiny.cc",
    "tinyurl.com", "tr.im", "u.to", "v.gd", "vk.cc", "x.co",
})  # fmt: skip
"""t.me, youtu.be and the like are left out: people link to them."""


def many_links(evidence: Evidence) -> Iterator[Reason]:
    """As WordPress does by ``comment_max_links``: so many links, and a human looks. From three fifths of it on they
    count, but do not hold alone: of honest comments of blogs, 0.9 % have three, of their spam 8 %."""
    text = evidence.text[:_WHOLE]  # and not what rules look at: links hide in the middle of long texts
    number = sum(1 for _ in _links(text)) + len(_OTHERS.findall(text))
    most = evidence.max_links
    if most and 5 * number >= 3 * most:
        weight = 2.0 if number < most else 3.0 if number < 2 * most else 4.0
        yield Reason("links", weight, f"The text holds {number} links.")


def suspicious_links(evidence: Evidence) -> Iterator[Reason]:
    """Links whose address hides where it leads. Each kind counts once."""
    found: dict[str, Reason] = {}
    for written in _written(evidence):
        for reason in _suspect(written):
            found.setdefault(reason.symbol, reason)
    yield from found.values()


def link_in_name(evidence: Evidence) -> Iterator[Reason]:
    """A name that is an address advertises: 14 % of spam. So do 0.8 % of honest names, hence it holds not alone."""
    if _LINK.search(evidence.author[:500]) or _LOOKS_LIKE_A_HOST.search(evidence.author[:500]):
        yield Reason("link_in_name", 2.5, "The name is a web address.")


def only_a_link(evidence: Evidence) -> Iterator[Reason]:
    """A text that is a link and nothing else."""
    text = evidence.typed[:4000]
    if any(_links(text)) and len(_LINK.sub("", text).strip()) < 10:
        yield Reason("only_a_link", 3.0, "The text is a link and nothing else.")


def _links(text: str) -> Iterator[re.Match[str]]:
    """The links in a text. Most have none, and are told at once."""
    return _LINK.finditer(text) if "://" in text or "www." in text.lower() else iter(())


def _written(evidence: Evidence) -> list[str]:
    """The website and the first links, as they are written."""
    found = [evidence.url[:500]] if evidence.url else []
    for match in _links(evidence.typed):
        found.append(match[0][:500])
        if len(found) > _MOST:
            break
    return found


def _suspect(written: str) -> Iterator[Reason]:
    link = parse(written.lower())
    host = link.host[:253]
    if link.domain in SHORTENERS:
        yield Reason("shortener", 2.0, f"A shortened link hides where it leads: {link.domain}.")
    if _is_address(link):
        yield Reason("bare_ip", 2.0, "A link leads to a bare number instead of a name.")
    if _USER.search(written):
        yield Reason("user_in_link", 2.0, "A link pretends to lead elsewhere by a name before an @.")
    if (not host.isascii() or "xn--" in host) and _is_homograph(host):
        yield Reason("homograph", 4.0, "The name of a linked site mixes alphabets to look like another.")


def _is_address(link: Link) -> bool:
    if link.host.isdecimal() and link.host.isascii() and len(link.host) > 6 and link.scheme:
        return True  # http://3232235777/ is 192.168.1.1
    try:
        ip_address(link.host.strip("[]"))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def _is_homograph(host: str) -> bool:
    """Whether a label mixes Latin letters with those that look like them. ``müller.de`` and ``пример.рф`` do not."""
    for label in host.split(".")[:10]:
        shown = _decoded(label)
        if not shown.isascii() and folded(shown) != shown:
            return True
    return False


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label[:63]
    try:
        return label[4:63].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label
