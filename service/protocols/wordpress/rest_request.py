"""The site and the admin of a request to WordPress's REST API."""

import base64
import binascii
import logging
from dataclasses import dataclass
from math import ceil
from urllib.parse import urlsplit

from service import app_passwords
from service.admin_rights import CurrentAdmin, Right
from service.known_sites import KnownSites
from service.protocols.wordpress.rest_errors import RestError, no_route, throttled
from service.web.context import AppContext, Request, context_of
from service.web.http.request_client import client_of
from service.web_origin import origin_of


def at_host(sites: KnownSites, host: str) -> str:
    """The origin of the registered site at this host and port, https preferred; empty if none is."""
    return next((f"{scheme}://{host}" for scheme in ("https", "http") if f"{scheme}://{host}" in sites), "")


def asked_at(context: AppContext, sites: KnownSites, request: Request) -> str:
    """The origin of the site in the Host header: that site's web server passes requests on to us. Empty for our own."""
    host = request.headers.get("host", "").lower()
    return "" if host == urlsplit(context.settings.public_url).netloc else at_host(sites, host)


log = logging.getLogger(__name__)
_LONGEST_LOGIN = 500


@dataclass(frozen=True, slots=True)
class RestRequest:
    """A request with its site and its admin (None for a reader). The API's root is ``{home}/wp-json``."""

    context: AppContext
    http: Request
    site_id: int
    origin: str
    home: str
    admin: CurrentAdmin | None

    @classmethod
    async def of(cls, request: Request) -> "RestRequest":
        """Raises RestError for an unknown or ambiguous site, and for a wrong password."""
        context = context_of(request)
        sites = await context.read_sites()
        origin, home = _site(context, sites, request)
        site = sites.of(origin)
        if site is None:
            raise no_route()
        return cls(context, request, site.id, origin, home, await _admin(context, request))

    @property
    def api(self) -> str:
        """The URL of the namespace wp/v2."""
        return f"{self.home}/wp-json/wp/v2"

    def must_have(self, right: Right, code: str, message: str) -> CurrentAdmin:
        """The admin. Raises RestError: 401 for a reader, 403 for an admin without the right on this site."""
        if self.admin is None:
            raise RestError(401, code, message)
        if not self.admin.may(right, self.site_id):
            raise RestError(403, code, message)
        return self.admin

    @property
    def sees_all(self) -> bool:
        """Whether it may see comments that readers do not."""
        return self.admin is not None and self.admin.may(Right.READ, self.site_id)


def _site(context: AppContext, sites: KnownSites, request: Request) -> tuple[str, str]:
    """The site's origin and home: by the path, by the Host header, or because it is the only one. Raises RestError."""
    public = context.settings.public_url
    if named := request.path_params.get("site", ""):
        origin = at_host(sites, named.lower())
        if not origin:
            raise no_route()
        return origin, f"{public}/{named.lower()}"
    if origin := asked_at(context, sites, request):
        return origin, origin
    own = origin_of(public)
    registered = [site.origin for site in sites.all]
    others = [origin for origin in registered if origin != own] or registered
    if len(others) == 1:
        return others[0], public
    if not others:
        raise no_route()
    example = f"{public}/{urlsplit(others[0]).netloc}/wp-json/"
    raise RestError(400, "rest_site_required", f"There are several sites here. Say which in the address: {example}")


async def _admin(context: AppContext, request: Request) -> CurrentAdmin | None:
    """The admin of an application password; None without one. Raises RestError for a wrong one, and counts it.

    The admin's cookie is ignored, so a page cannot send requests on behalf of an admin who has it open.
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    name, _, password = _decoded(encoded.strip()[:_LONGEST_LOGIN]).partition(":")
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
