"""A request to the admin, understood: who asks, when, and how to answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from service import admins
from service.admins import SESSION_LIFETIME, CurrentAdmin
from service.language import Language, language
from service.web.admin.params import current_path
from service.web.context import AppContext, Request, context_of
from service.web.http import headers
from service.web.http.origin import Source, source_of
from service.web.http.params import Handler


def cookie_name(context: AppContext) -> str:
    """With ``__Host-``, a browser takes the cookie from this very host over https only; without https it takes none."""
    return "__Host-lar" if context.settings.secure else "lar"


def read_cookie(context: AppContext, request: Request) -> str:
    """What the browser brings; empty if nothing."""
    return request.cookies.get(cookie_name(context), "")


def set_cookie(context: AppContext, response: Response, value: str) -> Response:
    """Lax rather than Strict, so that a link in a mail finds the admin logged in; no GET changes anything."""
    response.set_cookie(
        cookie_name(context),
        value,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/",
        secure=context.settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response


def clear_cookie(context: AppContext, response: Response) -> Response:
    """The login is over."""
    response.delete_cookie(
        cookie_name(context), path="/", secure=context.settings.secure, httponly=True, samesite="lax"
    )
    return response


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """``admin`` is None for somebody who is not logged in; ``cookie`` is then of no use."""

    http: Request
    context: AppContext
    language: Language
    now: datetime
    cookie: str
    admin: CurrentAdmin | None = None

    @classmethod
    def of(cls, request: Request) -> "AdminRequest":
        """A visit by somebody who is not known yet."""
        context = context_of(request)
        return cls(request, context, language("en"), context.clock(), read_cookie(context, request))

    def by(self, admin: CurrentAdmin) -> "AdminRequest":
        """The same request, by this admin."""
        return replace(self, admin=admin)

    @property
    def known(self) -> CurrentAdmin:
        """The admin, behind ``guard.for_admins``."""
        if self.admin is None:
            raise LookupError("nobody is logged in")
        return self.admin

    @property
    def gettext(self) -> Callable[[str], str]:
        """A sentence in the admin's language."""
        return self.language.gettext

    @property
    def root(self) -> str:
        """The way from this address up to where the service begins: it may stand below a path that a proxy takes off,
        and may be reached by another name than the public one, so the admin's links are relative."""
        return "../" * self.http.url.path.rpartition("/admin")[2].count("/") or "./"

    def render(self, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        """A page of the admin."""
        templates = self.context.templates

        def local(name: str) -> str:
            return f"{self.root}{name}?v={templates.asset(name)[1]}"

        words = {"admin": self.admin, "root": self.root, "local": local}
        html = templates.render(f"admin/{template}", self.language, {**words, **values})
        return Response(html, status, headers.admin_headers(), "text/html")

    def message(self, status: int, title: str, *sentences: str, link: tuple[str, str] | None = None) -> Response:
        """A page that says something, with a link (path, words) onward."""
        values = {"title": title, "sentences": sentences, "link": link or ("admin", self.gettext("To the comments"))}
        return self.render("message.html", values, status)

    def see_other(self, path: str) -> Response:
        """After a POST, or to the login: a page to GET. ``path`` begins with ``/admin``."""
        return RedirectResponse(self.root + path.removeprefix("/"), 303, headers.admin_headers())


Guarded = Callable[[AdminRequest], Awaitable[Response]]


def comes_from_us(request: Request) -> bool:
    """Whether a form was sent by one of our own pages. What nobody has sent, as far as we are told, was not."""
    return source_of(request) is Source.OURS


def for_anybody(handler: Guarded) -> Handler:
    """A handler for those who are not logged in."""

    async def handle(request: Request) -> Response:
        admin_request = AdminRequest.of(request)
        if request.method == "POST" and not comes_from_us(request):
            return _foreign(admin_request)
        return await handler(admin_request)

    return handle


def for_admins(handler: Guarded) -> Handler:
    """A handler for admins. Others are sent to the login, and from there back to what they asked for."""

    async def handle(admin_request: AdminRequest) -> Response:
        admin = (
            await admin_request.context.read(admins.who, admin_request.cookie, admin_request.now)
            if admin_request.cookie
            else None
        )
        if admin is None:
            return admin_request.see_other(f"/admin/login?{urlencode({'back': current_path(admin_request.http)})}")
        return await handler(admin_request.by(admin))

    return for_anybody(handle)


def _foreign(admin_request: AdminRequest) -> Response:
    _ = admin_request.gettext
    return admin_request.message(
        403,
        _("This was not sent from our own page"),
        _("So nothing was changed. Open the page anew and try it there."),
    )
