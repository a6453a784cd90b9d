"""Returning authors. What counts is a proof that their browser keeps; an email address alone anybody can type."""

from collections.abc import Callable

from itsdangerous import BadData
from sqlalchemy import Connection, select

from db import tables
from db.models import Status
from service.keys import Keyring

_comment = tables.comment.c


def prove(keyring: Keyring, site_id: int, email: str) -> str:
    """A proof that whoever holds it has posted with this address before. It does not tell the address."""
    return str(keyring.serializer("author").dumps([site_id, _stand_in(keyring, email)]))


def is_known(keyring: Keyring, site_id: int, email: str, proof: str) -> Callable[[Connection], bool]:
    """A question to the database: whether the proof is good for this address, and it has an approved comment."""
    try:
        good = keyring.serializer("author").loads(proof[:500]) == [site_id, _stand_in(keyring, email)]
    except BadData:
        good = False

    def read(connection: Connection) -> bool:
        approved = select(_comment.id).where(
            _comment.site_id == site_id, _comment.email == email, _comment.status == Status.APPROVED
        )
        return good and connection.execute(approved.limit(1)).first() is not None

    return read


def _stand_in(keyring: Keyring, email: str) -> str:
    return keyring.pseudonym("author", email.casefold()).hex()
