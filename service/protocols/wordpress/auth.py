"""Who calls WordPress's REST API, of which site, and by which address."""

import base64
import binascii
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from urllib.parse import urlsplit

from service import app_passwords
from service.admins import CurrentAdmin
from service.protocols.wordpress.errors import RestError, no_route, throttled
from service.urls import origin_of
from service.web.context import AppContext, Request, context_of
from service.web.http.client import client_of


def at_host(sites: Mapping[str, int], host: str) -> str:
    """The origin of a registered site at this host and port, https first; empty if there is none."""
    return next((f"{scheme}://{host}" for scheme in ("https", "http") if f"{scheme}://{host}" in sites), "")


def asked_at(context: AppContext, sites: Mapping[str, int], request: Request) -> str:
    """The origin of the site at whose own address we were asked: its web server hands requests on to us."""
    host = request.headers.get("host", "").lower()
    return "" if host == urlsplit(context.settings.public_url).netloc else at_host(sites, host)


log = logging.getLogger(__name__)
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class RestRequest:
    """``admin`` is None for a reader. ``home`` is where the API of this site begins: ``…/wp-json`` is below it."""

    context: AppContext
    http: Request
    site_id: int
    origin: str
    home: str
    admin: CurrentAdmin | None

    @classmethod
    async def of(cls, request: Request) -> "RestRequest":
        """Raises RestError for a site that is not said or unknown, and for a wrong password."""
        context = context_of(request)
        sites = dict(await context.read_sites())
        origin, home = _site(context, sites, request)
        return cls(context, request, sites[origin], origin, home, await _admin(context, request))

    @property
    def api(self) -> str:
        """The address of the namespace."""
        return f"{self.home}/wp-json/wp/v2"

    def must_moderate(self, code: str, message: str) -> CurrentAdmin:
        """The admin. Raises RestError (401) for a reader."""
        if self.admin is None:
            raise RestError(401, code, message)
        return self.admin


def _site(context: AppContext, sites: dict[str, int], request: Request) -> tuple[str, str]:
    """The origin of the site that is meant, and where its API begins: by the address, by the host that was asked, or
    because there is no other."""
    public = context.settings.public_url
    if named := request.path_params.get("site", ""):
        origin = at_host(sites, named.lower())
        if not origin:
            raise no_route()
        return origin, f"{public}/{named.lower()}"
    if origin := asked_at(context, sites, request):
        return origin, origin
    own = origin_of(public)
    others = [origin for origin in sites if origin != own] or [*sites]
    if len(others) == 1:
        return others[0], public
    if not others:
        raise no_route()
    example = f"{public}/{urlsplit(others[0]).netloc}/wp-json/"
    raise RestError(400, "rest_site_required", f"There are several sites here. Say which in the address: {example}")


async def _admin(context: AppContext, request: Request) -> CurrentAdmin | None:
    """The admin by an application password. Whoever has none is a reader; a wrong one is refused, and counted.

    An admin's cookie counts for nothing here, so no page can act in the name of whoever has it open.
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    name, _, password = _decoded(encoded.strip()[:_LONGEST]).partition(":")
    found = await context.read_inline(app_passwords.who, name, password, context.clock())
    if found is None:
        log.warning("application password refused")
        if wait := await context.wait(("login", client_of(request))):
            raise throttled(ceil(wait))
        raise RestError(401, "incorrect_password", "The provided password is an invalid application password.")
    admin, to_note = found
    if to_note:
        await context.write(app_passwords.note_use, to_note, context.clock())
    return admin


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
