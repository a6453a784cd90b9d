"""Which page an address means: one of a registered site, with one key for all spellings of the address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_letters, digits
from urllib.parse import quote, quote_plus, unquote_plus, unquote_to_bytes, urlsplit

from service.known_sites import AS_BEFORE, KnownSite, KnownSites, PageRules
from service.tracking_parameters import is_tracking
from service.web_origin import LONGEST_ADDRESS, AddressProblem, BadPage, origin_of, origin_of_parts, split_address

_MAX_CACHED = 1000  # characters; longer addresses are read each time, so that the cache is bounded by bytes
_WORDPRESS = frozenset({"replytocom", "unapproved", "moderation-hash"})
"""What WordPress adds to an article's address for a reader who answers or waits."""

_SAFE_IN_PATH = ":@!$&'()*+,;=~-._"
_SAFE_AS_GIVEN = "/%?:@!$&'()*+,;=~-._[]|"
_UNRESERVED = frozenset(f"{ascii_letters}{digits}-._~")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


class UnknownOrigin(BadPage):
    """The page's origin belongs to no registered site."""

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"{origin} is not registered here. The owner of this service can add it: "
            f"leave-a-reply site add {origin} (or list it in REPLY_SITES)."
        )
        self.origin = origin


class ForeignPage(BadPage):
    """A registered origin acts on a page of another site."""

    def __init__(self, origin: str, page_origin: str) -> None:
        super().__init__(
            f"A page of {origin} cannot post to {page_origin}, which is another site. "
            "Give the form the address of the page that it is on."
        )


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page of a registered site. ``url`` is its address as given, ``key`` is the same for all spellings of it."""

    site_id: int
    url: str
    key: str


def canonical(address: str) -> str:
    """The address as given, less its fragment and the parameters of tracking and of WordPress. Raises BadPage.

    Links lead there, so a site gets back what it wrote: ``index.php?/2020/hello`` and bytes of any encoding. What is
    the same to every server (RFC 3986, 6.2.2) is written in one way, since each spelling is rendered and cached.
    """
    parts = split_address(address)
    query = "&".join(piece for piece in parts.query.split("&") if piece and not _is_added(piece))
    url = origin_of_parts(parts) + _escaped(_with_one_slash_at_its_end(parts.path) or "/")
    url += f"?{_escaped(query)}" if query else ""
    if len(url) > LONGEST_ADDRESS:
        raise BadPage(AddressProblem.TOO_LONG % {"number": LONGEST_ADDRESS})
    return url


def page_key(url: str, rules: PageRules = AS_BEFORE, origin: str = "") -> str:
    """What all spellings of a canonical address share: ``/a`` and ``/a/``, ``%2B`` and ``+``, ``?p`` and ``?p=``, and
    what the rules of its site say. ``origin``: the registered one of the site; empty for the one in the address.

    Escapes are compared as bytes, so ``%FC`` and ``%F6`` differ, and ``%2F`` in a name is no slash (RFC 3986, 6.2.2).
    """
    parts = urlsplit(url)
    folder, _, last = parts.path.rpartition("/")
    path = f"{folder}/" if rules.index_files and rules.is_index(last) else parts.path
    names = map(unquote_to_bytes, (path if rules.slash else path.rstrip("/")).split("/"))
    path = "/".join(quote(name if rules.case else _small(name), _SAFE_IN_PATH) for name in names)
    pieces = (piece for piece in parts.query.split("&") if piece and rules.keeps(_name_of(piece)))
    query = "&".join(map(_parameter_key, pieces))
    return f"{origin or f'{parts.scheme}://{parts.netloc}'}{path or '/'}" + (f"?{query}" if query else "")


def key_on(site: KnownSite, url: str) -> str:
    """The key of a canonical address of a site, by its rules."""
    return page_key(url, site.rules, site.origin)


def comment_url(page_url: str, comment_id: int) -> str:
    """Where a comment is on a page: each has this id in every thread, as WordPress writes it."""
    return f"{page_url}#comment-{comment_id}"


def resolve(address: str, sites: KnownSites | Mapping[str, int]) -> PageRef:
    """The page that an address means. Sites given as origin → id have no rules.

    Raises BadPage for what is no address, UnknownOrigin for a page of an unregistered site.
    """
    known = sites if isinstance(sites, KnownSites) else KnownSites.plain(sites)
    if (found := known.resolved(address)) is not None:
        return PageRef(*found)
    if not address.strip():
        raise BadPage("Say which page is meant: ?page=https://your-site.example/article")
    url = canonical(address)
    site = known.of(origin_of(url))
    if site is None:
        raise UnknownOrigin(origin_of(url))
    page = PageRef(site.id, url, key_on(site, url))
    if len(address) <= _MAX_CACHED:
        known.keep(address, (page.site_id, page.url, page.key))
    return page


def _with_one_slash_at_its_end(path: str) -> str:
    """A path, with one slash for several at its end."""
    return path.rstrip("/") + "/" * path.endswith("/")


def _escaped(text: str) -> str:
    """Only what needs it is escaped: characters that no address may hold, such as spaces and letters beyond ASCII."""
    return _ESCAPE.sub(_normal_escape, quote(text, _SAFE_AS_GIVEN))


def _normal_escape(escape: re.Match[str]) -> str:
    letter = chr(int(escape[1], 16))
    return letter if letter in _UNRESERVED else escape[0].upper()


def _is_added(parameter: str) -> bool:
    return is_tracking(parameter) or _name_of(parameter) in _WORDPRESS


def _name_of(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0])


def _small(name: bytes) -> bytes:
    """A part of a path without capitals; bytes that are not UTF-8 stay as they are."""
    return name.decode("utf-8", "surrogateescape").lower().encode("utf-8", "surrogateescape")


def _parameter_key(parameter: str) -> str:
    name, _, value = parameter.partition("=")
    return "=".join(quote_plus(unquote_to_bytes(part.replace("+", " "))) for part in (name, value))
