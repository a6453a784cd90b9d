"""Fetches one URL for the setup check, with limits on bytes, seconds and redirects, and within one origin.

Addresses on this machine and in private networks are allowed, since the owner registered the origin. All other
requests follow ``service.outgoing_http``.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urljoin

from service.doctor.finding_sentences import FetchedBadly
from service.outgoing_http import CannotFetch, FetchProblem, HttpLimits, ask, predicate
from service.web_origin import BadPage, origin_of

MOST_BYTES = 2 * 1024 * 1024
MOST_SECONDS = 10.0
MOST_REDIRECTS = 5
_HEADERS = {"User-Agent": "leave-a-reply-check", "Accept": "text/html, */*", "Accept-Encoding": "gzip"}
"""gzip, as browsers send: a server-side include may break only when compression is accepted."""


class LeadsElsewhere(CannotFetch):
    """A redirect to another origin, which was not followed."""

    def __init__(self, target: str) -> None:
        super().__init__(predicate(FetchedBadly.REDIRECTS, target=target))
        self.target = target


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response. ``url`` is the final one, after redirects within the origin."""

    url: str
    status: int
    headers: Message
    body: bytes

    def all(self, name: str) -> list[str]:
        """All values of a header."""
        return [str(value) for value in self.headers.get_all(name, [])]

    @property
    def text(self) -> str:
        """The body as text. The page's own charset does not matter, since all that is searched for is ASCII."""
        return self.body.decode("utf-8", "replace")


def fetch(url: str, headers: Mapping[str, str] | None = None) -> Fetched:
    """GET a URL. Takes up to 10 seconds for each of at most 6 requests. Raises CannotFetch."""
    try:
        origin = origin_of(url)
    except BadPage as error:
        raise CannotFetch(predicate(FetchProblem.NO_ADDRESS)) from error
    for _ in range(MOST_REDIRECTS + 1):
        answer = _ask(url, headers or {})
        location = str(answer.headers.get("location", ""))
        if answer.status not in (301, 302, 303, 307, 308) or not location:
            return answer
        url = urljoin(url, location)
        if not _is_of(url, origin):
            raise LeadsElsewhere(url)
    raise CannotFetch(predicate(FetchedBadly.MANY_REDIRECTS, number=MOST_REDIRECTS))


def _is_of(url: str, origin: str) -> bool:
    try:
        return origin_of(url) == origin
    except BadPage:
        return False


def _ask(url: str, headers: Mapping[str, str]) -> Fetched:
    answer = ask("GET", url, {**_HEADERS, **headers}, HttpLimits(MOST_SECONDS, MOST_BYTES, private=True))
    try:
        body = _unpacked(answer.body, str(answer.headers.get("content-encoding", "")))
    except zlib.error as error:
        raise CannotFetch(predicate(FetchedBadly.NO_GZIP)) from error
    return Fetched(url, answer.status, answer.headers, body)


def _unpacked(body: bytes, encoding: str) -> bytes:
    """The decompressed body, up to ``MOST_BYTES``. Raises zlib.error."""
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        return body
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MOST_BYTES)
