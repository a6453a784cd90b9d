"""The guards around the admin's handlers."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.responses import Response

from service.admin_rights import Right
from service.web.admin import kept_form, login_form
from service.web.admin.admin_params import Goal, current_path, safe_return_path, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.context import Request
from service.web.http.post_origin import PostOrigin, post_origin
from service.web.http.reader_params import Handler

AdminHandler = Callable[[AdminRequest], Awaitable[Response]]


def is_from_own_page(http: Request) -> bool:
    """Whether the browser says that one of our own pages sent the form. A request without such headers is not."""
    return post_origin(http) is PostOrigin.SAME


def for_anybody(handler: AdminHandler) -> Handler:
    """Guard a handler that needs no login. POSTs from other sites are refused."""

    async def handle(http: Request) -> Response:
        request = await AdminRequest.of(http)
        if http.method == "POST" and not is_from_own_page(http):
            return _refuse_foreign(request)
        return await handler(request)

    return handle


def for_admins(handler: AdminHandler, right: Right) -> Handler:
    """Guard a handler for admins who have a right. Visitors are led to the login, and from there back to this page,
    with the form that they sent; admins without the right get 403. Which sites an admin has is up to the handler: see
    ``CurrentAdmin``.
    """

    async def handle(request: AdminRequest) -> Response:
        known = await request.logged_in()
        if known is None:
            return await _ask_to_log_in(request)
        if not known.current_admin.may(right):
            return known.not_allowed()
        return await handler(known)

    return for_anybody(handle)


async def _ask_to_log_in(request: AdminRequest) -> Response:
    back = current_path(request.http)
    if request.http.method == "POST":
        back = safe_return_path(with_query(back, what="expired"))
        if kept := await kept_form.keep(request.http):
            return await login_form.show(request, Goal(back, kept), notice="expired", status=403)
    return request.see_other(f"/admin/login?{urlencode({'back': back})}")


def _refuse_foreign(request: AdminRequest) -> Response:
    _ = request.gettext
    return request.message(
        403,
        _("This was not sent from our own page"),
        _("Nothing was changed. Reload the page and try again."),
    )
