"""Fetches one URL for the self-check, with limits on bytes, seconds and redirects, and within one origin.

Addresses on this machine and in private networks are allowed, since the owner registered the origin. Link-local ones,
multicast, and those at which clouds tell a machine's own secrets are refused. The connection goes to the address that
was vetted, so a second DNS answer cannot lead elsewhere. The standard library suffices for that.
"""

import socket
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from urllib.parse import urljoin, urlsplit

from service.urls import BadPage, origin_of

MOST_BYTES = 2 * 1024 * 1024
MOST_SECONDS = 10.0
MOST_REDIRECTS = 5
_HEADERS = {"User-Agent": "leave-a-reply-check", "Accept": "text/html, */*", "Accept-Encoding": "gzip"}
"""gzip, as browsers send: a server-side include may break only when compression is accepted."""


_METADATA = frozenset(
    map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254", "fd00:42::42"))
)
"""Where clouds answer a machine's questions about itself outside 169.254.0.0/16: Alibaba, Azure, Oracle, AWS, Google,
Scaleway. Everything inside that network is link-local."""

_EMBEDDING = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48")))
"""NAT64, whose addresses end in an IPv4 address (RFC 6052, RFC 8215)."""


class CannotFetch(Exception):
    """Nothing was fetched. The message is a predicate, such as "did not answer"."""


class LeadsElsewhere(CannotFetch):
    """A redirect to another origin, which was not followed."""

    def __init__(self, target: str) -> None:
        super().__init__(f"redirects to {target}")
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
        raise CannotFetch("is no whole address") from error
    for _ in range(MOST_REDIRECTS + 1):
        answer = _ask(url, headers or {})
        location = str(answer.headers.get("location", ""))
        if answer.status not in (301, 302, 303, 307, 308) or not location:
            return answer
        url = urljoin(url, location)
        if not _is_of(url, origin):
            raise LeadsElsewhere(url)
    raise CannotFetch(f"redirects more than {MOST_REDIRECTS} times")


def _is_of(url: str, origin: str) -> bool:
    try:
        return origin_of(url) == origin
    except BadPage:
        return False


def _ask(url: str, headers: Mapping[str, str]) -> Fetched:
    parts = urlsplit(url)
    target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    connection = _Connection(parts.hostname or "", parts.port, secure=parts.scheme == "https")
    try:
        connection.connect()
        with _Deadline(connection.sock):
            connection.request("GET", target, headers={**_HEADERS, **headers})
            response = connection.getresponse()
            body = _unpacked(response.read(MOST_BYTES), str(response.headers.get("content-encoding", "")))
        return Fetched(url, response.status, response.headers, body)
    except ssl.SSLCertVerificationError as error:
        raise CannotFetch(f"has a certificate that is not good ({error.verify_message})") from error
    except TimeoutError as error:
        raise CannotFetch(f"did not answer within {MOST_SECONDS:g} seconds") from error
    except zlib.error as error:
        raise CannotFetch("says that its answer is compressed by gzip, and it is not") from error
    except (OSError, HTTPException, UnicodeError, ValueError) as error:
        raise CannotFetch(f"did not answer ({str(error) or type(error).__name__})") from error
    finally:
        connection.close()


def _unpacked(body: bytes, encoding: str) -> bytes:
    """The decompressed body, up to ``MOST_BYTES``. Raises zlib.error."""
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        return body
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MOST_BYTES)


class _Connection(HTTPConnection):
    """Connects to an address that was vetted first."""

    def __init__(self, host: str, port: int | None, *, secure: bool) -> None:
        super().__init__(host, port or (443 if secure else 80), timeout=MOST_SECONDS)
        self._secure = secure

    def connect(self) -> None:
        """Raises CannotFetch for a refused address."""
        address = _address(self.host, self.port)
        sock = socket.create_connection((address, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host) if self._secure else sock


def _address(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise CannotFetch("has no address: its name is unknown here") from error
    address = str(found[0][4][0])
    ip = _meant(ip_address(address.partition("%")[0]))
    if ip in _METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        raise CannotFetch(f"is at {ip}, an address that is not asked")
    return address


def _meant(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address leads to by one of the ways of transition, else the address itself."""
    if ip.version == 4:
        return ip
    teredo = ip.teredo[1] if ip.teredo else None
    if found := ip.ipv4_mapped or ip.sixtofour or teredo:
        return found
    return IPv4Address(int(ip) & 0xFFFF_FFFF) if any(ip in network for network in _EMBEDDING) else ip


class _Deadline:
    """Limits the whole exchange: a socket's own timeout restarts with each byte."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._passed = sock, False
        self._timer = Timer(MOST_SECONDS, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._passed:  # a truncated response may look complete
            raise TimeoutError

    def _cut(self) -> None:
        self._passed = True
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the connection is closed already
