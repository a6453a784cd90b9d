"""All routes of the admin, each with its guard: the right that it needs, and that our own page has sent the form."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from service.admin_rights import Right
from service.web.admin import (
    account_page,
    account_tokens,
    address_rules_page,
    admins_page,
    blocks_page,
    comment_page,
    comments_page,
    data_requests_page,
    deletion_page,
    import_page,
    kept_form,
    log_page,
    login_form,
    login_page,
    mail_settings_page,
    mailed_link_page,
    notification_settings_page,
    page_details_page,
    pages_page,
    passkey_login,
    redirects_page,
    saved_view_actions,
    setup_check_page,
    sites_page,
    spam_page,
    statistics_page,
    two_step_login,
    undo_page,
    webhooks_page,
)
from service.web.admin.admin_params import Goal, current_path, safe_return_path, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.context import Request
from service.web.http.post_origin import PostOrigin, post_origin
from service.web.http.reader_params import Handler, by_method

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


def admin_routes() -> list[BaseRoute]:
    """The admin's routes, each guarded. A GET changes nothing; a POST must come from our own pages."""
    own, read, moderate = Right.OWN, Right.READ, Right.MODERATE
    return [
        Route("/admin", for_admins(comments_page.show, read)),
        by_method(
            "/admin/comments", get=for_admins(comments_page.to_list, read), post=for_admins(comments_page.act, moderate)
        ),
        by_method(
            "/admin/comment", get=for_admins(comment_page.show, read), post=for_admins(comment_page.act, moderate)
        ),
        by_method(
            "/admin/delete",
            get=for_admins(deletion_page.ask, moderate),
            post=for_admins(deletion_page.delete, moderate),
        ),
        Route("/admin/block", for_admins(blocks_page.block_sender, moderate), methods=["POST"]),
        by_method(
            "/admin/blocks", get=for_admins(blocks_page.show, moderate), post=for_admins(blocks_page.act, moderate)
        ),
        Route("/admin/views", for_admins(saved_view_actions.change_views, own), methods=["POST"]),
        Route("/admin/pin", for_admins(comments_page.pin, moderate), methods=["POST"]),
        *_routes_of_pages(),
        Route("/admin/figures", for_admins(statistics_page.show, read)),
        Route("/admin/figures.csv", for_admins(statistics_page.download, read)),
        by_method("/admin/log", get=for_admins(log_page.show, read), post=for_admins(undo_page.undo, moderate)),
        *_settings_routes(),
        *_account_routes(),
    ]


def _settings_routes() -> list[BaseRoute]:
    """What the owner of a site sets up."""
    settings = Right.SETTINGS
    return [
        by_method("/admin/sites", get=for_admins(sites_page.show, settings), post=for_admins(sites_page.act, settings)),
        by_method(
            "/admin/import",
            get=for_admins(import_page.show, settings),
            post=for_admins(import_page.upload, settings),
        ),
        Route("/admin/import/act", for_admins(import_page.act, settings), methods=["POST"]),
        by_method("/admin/spam", get=for_admins(spam_page.show, settings), post=for_admins(spam_page.act, settings)),
        by_method(
            "/admin/mail",
            get=for_admins(mail_settings_page.show, settings),
            post=for_admins(mail_settings_page.send, settings),
        ),
        by_method(
            "/admin/webhooks",
            get=for_admins(webhooks_page.show, settings),
            post=for_admins(webhooks_page.act, settings),
        ),
        by_method(
            "/admin/privacy",
            get=for_admins(data_requests_page.show, settings),
            post=for_admins(data_requests_page.act, settings),
        ),
        by_method(
            "/admin/check",
            get=for_admins(setup_check_page.show, settings),
            post=for_admins(setup_check_page.act, settings),
        ),
    ]


def _account_routes() -> list[BaseRoute]:
    """Accounts, logins and people."""
    own = Right.OWN
    return [
        by_method("/admin/account", get=for_admins(account_page.show, own), post=for_admins(account_page.change, own)),
        by_method(
            "/admin/account/mail",
            get=for_admins(notification_settings_page.show, own),
            post=for_admins(notification_settings_page.change, own),
        ),
        Route("/admin/account/programs", for_admins(account_page.make, own), methods=["POST"]),
        Route("/admin/account/programs/revoke", for_admins(account_page.revoke, own), methods=["POST"]),
        Route("/admin/account/tokens", for_admins(account_tokens.make, own), methods=["POST"]),
        Route("/admin/account/tokens/revoke", for_admins(account_tokens.revoke, own), methods=["POST"]),
        by_method(
            "/admin/people",
            get=for_admins(admins_page.show, Right.PEOPLE),
            post=for_admins(admins_page.act, Right.PEOPLE),
        ),
        by_method("/admin/invited", get=for_anybody(admins_page.show_invited), post=for_anybody(admins_page.accept)),
        by_method("/admin/mailed", get=for_anybody(mailed_link_page.show), post=for_anybody(mailed_link_page.act)),
        Route("/admin/account/logins/end", for_admins(account_page.end_login, own), methods=["POST"]),
        by_method("/admin/login", get=for_anybody(login_page.show), post=for_anybody(login_page.log_in)),
        Route("/admin/login/passkey", for_anybody(passkey_login.enter), methods=["POST"]),
        Route("/admin/account/passkeys", for_admins(passkey_login.change, own), methods=["POST"]),
        Route("/admin/login/code", for_anybody(two_step_login.enter), methods=["POST"]),
        Route("/admin/account/second", for_admins(two_step_login.change, own), methods=["POST"]),
        Route("/admin/logout", for_admins(login_page.log_out, own), methods=["POST"]),
        Route("/admin/logout-everywhere", for_admins(login_page.log_out_everywhere, own), methods=["POST"]),
        by_method("/admin/setup", get=for_anybody(login_page.show_setup), post=for_anybody(login_page.create)),
    ]


def _routes_of_pages() -> list[BaseRoute]:
    read, moderate, settings = Right.READ, Right.MODERATE, Right.SETTINGS
    return [
        by_method(
            "/admin/pages", get=for_admins(pages_page.show, read), post=for_admins(comments_page.act_on_page, moderate)
        ),
        by_method(
            "/admin/page",
            get=for_admins(page_details_page.show, read),
            post=for_admins(page_details_page.act, settings),
        ),
        Route("/admin/pages/undo", for_admins(pages_page.undo, settings), methods=["POST"]),
        Route("/admin/duplicates", for_admins(pages_page.show_duplicates, settings)),
        by_method(
            "/admin/rules",
            get=for_admins(address_rules_page.show, settings),
            post=for_admins(address_rules_page.act, settings),
        ),
        by_method(
            "/admin/redirects",
            get=for_admins(redirects_page.show, settings),
            post=for_admins(redirects_page.act, settings),
        ),
    ]
