"""All routes of the admin."""

from starlette.routing import BaseRoute, Route

from service.rights import Right
from service.web.admin import (
    account,
    account_mail,
    account_tokens,
    blocks_page,
    comments,
    figures_page,
    import_page,
    log,
    login,
    mail,
    mailed,
    one_comment,
    one_page,
    pages_page,
    passkey_login,
    people_page,
    person_page,
    redirects_page,
    removal,
    rules_page,
    second_step,
    setup_check,
    sites_page,
    spam,
    undo_page,
    view_actions,
    webhooks_page,
)
from service.web.admin.guards import for_admins, for_anybody
from service.web.http.params import by_method


def admin_routes() -> list[BaseRoute]:
    """The admin's routes, each guarded. A GET changes nothing; a POST must come from our own pages."""
    own, read, moderate, settings = Right.OWN, Right.READ, Right.MODERATE, Right.SETTINGS
    return [
        Route("/admin", for_admins(comments.show, read)),
        by_method("/admin/comments", get=for_admins(comments.to_list, read), post=for_admins(comments.act, moderate)),
        by_method("/admin/comment", get=for_admins(one_comment.show, read), post=for_admins(one_comment.act, moderate)),
        by_method("/admin/delete", get=for_admins(removal.ask, moderate), post=for_admins(removal.delete, moderate)),
        Route("/admin/block", for_admins(blocks_page.block_sender, moderate), methods=["POST"]),
        by_method(
            "/admin/blocks", get=for_admins(blocks_page.show, moderate), post=for_admins(blocks_page.act, moderate)
        ),
        Route("/admin/views", for_admins(view_actions.change_views, own), methods=["POST"]),
        Route("/admin/pin", for_admins(comments.pin, moderate), methods=["POST"]),
        *_routes_of_pages(),
        Route("/admin/figures", for_admins(figures_page.show, read)),
        Route("/admin/figures.csv", for_admins(figures_page.download, read)),
        by_method("/admin/log", get=for_admins(log.show, read), post=for_admins(undo_page.undo, moderate)),
        by_method("/admin/sites", get=for_admins(sites_page.show, settings), post=for_admins(sites_page.act, settings)),
        by_method(
            "/admin/import",
            get=for_admins(import_page.show, settings),
            post=for_admins(import_page.upload, settings),
        ),
        Route("/admin/import/act", for_admins(import_page.act, settings), methods=["POST"]),
        by_method("/admin/spam", get=for_admins(spam.show, settings), post=for_admins(spam.act, settings)),
        by_method("/admin/mail", get=for_admins(mail.show, settings), post=for_admins(mail.send, settings)),
        by_method(
            "/admin/webhooks",
            get=for_admins(webhooks_page.show, settings),
            post=for_admins(webhooks_page.act, settings),
        ),
        by_method(
            "/admin/privacy", get=for_admins(person_page.show, settings), post=for_admins(person_page.act, settings)
        ),
        by_method(
            "/admin/check", get=for_admins(setup_check.show, settings), post=for_admins(setup_check.act, settings)
        ),
        *_account_routes(),
    ]


def _account_routes() -> list[BaseRoute]:
    """Accounts, logins and people."""
    own = Right.OWN
    return [
        by_method("/admin/account", get=for_admins(account.show, own), post=for_admins(account.change, own)),
        by_method(
            "/admin/account/mail", get=for_admins(account_mail.show, own), post=for_admins(account_mail.change, own)
        ),
        Route("/admin/account/programs", for_admins(account.make, own), methods=["POST"]),
        Route("/admin/account/programs/revoke", for_admins(account.revoke, own), methods=["POST"]),
        Route("/admin/account/tokens", for_admins(account_tokens.make, own), methods=["POST"]),
        Route("/admin/account/tokens/revoke", for_admins(account_tokens.revoke, own), methods=["POST"]),
        by_method(
            "/admin/people",
            get=for_admins(people_page.show, Right.PEOPLE),
            post=for_admins(people_page.act, Right.PEOPLE),
        ),
        by_method("/admin/invited", get=for_anybody(people_page.show_invited), post=for_anybody(people_page.accept)),
        by_method("/admin/mailed", get=for_anybody(mailed.show), post=for_anybody(mailed.act)),
        Route("/admin/account/logins/end", for_admins(account.end_login, own), methods=["POST"]),
        by_method("/admin/login", get=for_anybody(login.show), post=for_anybody(login.log_in)),
        Route("/admin/login/passkey", for_anybody(passkey_login.enter), methods=["POST"]),
        Route("/admin/account/passkeys", for_admins(passkey_login.change, own), methods=["POST"]),
        Route("/admin/login/code", for_anybody(second_step.enter), methods=["POST"]),
        Route("/admin/account/second", for_admins(second_step.change, own), methods=["POST"]),
        Route("/admin/logout", for_admins(login.log_out, own), methods=["POST"]),
        Route("/admin/logout-everywhere", for_admins(login.log_out_everywhere, own), methods=["POST"]),
        by_method("/admin/setup", get=for_anybody(login.show_setup), post=for_anybody(login.create)),
    ]


def _routes_of_pages() -> list[BaseRoute]:
    read, moderate, settings = Right.READ, Right.MODERATE, Right.SETTINGS
    return [
        by_method(
            "/admin/pages", get=for_admins(pages_page.show, read), post=for_admins(comments.act_on_page, moderate)
        ),
        by_method("/admin/page", get=for_admins(one_page.show, read), post=for_admins(one_page.act, settings)),
        Route("/admin/pages/undo", for_admins(pages_page.undo, settings), methods=["POST"]),
        Route("/admin/duplicates", for_admins(pages_page.show_duplicates, settings)),
        by_method("/admin/rules", get=for_admins(rules_page.show, settings), post=for_admins(rules_page.act, settings)),
        by_method(
            "/admin/redirects",
            get=for_admins(redirects_page.show, settings),
            post=for_admins(redirects_page.act, settings),
        ),
    ]
