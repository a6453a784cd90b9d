"""The client of a request: its address, and the pseudonym of its network."""

from datetime import date
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from service.secret_keys import Keyring
from service.web.context import AppContext, Request

Address = IPv4Address | IPv6Address


def client_of(request: Request) -> bytes:
    """A keyed hash of the client's /24 (IPv6: /64), different each day. The address itself is not stored."""
    return pseudonym_of(address_of(request), request.state["context"])


def pseudonym_of(address: Address | None, context: AppContext) -> bytes:
    """The same for a known address; all unknown addresses share one pseudonym."""
    return _pseudonym(context.keyring, context.clock().date(), address)


@lru_cache(maxsize=1024)  # most clients send several requests in a row
def _pseudonym(keyring: Keyring, day: date, address: Address | None) -> bytes:
    return keyring.pseudonym(f"client|{day}", network_of(address))


def voice_of(address: Address | None, context: AppContext) -> bytes:
    """A keyed hash of the ``voice_network``, different each day: what counts once where several are needed."""
    return context.keyring.pseudonym(f"voice|{context.clock().date()}", voice_network(address))


def sender_of(address: Address | None, request: Request) -> tuple[str, str]:
    """(address, User-Agent) for the spam check, empty where unknown. Neither is stored or logged."""
    return "" if address is None else str(address), request.headers.get("user-agent", "")


def is_trusted(address: Address | None, context: AppContext) -> bool:
    """Whether the address belongs to a proxy listed in REPLY_TRUSTED_PROXIES."""
    trusted = context.settings.trusted_proxies
    return bool(trusted) and address is not None and any(address in network for network in trusted)


def network_of(address: Address | None) -> str:
    """The /24 (IPv6: /64) of an address, in CIDR notation."""
    return _network(address, 64)


def voice_network(address: Address | None) -> str:
    """The /24 (IPv6: /48). Providers give one household up to 65,536 networks of IPv6, which are still one voice."""
    return _network(address, 48)


def _network(address: Address | None, length: int) -> str:
    if address is None:
        return "unknown"
    if address.version == 4:
        return f"{str(address).rpartition('.')[0]}.0/24"
    return str(ip_network((address, length), strict=False))


_FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded", "via")


def is_from_here(request: Request) -> bool:
    """Whether a program on this machine asks for itself. A local proxy adds a header that names its client."""
    address = parse_address(request.client.host if request.client else "")
    return address is not None and address.is_loopback and not any(name in request.headers for name in _FORWARDED)


def address_of(request: Request) -> Address | None:
    """The client's address: the socket's, or behind trusted proxies the right-most untrusted hop of X-Forwarded-For."""
    context: AppContext = request.state["context"]
    address = _parse_peer(request.client.host if request.client else "")
    if not is_trusted(address, context):
        return address
    for hop in reversed(",".join(request.headers.getlist("x-forwarded-for")).split(",")):
        forwarded = parse_address(hop)
        if forwarded is None:
            return address
        address = forwarded
        if not is_trusted(address, context):
            return address
    return address


def parse_address(text: str) -> Address | None:
    """The IP address that the text holds, or None. An IPv4-mapped IPv6 address becomes the IPv4 address."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


_parse_peer = lru_cache(maxsize=1024)(parse_address)  # for sockets: what a header holds may be of any length
