"""The page of the login."""

import json

from starlette.responses import Response

from service import admin_logins, passkey_answers
from service.passkey_answers import NOBODY
from service.web.admin.admin_params import Goal
from service.web.admin.admin_session import AdminRequest


async def show(
    request: AdminRequest, goal: Goal, name: str = "", error: str = "", notice: str = "", status: int = 200
) -> Response:
    """The page. ``notice`` is what was done last."""
    no_admin = not await request.context.read(admin_logins.count)
    challenge = passkey_answers.issue(request.context.keyring, NOBODY, "login", request.now)
    device = {"token": challenge.token, "options": json.dumps(passkey_answers.request_options(challenge))}
    values = {
        "goal": goal,
        "name": name[: admin_logins.LONGEST_NAME],
        "error": error,
        "notice": notice,
        "nobody": no_admin,
    }
    return request.render("login.html", values | {"device": device}, status)
