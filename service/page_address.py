"""Which page is meant: the origin of a registered site, and one key for all spellings of an address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from string import ascii_letters, digits
from urllib.parse import SplitResult, quote, quote_plus, unquote_plus, unquote_to_bytes, urlsplit

import idna
import idna.core

from service.known_sites import AS_BEFORE, KnownSite, KnownSites, PageRules, is_this_machine
from service.language import N_
from service.tracking_parameters import is_tracking

_LONGEST = 2000
_MAX_CACHED = 1000  # characters; longer addresses are read each time, so that the cache is bounded by bytes
_LONGEST_HOST = 253  # characters (RFC 1035); checked first, since IDNA takes quadratic time
_LONGEST_LABEL = 63
_JOINERS = "\u200c\u200d"
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])\Z")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_WORDPRESS = frozenset({"replytocom", "unapproved", "moderation-hash"})
"""What WordPress adds to an article's address for a reader who answers or waits."""

_SAFE_IN_PATH = ":@!$&'()*+,;=~-._"
_SAFE_AS_GIVEN = "/%?:@!$&'()*+,;=~-._[]|"
_UNRESERVED = frozenset(f"{ascii_letters}{digits}-._~")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")


class AddressProblem(StrEnum):
    """Why an address cannot be that of a page."""

    TOO_LONG = N_("The page's address is longer than %(number)s characters.")
    NOT_WHOLE = N_("The page's address must be complete, such as https://your-site.example/article.")


class BadPage(ValueError):
    """The page's address cannot be used. The message says what to do."""

    typed = ""  # the comment that was sent for it, to be given back


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


@lru_cache(maxsize=4096)
def origin_of(address: str) -> str:
    """The origin of an absolute http(s) address, in lower case, without a default port. Raises BadPage."""
    return _origin(_split(address))


class NotThisMachine(BadPage):
    """Any port was asked for on a host that is not the reader's own machine. The message says what to write."""


def site_origin(address: str) -> str:
    """The origin that a site of this address has: ``http://localhost`` for ``http://localhost:*``. Raises BadPage."""
    plain = any_port_removed(address)
    origin = origin_of(plain or address)
    if plain and not is_this_machine(urlsplit(origin).hostname or ""):
        raise NotThisMachine("Any port is for dev servers on your own machine only: http://localhost:*")
    return origin


def any_port_removed(address: str) -> str:
    """The address without ``:*``; empty if it has none."""
    bare = address.strip().rstrip("/")
    return bare.removesuffix(":*") if bare.endswith(":*") else ""


def may_post_to(origin: str, page_origin: str) -> bool:
    """Whether a form on a page of one registered origin may be about a page of another.

    It may where the hosts are one site's, with and without ``www.``, by any scheme and port; and from an owner's own
    machine, where a preview shows the published page's canonical address.
    """
    hosts = [(urlsplit(address).hostname or "").removeprefix("www.") for address in (origin, page_origin)]
    return hosts[0] == hosts[1] or is_this_machine(hosts[0])


def canonical(address: str) -> str:
    """The address as given, less its fragment and the parameters of tracking and of WordPress. Raises BadPage.

    Links lead there, so a site gets back what it wrote: ``index.php?/2020/hello`` and bytes of any encoding. What is
    the same to every server (RFC 3986, 6.2.2) is written in one way, since each spelling is rendered and cached.
    """
    parts = _split(address)
    query = "&".join(piece for piece in parts.query.split("&") if piece and not _is_added(piece))
    url = _origin(parts) + _escaped(_with_one_slash_at_its_end(parts.path) or "/")
    url += f"?{_escaped(query)}" if query else ""
    if len(url) > _LONGEST:
        raise BadPage(AddressProblem.TOO_LONG % {"number": _LONGEST})
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


def _split(address: str) -> SplitResult:
    if len(address := address.strip()) > 2 * _LONGEST or _FORBIDDEN.search(address):
        raise BadPage(AddressProblem.NOT_WHOLE)
    try:
        parts = urlsplit(address)
        if parts.scheme in _DEFAULT_PORTS and parts.hostname and parts.username is None and parts.port != 0:
            return parts
    except ValueError as error:
        raise BadPage(AddressProblem.NOT_WHOLE) from error
    raise BadPage(AddressProblem.NOT_WHOLE)


def _origin(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if len(host) > _LONGEST_HOST:
        raise BadPage(AddressProblem.NOT_WHOLE)
    host = f"[{host}]" if ":" in host else host if host.isascii() else _ascii_host(host)
    if not _HOST.match(host):
        raise BadPage(AddressProblem.NOT_WHOLE)
    port = parts.port
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme] else "")


def _ascii_host(host: str) -> str:
    """A host as browsers send it: by UTS 46, non-transitional, so that ``straße`` is not ``strasse``.

    A name that is already in ASCII is never changed, so sites registered under an older spelling go on working.
    """
    try:
        mapped = idna.uts46_remap(host, std3_rules=False, transitional=False)
        return ".".join(label if label.isascii() else _ascii_label(label) for label in mapped.split("."))
    except UnicodeError as error:  # idna.IDNAError, too
        raise BadPage(AddressProblem.NOT_WHOLE) from error


def _ascii_label(label: str) -> str:
    """A label as browsers write it. They also take what is no letter to IDNA 2008, such as ``❤``, ``→`` and ``_``."""
    idna.core.check_initial_combiner(label)
    idna.core.check_bidi(label)
    joiners = (place for place, letter in enumerate(label) if letter in _JOINERS)
    ascii_label = f"xn--{label.encode('punycode').decode()}"
    if len(ascii_label) > _LONGEST_LABEL or not all(idna.core.valid_contextj(label, place) for place in joiners):
        raise BadPage(AddressProblem.NOT_WHOLE)
    return ascii_label
