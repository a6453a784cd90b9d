"""A request to the admin, with its session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from service import admin_logins
from service.admin_logins import SESSION_LIFETIME
from service.admin_rights import CurrentAdmin, Right
from service.language import Language, accepted, admin_language
from service.sentence_forms import comma_of
from service.web.context import AppContext, Request, context_of
from service.web.http import response_headers


def cookie_name(context: AppContext) -> str:
    """Browsers accept a ``__Host-`` cookie from this host over https only, and refuse it on plain http."""
    return "__Host-lar" if context.settings.secure else "lar"


def read_cookie(context: AppContext, request: Request) -> str:
    """The session cookie that the browser sent; empty without one."""
    return request.cookies.get(cookie_name(context), "")


def set_cookie(context: AppContext, response: Response, value: str) -> Response:
    """Store a session in the browser.

    ``SameSite=Lax`` rather than Strict, so that a link in a mail finds the admin logged in. No GET changes anything.
    """
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
    """Remove the session from the browser."""
    response.delete_cookie(
        cookie_name(context), path="/", secure=context.settings.secure, httponly=True, samesite="lax"
    )
    return response


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """A request to a page of the admin. ``admin`` is None for a visitor who is not logged in."""

    http: Request
    context: AppContext
    language: Language
    now: datetime
    cookie: str
    admin: CurrentAdmin | None = None

    @classmethod
    async def of(cls, http: Request) -> "AdminRequest":
        """A request whose session has not been looked up yet."""
        context = context_of(http)
        tag = accepted(http.headers.get("accept-language", "")) or context.settings.language
        spoken = await context.compute(admin_language, tag)
        return cls(http, context, spoken, context.clock(), read_cookie(context, http))

    async def logged_in(self) -> "AdminRequest | None":
        """The same with its admin; None without a valid session."""
        if not self.cookie:
            return None
        admin = await self.context.read(admin_logins.who, self.cookie, self.now)
        return None if admin is None else replace(self, admin=admin)

    @property
    def current_admin(self) -> CurrentAdmin:
        """The admin who is logged in; always there in handlers that ``for_admins`` guards. Raises LookupError."""
        if self.admin is None:
            raise LookupError("nobody is logged in")
        return self.admin

    @property
    def gettext(self) -> Callable[[str], str]:
        """Translates a sentence into the admin's language."""
        return self.language.gettext

    @property
    def root(self) -> str:
        """The relative path from this address to the service's root, such as ``../``.

        The admin's links are relative, since a proxy may strip a path, and admins may use another host name than the
        public one.
        """
        return "../" * self.http.url.path.rpartition("/admin")[2].count("/") or "./"

    def render(self, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        """A page of the admin, by a template in ``templates/admin/``."""
        templates = self.context.templates

        def local_asset(name: str) -> str:
            return f"{self.root}{name}?v={templates.asset(name)[1]}"

        shared_values = {"admin": self.admin, "Right": Right, "root": self.root, "local": local_asset}
        shared_values["comma"] = comma_of(self.language)
        html = templates.render(f"admin/{template}", self.language, {**shared_values, **values})
        return Response(html, status, response_headers.admin_headers(), "text/html")

    def message(self, status: int, title: str, *sentences: str, link: tuple[str, str] | None = None) -> Response:
        """A page with a title, some sentences and a ``link`` (path, text); by default to the list of comments."""
        values = {"title": title, "sentences": sentences, "link": link or ("admin", self.gettext("Go to the comments"))}
        return self.render("message.html", values, status)

    def not_understood(self) -> Response:
        """400, for a form with an unknown action."""
        _ = self.gettext
        return self.message(400, _("This request was not understood"), _("Nothing was changed."))

    def not_allowed(self) -> Response:
        """403, for an admin without the right."""
        _ = self.gettext
        return self.message(
            403,
            _("You do not have permission to do that"),
            _("Nothing was changed. An owner can give you another role."),
        )

    def see_other(self, path: str) -> Response:
        """A 303 redirect, after a POST or to the login. ``path`` begins with ``/admin``."""
        return RedirectResponse(self.root + path.removeprefix("/"), 303, response_headers.admin_headers())
