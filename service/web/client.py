"""Who asks: the reader's network, and nothing that leads to the reader."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from service.web.state import Core, Request

Address = IPv4Address | IPv6Address


def client_of(request: Request) -> bytes:
    """A keyed hash of the reader's /24 or /64, with a key that changes daily. The address itself goes nowhere."""
    core: Core = request.state["core"]
    address = _address(request, core)
    if address is None:
        network = "unknown"
    else:
        network = str(ip_network((address, 24 if address.version == 4 else 64), strict=False))
    return core.keyring.pseudonym(f"client|{core.clock():%Y-%m-%d}", network)


def _address(request: Request, core: Core) -> Address | None:
    """From the socket; behind our own proxies, the right-most hop of X-Forwarded-For that is not one of them."""
    address = _parse(request.client.host if request.client else "")
    trusted = core.settings.trusted_proxies
    if not trusted or address is None or not any(address in network for network in trusted):
        return address
    for hop in reversed(",".join(request.headers.getlist("x-forwarded-for")).split(",")):
        forwarded = _parse(hop)
        if forwarded is None:
            return address
        address = forwarded
        if not any(address in network for network in trusted):
            return address
    return address


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
