"""All routes of the admin."""

from starlette.routing import BaseRoute, Route

from service.web.admin import account, comments, log, login, mail, setup_check, spam, webhooks
from service.web.admin.session import for_admins, for_anybody
from service.web.http.params import by_method


def admin_routes() -> list[BaseRoute]:
    """The admin's routes, each guarded. A GET changes nothing; a POST must come from our own pages."""
    return [
        Route("/admin", for_admins(comments.show)),
        Route("/admin/comments", for_admins(comments.act), methods=["POST"]),
        Route("/admin/pages", for_admins(comments.act_on_page), methods=["POST"]),
        Route("/admin/log", for_admins(log.show)),
        by_method("/admin/spam", get=for_admins(spam.show), post=for_admins(spam.act)),
        by_method("/admin/mail", get=for_admins(mail.show), post=for_admins(mail.send)),
        by_method("/admin/webhooks", get=for_admins(webhooks.show), post=for_admins(webhooks.act)),
        by_method("/admin/check", get=for_admins(setup_check.show), post=for_admins(setup_check.act)),
        by_method("/admin/account", get=for_admins(account.show), post=for_admins(account.change)),
        Route("/admin/account/programs", for_admins(account.make), methods=["POST"]),
        Route("/admin/account/programs/revoke", for_admins(account.revoke), methods=["POST"]),
        by_method("/admin/login", get=for_anybody(login.show), post=for_anybody(login.log_in)),
        Route("/admin/logout", for_admins(login.log_out), methods=["POST"]),
        Route("/admin/logout-everywhere", for_admins(login.log_out_everywhere), methods=["POST"]),
        by_method("/admin/setup", get=for_anybody(login.show_setup), post=for_anybody(login.create)),
    ]
