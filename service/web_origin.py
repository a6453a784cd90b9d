"""The origin of an http(s) address: scheme, host as browsers write it, and port."""

import re
from enum import StrEnum
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import idna
import idna.core

from service.language import N_

LONGEST_ADDRESS = 2000
"""Characters of a page's address."""

_LONGEST_HOST = 253  # characters (RFC 1035); checked first, since IDNA takes quadratic time
_LONGEST_LABEL = 63
_JOINERS = "\u200c\u200d"
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])\Z")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")


class AddressProblem(StrEnum):
    """Why an address cannot be that of a page."""

    TOO_LONG = N_("The page's address is longer than %(number)s characters.")
    NOT_WHOLE = N_("The page's address must be complete, such as https://your-site.example/article.")


class BadPage(ValueError):
    """The page's address cannot be used. The message says what to do."""

    typed = ""  # the comment that was sent for it, to be given back


@lru_cache(maxsize=4096)
def origin_of(address: str) -> str:
    """The origin of an absolute http(s) address, in lower case, without a default port. Raises BadPage."""
    return origin_of_parts(split_address(address))


class NotThisMachine(BadPage):
    """Any port was asked for on a host that is not the reader's own machine. The message says what to write."""


def site_origin(address: str) -> str:
    """The origin that a site of this address has: ``http://localhost`` for ``http://localhost:*``. Raises BadPage."""
    plain = any_port_removed(address)
    origin = origin_of(plain or address)
    if plain and not is_this_machine(urlsplit(origin).hostname or ""):
        raise NotThisMachine("Any port is for dev servers on your own machine only: http://localhost:*")
    return origin


def is_this_machine(host: str) -> bool:
    """Whether a host, without a port, names the machine that the browser runs on."""
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


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


def split_address(address: str) -> SplitResult:
    """The parts of an absolute http(s) address. Raises BadPage."""
    if len(address := address.strip()) > 2 * LONGEST_ADDRESS or _FORBIDDEN.search(address):
        raise BadPage(AddressProblem.NOT_WHOLE)
    try:
        parts = urlsplit(address)
        if parts.scheme in _DEFAULT_PORTS and parts.hostname and parts.username is None and parts.port != 0:
            return parts
    except ValueError as error:
        raise BadPage(AddressProblem.NOT_WHOLE) from error
    raise BadPage(AddressProblem.NOT_WHOLE)


def origin_of_parts(parts: SplitResult) -> str:
    """The origin of an address in parts. Raises BadPage."""
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
