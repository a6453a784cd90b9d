"""The page that asks for a code, between the password and the session."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from itsdangerous import BadData, URLSafeSerializer
from starlette.responses import Response

from service import passkey_answers, passkeys
from service.web.admin.admin_params import Goal
from service.web.admin.admin_session import AdminRequest

TOKEN_LIFETIME = timedelta(minutes=10)
"""How long after the password the code may be typed."""


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Who has typed the right password, and a digest by which another password makes this worthless."""

    admin_id: int
    password: str


def first_step(request: AdminRequest, admin_id: int, password_hash: str) -> str:
    """A token that says whose password was right just now. It opens nothing without the code."""
    expires = int((request.now + TOKEN_LIFETIME).timestamp())
    return _serializer(request).dumps([admin_id, expires, password_digest(password_hash)])


async def ask_for_code(request: AdminRequest, token: str, goal: Goal, error: str = "", status: int = 200) -> Response:
    """The page. A wrong code gets the same token back, so that trying codes does not prolong it."""
    values = {"token": token, "goal": goal, "error": error, "device": await _device(request, token)}
    return request.render("second_step.html", values, status)


async def _device(request: AdminRequest, token: str) -> dict[str, str] | None:
    """What a passkey is to answer; None if the admin has none."""
    step = read_first_step(request, token)
    credentials = await request.context.read(passkeys.credentials_of, step.admin_id) if step else []
    if step is None or not credentials:
        return None
    challenge = passkey_answers.issue(request.context.keyring, step.admin_id, "login", request.now)
    options = json.dumps(passkey_answers.request_options(challenge, credentials))
    return {"token": challenge.token, "options": options}


def read_first_step(request: AdminRequest, token: str) -> FirstStep | None:
    """What a token says; None if it is too old or not ours."""
    try:
        admin_id, expires, digest = _serializer(request).loads(token[:500])
        return FirstStep(int(admin_id), str(digest)) if int(expires) > request.now.timestamp() else None
    except (BadData, ValueError, TypeError):
        return None


def password_digest(password_hash: str) -> str:
    """What a token holds of a password's hash."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]


def _serializer(request: AdminRequest) -> URLSafeSerializer:
    return request.context.keyring.serializer("second step")
