"""What the author's name and website look like: a person, an address, or something for sale."""

import re
from collections.abc import Iterator, Sequence

from service.spam.classifier.links import Link
from service.spam.classifier.shape import scripts

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


def person_traits(author: str, home: Link | None, found: Sequence[Link]) -> Iterator[str]:
    """Traits of the author as typed; `home` is the website taken apart, `found` the links of the text."""
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


def _same(link: Link, squashed: str) -> bool:
    name = link.domain.partition(".")[0].replace("-", "")
    return len(name) > 3 and len(squashed) > 3 and (name in squashed or squashed in name)
