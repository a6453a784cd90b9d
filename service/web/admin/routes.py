"""All routes of the admin."""

from starlette.routing import BaseRoute, Route

from service.rights import Right
from service.web.admin import (
    account,
    account_tokens,
    block_actions,
    comments,
    log,
    login,
    mail,
    one_comment,
    people_page,
    removal,
    second_step,
    setup_check,
    sites_page,
    spam,
    webhooks_page,
)
from service.web.admin.session import for_admins, for_anybody
from service.web.http.params import by_method


def admin_routes() -> list[BaseRoute]:
    """The admin's routes, each guarded. A GET changes nothing; a POST must come from our own pages."""
    own, read, moderate, settings = Right.OWN, Right.READ, Right.MODERATE, Right.SETTINGS
    return [
        Route("/admin", for_admins(comments.show, read)),
        Route("/admin/comments", for_admins(comments.act, moderate), methods=["POST"]),
        by_method("/admin/comment", get=for_admins(one_comment.show, read), post=for_admins(one_comment.act, moderate)),
        by_method("/admin/delete", get=for_admins(removal.ask, moderate), post=for_admins(removal.delete, moderate)),
        Route("/admin/block", for_admins(block_actions.block_sender, moderate), methods=["POST"]),
        Route("/admin/views", for_admins(block_actions.change_views, own), methods=["POST"]),
        Route("/admin/pin", for_admins(comments.pin, moderate), methods=["POST"]),
        Route("/admin/pages", for_admins(comments.act_on_page, moderate), methods=["POST"]),
        Route("/admin/log", for_admins(log.show, read)),
        *_account_routes(),
        by_method("/admin/sites", get=for_admins(sites_page.show, settings), post=for_admins(sites_page.act, settings)),
        by_method("/admin/spam", get=for_admins(spam.show, settings), post=for_admins(spam.act, settings)),
        by_method("/admin/mail", get=for_admins(mail.show, settings), post=for_admins(mail.send, settings)),
        by_method(
            "/admin/webhooks",
            get=for_admins(webhooks_page.show, settings),
            post=for_admins(webhooks_page.act, settings),
        ),
        by_method(
            "/admin/check", get=for_admins(setup_check.show, settings), post=for_admins(setup_check.act, settings)
        ),
        by_method(
            "/admin/people",
            get=for_admins(people_page.show, Right.PEOPLE),
            post=for_admins(people_page.act, Right.PEOPLE),
        ),
        by_method("/admin/invited", get=for_anybody(people_page.show_invited), post=for_anybody(people_page.accept)),
        by_method("/admin/login", get=for_anybody(login.show), post=for_anybody(login.log_in)),
        Route("/admin/login/code", for_anybody(second_step.enter), methods=["POST"]),
        Route("/admin/logout", for_admins(login.log_out, own), methods=["POST"]),
        Route("/admin/logout-everywhere", for_admins(login.log_out_everywhere, own), methods=["POST"]),
        by_method("/admin/setup", get=for_anybody(login.show_setup), post=for_anybody(login.create)),
    ]


def _account_routes() -> list[BaseRoute]:
    """What admins do with their own account."""
    own = Right.OWN
    return [
        by_method("/admin/account", get=for_admins(account.show, own), post=for_admins(account.change, own)),
        Route("/admin/account/programs", for_admins(account.make, own), methods=["POST"]),
        Route("/admin/account/programs/revoke", for_admins(account.revoke, own), methods=["POST"]),
        Route("/admin/account/tokens", for_admins(account_tokens.make, own), methods=["POST"]),
        Route("/admin/account/tokens/revoke", for_admins(account_tokens.revoke, own), methods=["POST"]),
        Route("/admin/account/logins/end", for_admins(account.end_login, own), methods=["POST"]),
        Route("/admin/account/second", for_admins(second_step.change, own), methods=["POST"]),
    ]
