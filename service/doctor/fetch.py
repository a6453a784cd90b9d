"""Fetches one page for the self-check, on the standard library: bounded in bytes, seconds and redirects, to one origin.

An owner's page may well be on this machine or a private network, since its origin was registered by the owner, so such
addresses are asked. Link-local ones are not (clouds keep their keys at 169.254.169.254), nor multicast. The address
that was looked at is the one that is connected to.
"""

import socket
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from threading import Timer
from urllib.parse import urljoin, urlsplit

from service.urls import BadPage, origin_of

MOST_BYTES = 2 * 1024 * 1024
MOST_SECONDS = 10.0
MOST_REDIRECTS = 5
_HEADERS = {"User-Agent": "leave-a-reply-check", "Accept": "text/html, */*", "Accept-Encoding": "gzip"}
"""gzip, as browsers ask: a server-side include that goes wrong with it looks right without."""


class CannotFetch(Exception):
    """The message says why, and is the middle of a sentence."""


class LeadsElsewhere(CannotFetch):
    """A redirect to another origin, which is not followed."""

    def __init__(self, target: str) -> None:
        super().__init__(f"redirects to {target}")
        self.target = target


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. ``url`` is where it came from, after redirects within the origin."""

    url: str
    status: int
    headers: Message
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every header of a name."""
        return [str(value) for value in self.headers.get_all(name, [])]

    @property
    def text(self) -> str:
        """The body as text. A page's own charset matters little to what is looked for: it is ASCII."""
        return self.body.decode("utf-8", "replace")


def fetch(url: str, headers: Mapping[str, str] | None = None) -> Fetched:
    """GET an address. Takes up to 10 seconds for each of six steps. Raises CannotFetch."""
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
    """What was compressed, up to the same number of bytes. Raises zlib.error."""
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        return body
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MOST_BYTES)


class _Connection(HTTPConnection):
    """Connects to an address that was looked at first."""

    def __init__(self, host: str, port: int | None, *, secure: bool) -> None:
        super().__init__(host, port or (443 if secure else 80), timeout=MOST_SECONDS)
        self._secure = secure

    def connect(self) -> None:
        """Raises CannotFetch for an address that is never asked."""
        address = _address(self.host, self.port)
        sock = socket.create_connection((address, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host) if self._secure else sock


def _address(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise CannotFetch("has no address: its name is unknown here") from error
    address = str(found[0][4][0])
    ip = ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        raise CannotFetch(f"is at {ip}, an address that is not asked")
    return address


class _Deadline:
    """Cuts a connection off, however slowly it drips: a socket's own timeout begins anew with each byte."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._passed = sock, False
        self._timer = Timer(MOST_SECONDS, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._passed:  # what was read until then may look whole
            raise TimeoutError

    def _cut(self) -> None:
        self._passed = True
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself
