"""Which page is meant: the origin of a registered site, and one key for all spellings of an address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

_LONGEST = 2000
_MAX_CACHED = 1000  # characters; longer addresses are read each time, so that the cache is bounded by bytes
_MAX_HOST = 253  # characters of a host name (RFC 1035); IDNA takes quadratic time
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])\Z")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|twclid|yclid|igshid|mc_[ce]id|_ga|_gl|ref_src)$"
)
_OURS = {"parent", "replytocom", "unapproved", "moderation-hash", "preview"}
_SAFE_IN_PATH = "/:@!$&'()*+,;=~-._"


class BadPage(ValueError):
    """The page's address cannot be used. The message says what to do."""


class UnknownOrigin(BadPage):
    """The page's origin belongs to no registered site."""

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"{origin} is not registered here. The owner of this service can add it: "
            f"leave-a-reply site add {origin} (or list it in REPLY_SITES)."
        )
        self.origin = origin


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page of a registered site. ``url`` is where it is read, ``key`` what all its spellings share."""

    site_id: int
    url: str
    key: str


@lru_cache(maxsize=4096)
def origin_of(address: str) -> str:
    """The origin of an absolute http(s) address, in lower case, without a default port. Raises BadPage."""
    return _origin(_split(address))


def canonical(address: str) -> str:
    """The address without fragment, tracking parameters, default port and our own parameters. Raises BadPage."""
    parts = _split(address)
    path = re.sub(r"/{2,}\Z", "/", parts.path)
    path = quote(unquote(path, errors="surrogateescape").encode("utf-8", "surrogateescape"), _SAFE_IN_PATH)
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50)
        if not _TRACKING.match(name) and name not in _OURS
    ]
    url = _origin(parts) + (path or "/") + (f"?{urlencode(query)}" if query else "")
    if len(url) > _LONGEST:
        raise BadPage(f"The page's address is longer than {_LONGEST} characters.")
    return url


def page_key(url: str) -> str:
    """What all spellings of a canonical address share: ``/a`` and ``/a/`` are one page."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") or "/"))


def resolve(address: str, sites: Mapping[str, int]) -> PageRef:
    """The page that an address means, among sites given as origin → id.

    Raises BadPage for an address that is none, UnknownOrigin for a page of somebody else.
    """
    if not address.strip():
        raise BadPage("Say which page is meant: ?page=https://your-site.example/article")
    url, origin, key = _read(address) if len(address) <= _MAX_CACHED else _read.__wrapped__(address)
    if origin not in sites:
        raise UnknownOrigin(origin)
    return PageRef(sites[origin], url, key)


@lru_cache(maxsize=4096)
def _read(address: str) -> tuple[str, str, str]:
    """The canonical address, its origin and its key."""
    try:
        url = canonical(address)
    except ValueError as error:
        raise error if isinstance(error, BadPage) else BadPage(_not_an_address()) from error
    return url, origin_of(url), page_key(url)


def _split(address: str) -> SplitResult:
    address = address.strip()
    if len(address) > 2 * _LONGEST or any(ord(letter) < 33 or letter == "\\" for letter in address):
        raise BadPage(_not_an_address())
    try:
        parts = urlsplit(address)
        valid = parts.scheme in _DEFAULT_PORTS and parts.hostname and parts.username is None and parts.port != 0
    except ValueError as error:
        raise BadPage(_not_an_address()) from error
    if not valid:
        raise BadPage(_not_an_address())
    return parts


def _origin(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if len(host) > _MAX_HOST:
        raise BadPage(_not_an_address())
    try:
        host = f"[{host}]" if ":" in host else host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError as error:
        raise BadPage(_not_an_address()) from error
    if not _HOST.match(host):
        raise BadPage(_not_an_address())
    port = parts.port
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme] else "")


def _not_an_address() -> str:
    return "The page's address must be a whole one, such as https://your-site.example/article."
