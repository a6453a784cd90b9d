"""The page of the login."""

import json

from starlette.responses import Response

from service import admins, passkey_answers
from service.passkey_answers import NOBODY
from service.web.admin.params import Goal
from service.web.admin.session import AdminRequest


async def show(
    request: AdminRequest, goal: Goal, name: str = "", error: str = "", notice: str = "", status: int = 200
) -> Response:
    """The page. ``notice`` is what was done last."""
    no_admin = not await request.context.read(admins.count)
    challenge = passkey_answers.issue(request.context.keyring, NOBODY, "login", request.now)
    device = {"token": challenge.token, "options": json.dumps(passkey_answers.request_options(challenge))}
    values = {"goal": goal, "name": name[: admins.LONGEST_NAME], "error": error, "notice": notice, "nobody": no_admin}
    return request.render("login.html", values | {"device": device}, status)
