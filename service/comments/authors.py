"""Returning authors. What counts is a proof that their browser keeps; an email address alone anybody can type."""

from collections.abc import Callable

from itsdangerous import BadData
from sqlalchemy import Connection, select

from db import tables
from db.models import Status
from service.keys import Keyring

_comment = tables.comment.c


def prove(keyring: Keyring, site_id: int, comment_id: int) -> str:
    """A proof that whoever holds it wrote this comment. It is worth something once the comment is approved."""
    return str(keyring.serializer("author").dumps([site_id, comment_id]))


def is_known(keyring: Keyring, site_id: int, email: str, proof: str) -> Callable[[Connection], bool]:
    """A question to the database: whether the proof is for a comment of this address, and that one is approved."""
    comment_id = proven_comment(keyring, site_id, proof)

    def read(connection: Connection) -> bool:
        approved = select(_comment.id).where(
            _comment.site_id == site_id,
            _comment.id == comment_id,
            _comment.email == email,
            _comment.status == Status.APPROVED,
        )
        return comment_id != 0 and connection.execute(approved).first() is not None

    return read


def proven_comment(keyring: Keyring, site_id: int, proof: str) -> int:
    """The comment that a proof of this site is for; 0 for none."""
    try:
        signed_site, comment_id = keyring.serializer("author").loads(proof[:500])
    except (BadData, ValueError, TypeError):
        return 0
    return int(comment_id) if signed_site == site_id else 0
