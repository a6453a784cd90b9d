"""Rules about links: their number and where they lead. Points follow rspamd's url_suspect where it has the rule."""

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address

from service.language import N_
from service.spam.classifier.link_features import Link, parse
from service.spam.classifier.normalise_text import folded
from service.spam.classifier.text_traits import holds_one, same_length_lowered
from service.spam.evidence import Evidence
from service.spam.reason_sentences import ReasonSentence
from service.spam.rules.rule import Symbol, rule
from service.spam.verdict import Reason

_AS_LINK = r"(?:https?://|www(?<=\bwww)\.)[^\s<>\"'\])]{1,2000}"
_LINK, _LINK_IN_LOWER_CASE = re.compile(_AS_LINK, re.IGNORECASE), re.compile(_AS_LINK)
_OTHER_LINKS = re.compile(r"\]\((?!\s{0,9}<?(?:https?://|www\.))|<https?:(?!//)|//(?<![:/\w]//)(?!www\.)[\w-]{1,63}\.")
"""Links in a text in lower case that ``_LINK`` does not match but Markdown or a browser makes."""
_MAY_BE_OTHER_LINKS = ("](", "//", "<")
_TOP_LEVEL = "com|net|org|info|biz|ru|cn|xyz|top|shop|site|online"
_LOOKS_LIKE_A_HOST = re.compile(rf"\b[a-z0-9-]{{2,63}}\.(?:{_TOP_LEVEL})\b", re.IGNORECASE)
_USER = re.compile(r"://[^/?#\s]{0,200}@")
_MOST = 12
_WHOLE = 65_536
"""Characters in the longest comment that the form accepts."""

SHORTENERS = frozenset({
    "adf.ly", "bit.ly", "bitly.com", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ouo.io", "ow.ly", "rb.gy",
    "rebrand.ly", "s.id", "shorte.st", "shorturl.at", "shorturl.fm", "surl.li", "t.co", "t.ly", "tiny.cc",
    "tinyurl.com", "tr.im", "u.to", "v.gd", "vk.cc", "x.co",
})  # fmt: skip
"""Without t.me, youtu.be and others that people link to."""


@rule(Symbol("links", N_("Many links"), 4))
def many_links(evidence: Evidence) -> Iterator[Reason]:
    """Holds from ``max_links`` links on, like WordPress's ``comment_max_links``, whatever the text reads like: 7 % of
    spam has five, 0.13 % of honest blog comments. For the score the classifier has counted them already."""
    text = evidence.text[:_WHOLE]  # the whole text, not ``typed``: links hide in the middle of long texts
    number = sum(1 for _ in _links(text))
    if holds_one(text, _MAY_BE_OTHER_LINKS):
        number += len(_OTHER_LINKS.findall(same_length_lowered(text)))
    most = evidence.max_links
    if most and 5 * number >= 3 * most:
        weight = 0.1 if number < most else 0.2
        alone = 0.0 if number < most else 3.0 if number < 2 * most else 4.0
        yield Reason("links", weight, ReasonSentence.HELD_LINKS % {"number": number}, alone=alone)


@rule(
    Symbol("shortener", N_("A shortened link"), 0.25),
    Symbol("bare_ip", N_("A link to an IP address"), 0.25),
    Symbol("user_in_link", N_("A link that pretends to lead elsewhere"), 0.25),
    Symbol("homograph", N_("A linked name that looks like another"), 4),
)
def suspicious_links(evidence: Evidence) -> Iterator[Reason]:
    """Links that hide where they lead. Each kind counts once."""
    found: dict[str, Reason] = {}
    for typed in _links_as_typed(evidence):
        for reason in _suspicions(typed):
            found.setdefault(reason.symbol, reason)
    yield from found.values()


@rule(Symbol("link_in_name", N_("The name is a web address"), 0.6))
def link_in_name(evidence: Evidence) -> Iterator[Reason]:
    """The author's name is a web address: 7 % of spam, but also 0.2 % of honest comments, so it never holds alone."""
    if _LINK.search(evidence.author[:500]) or _LOOKS_LIKE_A_HOST.search(evidence.author[:500]):
        yield Reason("link_in_name", 0.6, ReasonSentence.NAME_IS_ADDRESS)


@rule(Symbol("only_a_link", N_("A link and nothing else"), 0.1))
def only_a_link(evidence: Evidence) -> Iterator[Reason]:
    """The text is a link and fewer than 10 other characters: 0.4 % of spam, and 0.2 % of honest comments."""
    text = evidence.typed[:4000]
    if any(_links(text)) and len(_LINK.sub("", text).strip()) < 10:
        yield Reason("only_a_link", 0.1, ReasonSentence.ONLY_A_LINK)


@rule(Symbol("website_article", N_("The website is an article"), 1))
def website_article(evidence: Evidence) -> Iterator[Reason]:
    """The website behind the name is a page with a long name, two hyphens or more: measured 12 % of spam, 0.08 % of
    honest comments, whose authors give the front page of their site."""
    url = evidence.sample.url.lower()
    if url.count("-") > 1 and parse(url).path.count("-") > 1:  # most have none, and parsing takes longer
        yield Reason("website_article", 1.0, ReasonSentence.WEBSITE_ARTICLE)


def has_links(evidence: Evidence) -> bool:
    """Whether the text has links, or one of the rules on links hits the name or the website."""
    return bool(evidence.links) or any(any(hit(evidence)) for hit in (many_links, suspicious_links, link_in_name))


def _links(text: str) -> Iterator[re.Match[str]]:
    """The places of the links in a text. The cheap test first: most texts have none."""
    lowered = same_length_lowered(text)
    return _LINK_IN_LOWER_CASE.finditer(lowered) if "://" in text or "www." in lowered else iter(())


def _links_as_typed(evidence: Evidence) -> list[str]:
    """The website and the first links, as typed."""
    found = [evidence.url[:500]] if evidence.url else []
    for match in _links(evidence.typed):
        found.append(evidence.typed[match.start() : match.end()][:500])
        if len(found) > _MOST:
            break
    return found


def _suspicions(typed: str) -> Iterator[Reason]:
    link = parse(typed.lower())
    host = link.host[:253]
    if link.domain in SHORTENERS:
        yield Reason("shortener", 0.25, ReasonSentence.SHORTENED % {"host": link.domain})
    if _is_address(link):
        yield Reason("bare_ip", 0.25, ReasonSentence.BARE_NUMBER)
    if _USER.search(typed):
        yield Reason("user_in_link", 0.25, ReasonSentence.USER_IN_LINK)
    if (not host.isascii() or "xn--" in host) and _is_homograph(host):
        yield Reason("homograph", 1.0, ReasonSentence.HOMOGRAPH, alone=4.0)


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
    """Whether a label mixes Latin letters with look-alikes. ``müller.de`` and ``пример.рф`` do not."""
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
