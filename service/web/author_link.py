"""The private link by which an author sees a comment that awaits moderation, without a cookie."""

from datetime import timedelta

from service.keys import sign_comment, signed_comment
from service.web.context import AppContext

LIFETIME = timedelta(days=2)


def preview_token(context: AppContext, site_id: int, comment_id: int) -> str:
    """Opens one comment to whoever holds it."""
    return sign_comment(context.keyring, "preview", site_id, comment_id, context.clock() + LIFETIME)


def previewed_comment(context: AppContext, token: str, site_id: int) -> int:
    """The comment that a token of this site opens; 0 for none."""
    key = signed_comment(context.keyring, "preview", token, context.clock())
    return key[1] if key and key[0] == site_id else 0
