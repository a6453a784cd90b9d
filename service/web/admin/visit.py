"""A request to the admin, understood: who asks, when, and how to answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from service.admins import Admin
from service.language import Language, language
from service.web import headers
from service.web.admin import cookies
from service.web.state import Core, Request, core_of


@dataclass(frozen=True, slots=True)
class Visit:
    """``admin`` is None for somebody who is not logged in; ``cookie`` is then of no use."""

    request: Request
    core: Core
    language: Language
    now: datetime
    cookie: str
    admin: Admin | None = None

    @classmethod
    def of(cls, request: Request) -> "Visit":
        """A visit by somebody who is not known yet."""
        core = core_of(request)
        return cls(request, core, language("en"), core.clock(), cookies.read(core, request))

    def by(self, admin: Admin) -> "Visit":
        """The same visit, by this admin."""
        return replace(self, admin=admin)

    @property
    def known(self) -> Admin:
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
        return "../" * self.request.url.path.rpartition("/admin")[2].count("/") or "./"

    def render(self, template: str, context: Mapping[str, Any], status: int = 200) -> Response:
        """A page of the admin."""
        rendering = self.core.rendering

        def local(name: str) -> str:
            return f"{self.root}{name}?v={rendering.asset(name)[1]}"

        words = {"admin": self.admin, "root": self.root, "local": local}
        html = rendering.render(f"admin/{template}", self.language, {**words, **context})
        return Response(html, status, headers.admin_headers(), "text/html")

    def message(self, status: int, title: str, *sentences: str, link: tuple[str, str] | None = None) -> Response:
        """A page that says something, with a link (path, words) onward."""
        context = {"title": title, "sentences": sentences, "link": link or ("admin", self.gettext("To the comments"))}
        return self.render("message.html", context, status)

    def see_other(self, path: str) -> Response:
        """After a POST, or to the login: a page to GET. ``path`` begins with ``/admin``."""
        return RedirectResponse(self.root + path.removeprefix("/"), 303, headers.admin_headers())
