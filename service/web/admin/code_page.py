"""The page that asks for a code, between the password and the session."""

from datetime import timedelta

from itsdangerous import BadData, URLSafeSerializer
from starlette.responses import Response

from service.web.admin.session import AdminRequest

TOKEN_LIFETIME = timedelta(minutes=10)
"""How long after the password the code may be typed."""


def ask_for_code(request: AdminRequest, admin_id: int, back: str, error: str = "", status: int = 200) -> Response:
    """The page, after the password of this admin was right. Its token says so; it opens nothing without the code."""
    token = _serializer(request).dumps([admin_id, int((request.now + TOKEN_LIFETIME).timestamp())])
    return request.render("second_step.html", {"token": token, "back": back, "error": error}, status)


def admin_of(request: AdminRequest, token: str) -> int | None:
    """The admin whose password was right; None if that is too long ago, or the token is not ours."""
    try:
        admin_id, expires = _serializer(request).loads(token[:500])
        return int(admin_id) if int(expires) > request.now.timestamp() else None
    except (BadData, ValueError, TypeError):
        return None


def _serializer(request: AdminRequest) -> URLSafeSerializer:
    return request.context.keyring.serializer("second step")
