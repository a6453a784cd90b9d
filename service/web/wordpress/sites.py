"""Which site is meant where an address has no page in it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from service.web.state import Core, Request


def at_host(sites: Mapping[str, int], host: str) -> str:
    """The origin of a registered site at this host and port, https first; empty if there is none."""
    return next((f"{scheme}://{host}" for scheme in ("https", "http") if f"{scheme}://{host}" in sites), "")


def asked_at(core: Core, sites: Mapping[str, int], request: Request) -> str:
    """The origin of the site at whose own address we were asked: its web server hands requests on to us."""
    host = request.headers.get("host", "").lower()
    return "" if host == urlsplit(core.settings.public_url).netloc else at_host(sites, host)
