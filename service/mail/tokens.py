"""What the links in our mails carry: which comment, and what the link may do."""

from datetime import datetime
from typing import Literal

from itsdangerous import BadData

from service.keys import Keyring
from service.mail.subscriptions import CONFIRM_WITHIN, Key

Purpose = Literal["confirm", "unsubscribe"]


def issue(keyring: Keyring, purpose: Purpose, key: Key, now: datetime) -> str:
    """Signed for one purpose. A confirmation runs out, since it may have gone to a stranger; an end never does."""
    until = int((now + CONFIRM_WITHIN).timestamp()) if purpose == "confirm" else 0
    return str(keyring.serializer(f"mail-{purpose}").dumps([*key, until]))


def read(keyring: Keyring, purpose: Purpose, token: str, now: datetime) -> Key | None:
    """The comment a token is for; None for one that is not ours, for something else, or too old."""
    try:
        site_id, comment_id, until = keyring.serializer(f"mail-{purpose}").loads(token[:500])
    except (BadData, ValueError, TypeError):
        return None
    return None if until and until < now.timestamp() else (int(site_id), int(comment_id))
