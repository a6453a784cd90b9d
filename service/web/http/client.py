"""Who asks: the reader's network; and for the time of a check, what it came from."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from service.web.context import AppContext, Request

Address = IPv4Address | IPv6Address


def client_of(request: Request) -> bytes:
    """A keyed hash of the reader's /24 or /64, with a key that changes daily. The address itself is not kept."""
    return pseudonym_of(address_of(request), request.state["context"])


def pseudonym_of(address: Address | None, context: AppContext) -> bytes:
    """The same of an address that is known already."""
    return context.keyring.pseudonym(f"client|{context.clock().date()}", network_of(address))


def sender_of(address: Address | None, request: Request) -> tuple[str, str]:
    """The reader's address and what the browser calls itself, for the time of a check. Neither is stored nor logged."""
    return "" if address is None else str(address), request.headers.get("user-agent", "")


def is_trusted(address: Address | None, context: AppContext) -> bool:
    """Whether an address is one of our own proxies."""
    return address is not None and any(address in network for network in context.settings.trusted_proxies)


def network_of(address: Address | None) -> str:
    """The /24 or /64 that an address is in."""
    if address is None:
        return "unknown"
    if address.version == 4:
        return f"{str(address).rpartition('.')[0]}.0/24"
    return str(ip_network((address, 64), strict=False))


_FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded", "via")


def is_from_here(request: Request) -> bool:
    """Whether a program on this machine asks for itself: a proxy says that it asks for somebody else."""
    address = parse_address(request.client.host if request.client else "")
    return address is not None and address.is_loopback and not any(name in request.headers for name in _FORWARDED)


def address_of(request: Request) -> Address | None:
    """From the socket; behind our own proxies, the right-most hop of X-Forwarded-For that is not one of them."""
    context: AppContext = request.state["context"]
    address = parse_address(request.client.host if request.client else "")
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
    """An IP address, if it is one; one of IPv4 in the clothes of IPv6 is taken out of them."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
