"""Returning authors. What counts is a proof that their browser keeps; an email address alone anybody can type.

A name belongs to whoever came back with it and a proof. Others who use it are held, never refused: they may be the same
person at another device, or have the same name. Names stand below every comment, so this tells nobody anything new.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData
from sqlalchemy import Connection, select, update

from db import tables
from db.models import Status
from db.upsert import insert_if_absent
from service.keys import Keyring
from service.spam.classifier.normal import folded, plain
from service.text import one_line

NAMES_ARE_KEPT = timedelta(days=400)
"""A name belongs to nobody any more when its owner stays away for so long."""

_comment, _name = tables.comment.c, tables.known_name.c


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody posts under a name. ``names`` are its pseudonyms, the newest key's last; ``proof_id`` is the comment
    that the browser has a proof of, 0 for none."""

    site_id: int
    names: list[bytes]
    proof_id: int


def claim(keyring: Keyring, site_id: int, author: str, proof: str) -> Claim:
    """The claim that is made by posting under a name."""
    return Claim(site_id, keyring.pseudonyms("name", same_name(author)), proven_comment(keyring, site_id, proof))


def same_name(author: str) -> str:
    """What all spellings of a name share that look alike: case, spaces, invisible characters, letters of others."""
    return " ".join(folded(word) for word in plain(one_line(author)).split())


def owns_name(made: Claim, author: str) -> Callable[[Connection], bool | None]:
    """A question to the database: True for somebody who comes back with a proof of an approved comment under this name,
    False for one who uses a name that belongs to another, None for everybody else."""

    def read(connection: Connection) -> bool | None:
        if made.proof_id:
            query = select(_comment.author).where(
                _comment.site_id == made.site_id, _comment.id == made.proof_id, _comment.status == Status.APPROVED
            )
            before = connection.execute(query).scalar()
            if before is not None and same_name(before) == same_name(author):
                return True
        known = select(_name.name).where(_name.site_id == made.site_id, _name.name.in_(made.names))
        return None if connection.execute(known).first() is None else False

    return read


def keep_name(connection: Connection, made: Claim, at: datetime) -> None:
    """The name belongs to whoever made the claim, since they came back; in the transaction of their comment."""
    row = {"site_id": made.site_id, "name": made.names[-1], "seen_at": at}
    if not insert_if_absent(connection, tables.known_name, row):
        here = (_name.site_id == made.site_id, _name.name == made.names[-1])
        connection.execute(update(tables.known_name).where(*here).values(seen_at=at))


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
