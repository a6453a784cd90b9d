"""Returning authors. What counts is a proof that their browser keeps; an email address alone anybody can type.

A name belongs to whoever came back with it and a proof. Others who use it are held, never refused: they may be the same
person at another device, or have the same name. Names stand below every comment, so this tells nobody anything new.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from db import tables
from db.models import Status
from db.prepared import Prepared, Row
from db.sql import insert_if_absent
from service.keys import Keyring, sign_comment, signed_comment
from service.markup import one_line
from service.spam.classifier.normalise import folded, plain

NAMES_ARE_KEPT = timedelta(days=400)
"""A name belongs to nobody any more when its owner stays away for so long."""

PRIVATE_LINK_LIFETIME = timedelta(days=2)

_comment, _name = tables.comment.c, tables.known_name.c

_AUTHOR = Prepared(
    select(_comment.author, _comment.email).where(
        _comment.site_id == bindparam("b_site"),
        _comment.id == bindparam("b_id"),
        _comment.status == Status.APPROVED,
    )
)
_TAKEN = Prepared(select(_name.site_id).where(_name.site_id == bindparam("b_site"), _name.name == bindparam("b_name")))
_SEEN = Prepared(
    update(tables.known_name)
    .where(_name.site_id == bindparam("b_site"), _name.name == bindparam("b_name"))
    .values(seen_at=bindparam("b_at"))
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody posts under a name. ``names`` are its pseudonyms, the newest key's last; ``proof_id`` is the comment
    that the browser has a proof of, 0 for none."""

    site_id: int
    names: list[bytes]
    proof_id: int


def claim(keyring: Keyring, site_id: int, author: str, proof_id: int) -> Claim:
    """The claim that is made by posting under a name."""
    return Claim(site_id, keyring.pseudonyms("name", same_name(author)), proof_id)


def same_name(author: str) -> str:
    """What all spellings of a name share that look alike: case, spaces, invisible characters, letters of others."""
    return " ".join(folded(word) for word in plain(one_line(author)).split())


def owns_name(connection: Connection, made: Claim, author: str) -> bool | None:
    """True for somebody who comes back with a proof of an approved comment under this name,
    False for one who uses a name that belongs to another, None for everybody else."""
    before = _approved(connection, made.site_id, made.proof_id)
    if before and same_name(before[0]) == same_name(author):
        return True
    taken = any(_TAKEN.rows(connection, {"b_site": made.site_id, "b_name": name}) for name in made.names)
    return False if taken else None


def keep_name(connection: Connection, made: Claim, at: datetime) -> None:
    """The name belongs to whoever made the claim, since they came back; in the transaction of their comment."""
    row = {"site_id": made.site_id, "name": made.names[-1], "seen_at": at}
    if not insert_if_absent(connection, tables.known_name, row):
        _SEEN.run(connection, {"b_site": made.site_id, "b_name": made.names[-1], "b_at": at})


def prove(keyring: Keyring, site_id: int, comment_id: int) -> str:
    """A proof that whoever holds it wrote this comment. It is worth something once the comment is approved."""
    return sign_comment(keyring, "author", site_id, comment_id)


def is_known(connection: Connection, site_id: int, email: str, proof_id: int) -> bool:
    """Whether the comment that the browser has a proof of is one of this address, and approved."""
    found = _approved(connection, site_id, proof_id)
    return found is not None and found[1] == email


def _approved(connection: Connection, site_id: int, comment_id: int) -> Row | None:
    """Author and email of an approved comment; None where there is none of this number, as for 0."""
    return _AUTHOR.first(connection, {"b_site": site_id, "b_id": comment_id}) if comment_id else None


def proven_comment(keyring: Keyring, site_id: int, proof: str, now: datetime) -> int:
    """The comment that a proof of this site is for; 0 for none."""
    key = signed_comment(keyring, "author", proof, now)
    return key[1] if key and key[0] == site_id else 0


def private_link_token(keyring: Keyring, site_id: int, comment_id: int, now: datetime) -> str:
    """The token of an author's private link: it shows one comment while it waits, and allows to change it. No cookie
    is needed."""
    return sign_comment(keyring, "preview", site_id, comment_id, now + PRIVATE_LINK_LIFETIME)


def comment_of_private_link(keyring: Keyring, site_id: int, token: str, now: datetime) -> int:
    """The comment that a private link of this site opens; 0 for a token that is wrong, too old or of another site."""
    key = signed_comment(keyring, "preview", token, now)
    return key[1] if key and key[0] == site_id else 0
