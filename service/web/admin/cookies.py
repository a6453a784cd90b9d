"""The one cookie there is: an admin's login. Readers get none."""

from starlette.responses import Response

from service.admins import SESSION_LIFETIME
from service.web.state import Core, Request


def name(core: Core) -> str:
    """With ``__Host-``, a browser takes the cookie from this very host over https only; without https it takes none."""
    return "__Host-lar" if core.settings.secure else "lar"


def read(core: Core, request: Request) -> str:
    """What the browser brings; empty if nothing."""
    return request.cookies.get(name(core), "")


def give(core: Core, response: Response, value: str) -> Response:
    """Lax rather than Strict, so that a link in a mail finds the admin logged in; no GET changes anything."""
    response.set_cookie(
        name(core),
        value,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/",
        secure=core.settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response


def take_away(core: Core, response: Response) -> Response:
    """The login is over."""
    response.delete_cookie(name(core), path="/", secure=core.settings.secure, httponly=True, samesite="lax")
    return response
