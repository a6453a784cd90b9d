"""Who may pass: a POST only from our own pages, and most of it only for admins.

There is no token in the forms: a browser says itself where a form came from, in headers that no page can forge (see
"Cross-Site Request Forgery Prevention", OWASP, on Fetch Metadata). The cookie's SameSite stands behind it.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.responses import Response

from service import admins
from service.web.admin.paths import current
from service.web.admin.visit import Visit
from service.web.methods import Handler
from service.web.origin import Source, source_of
from service.web.state import Request

Guarded = Callable[[Visit], Awaitable[Response]]


def comes_from_us(request: Request) -> bool:
    """Whether a form was sent by one of our own pages. What nobody has sent, as far as we are told, was not."""
    return source_of(request) is Source.OURS


def for_anybody(handler: Guarded) -> Handler:
    """A handler for those who are not logged in."""

    async def handle(request: Request) -> Response:
        visit = Visit.of(request)
        if request.method == "POST" and not comes_from_us(request):
            return _foreign(visit)
        return await handler(visit)

    return handle


def for_admins(handler: Guarded) -> Handler:
    """A handler for admins. Others are sent to the login, and from there back to what they asked for."""

    async def handle(visit: Visit) -> Response:
        admin = await visit.core.read(admins.who, visit.cookie, visit.now) if visit.cookie else None
        if admin is None:
            return visit.see_other(f"/admin/login?{urlencode({'back': current(visit.request)})}")
        return await handler(visit.by(admin))

    return for_anybody(handle)


def _foreign(visit: Visit) -> Response:
    _ = visit.gettext
    return visit.message(
        403,
        _("This was not sent from our own page"),
        _("So nothing was changed. Open the page anew and try it there."),
    )
