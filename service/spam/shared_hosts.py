"""Hosts that many people share, such as github.com. Two comments that link to one need not have the same author."""

from service.spam.classifier.link_features import Link

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
