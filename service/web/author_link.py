"""The private link by which an author sees a comment that awaits moderation, without a cookie."""

from datetime import timedelta

from service.keys import sign_comment, signed_comment
from service.web.context import AppContext

LIFETIME = timedelta(days=2)


def preview_token(core: AppContext, site_id: int, comment_id: int) -> str:
    """Opens one comment to whoever holds it."""
    return sign_comment(core.keyring, "preview", site_id, comment_id, core.clock() + LIFETIME)


def previewed_comment(core: AppContext, token: str, site_id: int) -> int:
    """The comment that a token of this site opens; 0 for none."""
    key = signed_comment(core.keyring, "preview", token, core.clock())
    return key[1] if key and key[0] == site_id else 0
