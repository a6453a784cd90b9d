"""Links in a comment, their parts, and whom they belong to. Many people share a host such as github.com."""

import re
from dataclasses import dataclass
from functools import lru_cache

_LINK = re.compile(
    r"(?:https?|ftp|hxxp)s?:/{1,3}[^\s<>\"'\[\]()|]{1,400}|www\.[^\s<>\"'\[\]()|/]{2,100}[^\s<>\"'\[\]()|]{0,300}"
)
_ENDING = (
    r"\.(?:com|net|org|info|biz|ru|cn|in|co|io|uk|us|ua|de|fr|top|xyz|site|online|shop|club|store|pro|me|tk|id|pl|br|tv|"
    r"website|space|live|life|cc|win|vip|fun|icu|link|click|buzz|blog|tech|agency|services|eu|it|es|nl|ca|au|jp|vn)\b"
)
_HAS_ENDING = re.compile(_ENDING)
"""It begins with a character, which is looked for many times faster than the beginning of a word."""
_BARE = re.compile(
    r"(?<![\w@.\-/])[a-z0-9][a-z0-9\-]{1,40}(?:\.[a-z0-9\-]{1,40}){0,2}"
    rf"{_ENDING}(?:/[^\s<>\"'\[\]()|]{{0,300}})?"
)
_SECOND = frozenset(["co", "com", "net", "org", "gov", "edu", "ac", "or", "ne", "go"])
_AFTER_HOST = re.compile(r"[/?#\\]")
_SPLIT = re.compile(r"[^\W_]+")
MOST = 24  # links looked at in one text


@dataclass(frozen=True, slots=True)
class Link:
    """A parsed link in lower case. `host` has no www and no port; `domain` is its registered part, by guess."""

    scheme: str
    host: str
    domain: str
    tld: str
    path: str

    def words(self) -> list[str]:
        """Words of host (without its ending) and path, at most 20."""
        name = self.host[: -len(self.tld) - 1] if self.tld else self.host
        return _SPLIT.findall(f"{name[:80]} {self.path[:160]}")[:20]


def parse(link: str) -> Link:
    """Parse any string as a link; never fails."""
    scheme, mark, rest = link.strip()[:500].partition(":/")
    if not mark:
        scheme, rest = "", link.strip()[:500]
    rest = rest.lstrip("/")
    end = _AFTER_HOST.search(rest)
    stop = end.start() if end else len(rest)
    host, path = rest[:stop].rpartition("@")[2].partition(":")[0].strip("."), rest[stop:]
    host = host.removeprefix("www.")
    labels = host.split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND else 2
    tld = labels[-1] if len(labels) > 1 else ""
    return Link(scheme, host, ".".join(labels[-keep:]), tld, path)


@lru_cache(maxsize=8)
def split_links(text: str) -> tuple[tuple[Link, ...], str]:
    """The links of a lower-case text, and the text with LINK in place of each. Cached: a check asks three times."""
    found: list[Link] = []

    def keep(match: re.Match[str]) -> str:
        if len(found) < MOST:
            found.append(parse(match[0].rstrip(".,;:!?*'")))
        return " LINK "

    if "://" in text or ":/" in text or "www." in text:
        text = _LINK.sub(keep, text)
    if _HAS_ENDING.search(text):
        text = _BARE.sub(keep, text)
    return tuple(found), text


PROFILES = frozenset({
    "about.me", "behance.net", "blogger.com", "bitbucket.org", "bsky.app", "codeberg.org", "codepen.io", "dev.to",
    "disqus.com", "facebook.com", "flickr.com", "fosstodon.org", "github.com", "gitlab.com", "goodreads.com",
    "gravatar.com", "hachyderm.io", "infosec.exchange", "instagram.com", "keybase.io", "last.fm", "linkedin.com",
    "linktr.ee", "mas.to", "mastodon.online", "mastodon.social", "mstdn.social", "myopenid.com", "orcid.org",
    "pinterest.com", "quora.com", "reddit.com", "sr.ht", "stackexchange.com", "stackoverflow.com", "t.me",
    "threads.net", "tiktok.com", "twitch.tv", "twitter.com", "x.com", "youtube.com",
})  # fmt: skip
"""Registered domains under which people have a profile."""

COMMON = PROFILES | frozenset({
    "amazon.com", "apple.com", "archive.org", "bbc.co.uk", "google.com", "imgur.com", "microsoft.com", "mozilla.org",
    "nytimes.com", "python.org", "theguardian.com", "vimeo.com", "w3.org", "wikimedia.org", "wikipedia.org",
    "ycombinator.com", "youtu.be",
})  # fmt: skip

_NO_PROFILE = frozenset({
    "commerce", "discussion", "groups", "pages", "photos", "pin", "playlist", "posts", "questions", "shorts", "status",
    "videos", "watch",
})  # fmt: skip
"""Parts of a path that leads to a post, a video or a page of a firm."""

TENANTS = frozenset({
    "blogspot.com", "dreamwidth.org", "firebaseapp.com", "github.io", "gitlab.io", "herokuapp.com", "hatenablog.com",
    "livejournal.com", "medium.com", "neocities.org", "netlify.app", "onrender.com", "pages.dev", "substack.com",
    "tumblr.com", "typepad.com", "vercel.app", "web.app", "weebly.com", "wixsite.com", "wordpress.com",
})  # fmt: skip
"""Registered domains that give every user a host of their own."""


def owner_of(link: Link) -> str:
    """What a link belongs to: its registered domain, its host where each user has one, empty where all share it."""
    if link.domain in TENANTS or link.domain.startswith("blogspot."):
        return link.host if link.host != link.domain else ""
    return "" if link.domain in COMMON or "." not in link.domain else link.domain


def is_profile(link: Link) -> bool:
    """Whether a website is somebody's profile on a well-known site, such as https://github.com/ada, and not a post or
    a video there."""
    parts = link.path.strip("/").split("/")
    return link.domain in PROFILES and "?" not in link.path and len(parts) <= 3 and _NO_PROFILE.isdisjoint(parts)
