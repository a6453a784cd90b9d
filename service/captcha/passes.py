"""Passes: signed, short-lived, single-use proofs of a right answer, for forms of other programs.

Spending records the nonce, not the text: a signed text has several spellings that all verify.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadData
from sqlalchemy import Connection, select

from db import tables
from db.dialect_sql import insert_if_absent
from service.captcha.difficulty import EASIEST
from service.secret_keys import Keyring

PASS_LIFETIME = timedelta(seconds=300)
"""The same as Cloudflare Turnstile's (developers.cloudflare.com/turnstile/get-started/server-side-validation)."""

LONGEST = 2048
"""Characters; Turnstile's limit, for which clients have room."""

_RETRY = timedelta(minutes=10)
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Pass:
    """The content of a pass. ``action`` and ``cdata`` are values of the form, ``hostname`` is the site's.

    ``level`` is the level of the question, ``worked`` whether the browser did the proof of work of level 3.
    """

    nonce: bytes
    site_id: int
    hostname: str
    action: str
    cdata: str
    solved_at: datetime
    expires_at: datetime
    level: int = EASIEST
    worked: bool = False


class Passes:
    """Issues and reads passes, without I/O. Whether one was used is recorded in the database, see ``redeem``."""

    def __init__(self, keyring: Keyring) -> None:
        self._serializer = keyring.serializer("pass")

    def issue(
        self,
        site_id: int,
        hostname: str,
        action: str,
        cdata: str,
        now: datetime,
        *,
        level: int = EASIEST,
        worked: bool = False,
    ) -> str:
        """A new pass, as letters, digits and ``-_.``."""
        payload = {
            "v": _VERSION,
            "n": base64.b64encode(secrets.token_bytes(16)).decode(),
            "s": site_id,
            "h": hostname,
            "a": action,
            "c": cdata,
            "i": int(now.timestamp()),
            "e": int((now + PASS_LIFETIME).timestamp()),
            "l": level,
            "w": worked,
        }
        return str(self._serializer.dumps(payload))

    def read(self, text: str) -> Pass | None:
        """The pass, valid or expired; None for anything not signed as a pass by this service."""
        if len(text) > LONGEST:
            return None
        try:
            payload = self._serializer.loads(text)
            return _pass(payload) if payload["v"] == _VERSION else None
        except (BadData, ValueError, TypeError, KeyError, binascii.Error):
            return None


def redeem(connection: Connection, used: Pass, idempotency_key: str, now: datetime) -> bool:
    """Spend a pass. True for the first call, and for retries with the same ``idempotency_key``.

    The key is a UUID of the caller; if empty, no retry succeeds. A retry may come up to ten minutes after the pass has
    expired, provided that the first use was in time.
    """
    digest = hashlib.sha256(idempotency_key.lower().encode()).digest() if idempotency_key else None
    row = {
        "site_id": used.site_id,
        "nonce": used.nonce,
        "expires_at": used.expires_at + _RETRY,
        "comment_id": None,
        "digest": digest,
    }

    if now < used.expires_at and insert_if_absent(connection, tables.spent, row):
        return True
    return digest is not None and _was_first(connection, used, digest)


def _was_first(connection: Connection, used: Pass, digest: bytes) -> bool:
    spent = tables.spent.c
    query = select(spent.digest).where(spent.site_id == used.site_id, spent.nonce == used.nonce)
    return hmac.compare_digest(connection.execute(query).scalar() or b"", digest)


def _pass(payload: dict[str, Any]) -> Pass:
    return Pass(
        base64.b64decode(payload["n"]),
        payload["s"],
        payload["h"],
        payload["a"],
        payload["c"],
        datetime.fromtimestamp(payload["i"], UTC),
        datetime.fromtimestamp(payload["e"], UTC),
        payload.get("l", EASIEST),
        payload.get("w", False),
    )
