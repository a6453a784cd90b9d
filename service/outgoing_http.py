"""One HTTP request to an address that a person has typed, with limits on bytes and seconds, and without redirects.

The rule of the addresses is here, for the setup check and for webhooks. Link-local addresses, multicast, and those at
which clouds tell a machine's own secrets are always refused; this machine and private networks unless the caller allows
them. The connection goes to the address that was vetted, so a second DNS answer cannot lead elsewhere. The standard
library suffices for that.
"""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from urllib.parse import urlsplit

from service.language import N_
from service.sentence_forms import filled

_METADATA = frozenset(
    map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254", "fd00:42::42"))
)
"""Where clouds answer a machine's questions about itself outside 169.254.0.0/16: Alibaba, Azure, Oracle, AWS, Google,
Scaleway. Everything inside that network is link-local."""

_EMBEDDING = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48")))
"""NAT64, whose addresses end in an IPv4 address (RFC 6052, RFC 8215)."""

_RESERVED, _SITE_LOCAL = IPv6Network("::/8"), IPv6Network("fec0::/10")
"""Old ways to write an IPv4 address, such as ::127.0.0.1 and ::ffff:0:127.0.0.1, which nobody uses in good faith; and
the private networks of IPv6 before fc00::/7, which Python takes for global."""


class FetchProblem(StrEnum):
    """Why nothing was fetched, with the address as its subject."""

    NO_ADDRESS = N_("%(place)s is not a complete address")
    CERTIFICATE = N_("%(place)s has an invalid certificate (%(reason)s)")
    TOO_SLOW = N_("%(place)s did not answer within %(seconds)s seconds")
    NO_ANSWER = N_("%(place)s did not answer (%(reason)s)")
    UNRESOLVED = N_("%(place)s cannot be resolved to an address by this server")
    NEVER_ASKED = N_("%(place)s is at %(ip)s, an address that is never fetched")
    PRIVATE = N_("%(place)s is at %(ip)s, an address of a private network")


def predicate(form: str, **values: object) -> str:
    """Why nothing was fetched without the address, which only the caller can name without its secrets."""
    return filled(form, {"place": "", **values}).lstrip()


class CannotFetch(Exception):
    """Nothing was fetched. The message is a predicate, such as "did not answer"."""


class RefusedAddress(CannotFetch):
    """The address is never asked."""


class PrivateAddress(RefusedAddress):
    """The address is on this machine or in a private network, which the caller does not allow."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """``seconds`` each for connecting, for TLS and for the exchange; ``bytes`` of the answer's body; ``private``:
    whether this machine and private networks may be asked."""

    seconds: float
    bytes: int
    private: bool


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer. ``body`` is as it was sent, cut at the limit."""

    status: int
    headers: Message
    body: bytes


def ask(method: str, url: str, headers: Mapping[str, str], limits: HttpLimits, body: bytes | None = None) -> HttpAnswer:
    """Send one request to an http or https URL, and follow no redirect. Raises CannotFetch."""
    try:
        parts = urlsplit(url)
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        connection = _Connection(parts.hostname or "", parts.port, limits, secure=parts.scheme == "https")
    except (ValueError, HTTPException) as error:  # HTTPConnection refuses control characters by InvalidURL
        raise CannotFetch(predicate(FetchProblem.NO_ADDRESS)) from error
    try:
        connection.connect()
        with _Deadline(connection.sock, limits.seconds):
            connection.request(method, target, body, headers=dict(headers))
            response = connection.getresponse()
            return HttpAnswer(response.status, response.headers, response.read(limits.bytes))
    except ssl.SSLCertVerificationError as error:
        raise CannotFetch(predicate(FetchProblem.CERTIFICATE, reason=error.verify_message)) from error
    except TimeoutError as error:
        raise CannotFetch(predicate(FetchProblem.TOO_SLOW, seconds=f"{limits.seconds:g}")) from error
    except (OSError, HTTPException, UnicodeError, ValueError) as error:
        raise CannotFetch(predicate(FetchProblem.NO_ANSWER, reason=str(error) or type(error).__name__)) from error
    finally:
        connection.close()


def vet(url: str, *, private: bool) -> None:
    """Look an address up, without asking it. Raises RefusedAddress, or CannotFetch if it has none now."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise CannotFetch(predicate(FetchProblem.NO_ADDRESS)) from error
    _address(parts.hostname or "", port, private=private)


class _Connection(HTTPConnection):
    """Connects to an address that was vetted first."""

    def __init__(self, host: str, port: int | None, limits: HttpLimits, *, secure: bool) -> None:
        super().__init__(host, port or (443 if secure else 80), timeout=limits.seconds)
        self._secure, self._private = secure, limits.private

    def connect(self) -> None:
        """Raises CannotFetch for a refused address."""
        address = _address(self.host, self.port, private=self._private)
        self.sock = socket.create_connection((address, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _address(host: str, port: int, *, private: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CannotFetch(predicate(FetchProblem.UNRESOLVED)) from error
    address = str(found[0][4][0])
    ip = _meant(ip_address(address.partition("%")[0]))
    reserved = ip in _RESERVED and not ip.is_loopback
    if ip in _METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified or reserved:
        raise RefusedAddress(predicate(FetchProblem.NEVER_ASKED, ip=ip))
    if not private and (not ip.is_global or ip in _SITE_LOCAL):
        raise PrivateAddress(predicate(FetchProblem.PRIVATE, ip=ip))
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

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock, self._passed = sock, False
        self._timer = Timer(seconds, self._cut)
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
