"""The private link by which an author sees a comment that awaits moderation, without a cookie."""

from datetime import timedelta

from itsdangerous import BadData

from service.web.state import Core

LIFETIME = timedelta(days=2)


def preview_token(core: Core, site_id: int, comment_id: int) -> str:
    """Opens one comment to whoever holds it."""
    expires = int((core.clock() + LIFETIME).timestamp())
    return str(core.keyring.serializer("preview").dumps([site_id, comment_id, expires]))


def previewed_comment(core: Core, token: str, site_id: int) -> int:
    """The comment that a token of this site opens; 0 for none."""
    if not token:
        return 0
    try:
        signed_site, comment_id, expires = core.keyring.serializer("preview").loads(token[:500])
    except (BadData, ValueError, TypeError):
        return 0
    return int(comment_id) if signed_site == site_id and expires > core.clock().timestamp() else 0
