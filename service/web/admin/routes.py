"""All routes of the admin."""

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
    log_page,
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
from service.web.admin.guards import for_admins, for_anybody
from service.web.http.reader_params import by_method


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
