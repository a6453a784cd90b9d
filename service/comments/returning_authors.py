"""Returning authors: recognised by a proof in their browser, since anybody can type an email address.

A name is protected once its author has come back with a proof, not at first use: otherwise a second Anna would always
have to wait. Comments by others under that name are held, never refused: it may be the same person on another device,
or a namesake. Names are public, so holding a comment reveals nothing; email addresses are never compared, so they
cannot be guessed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from db import tables
from db.dialect_sql import insert_if_absent
from db.models import Status
from db.prepared_statements import Prepared, Row
from service.comments.name_skeleton import skeleton
from service.secret_keys import Keyring, sign_comment, signed_comment
from service.spam.classifier.normalise_text import folded, plain
from service.visible_text import one_line

NAMES_ARE_KEPT = timedelta(days=400)
"""A name is free again when its author has not posted for this long."""

PRIVATE_LINK_LIFETIME = timedelta(days=2)

_comment, _known_name = tables.comment.c, tables.known_name.c

_APPROVED_AUTHOR = Prepared(
    select(_comment.author, _comment.email, _comment.url).where(
        _comment.site_id == bindparam("b_site"),
        _comment.id == bindparam("b_id"),
        _comment.status == Status.APPROVED,
    )
)
_NAMES_AT_ONCE = tuple(f"b_name_{place}" for place in range(4))
"""By two keys, in the form of today and in that of before 0.2.0."""
_FIND_NAMES = Prepared(
    select(_known_name.site_id).where(
        _known_name.site_id == bindparam("b_site"),
        _known_name.name.in_([bindparam(name, type_=_known_name.name.type) for name in _NAMES_AT_ONCE]),
    )
)
_SET_NAME_SEEN = Prepared(
    update(tables.known_name)
    .where(_known_name.site_id == bindparam("b_site"), _known_name.name == bindparam("b_name"))
    .values(seen_at=bindparam("b_at"))
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A name that somebody posts under. ``names`` are its keyed hashes, that of the newest key last; ``proof_id`` is
    the comment that the browser has a proof for, 0 for none."""

    site_id: int
    names: list[bytes]
    proof_id: int


def claim(keyring: Keyring, site_id: int, author: str, proof_id: int) -> Claim:
    """The claim that a post under this name makes."""
    same = same_name(author)
    names = keyring.pseudonyms("name", same)
    # Names that were protected before 0.2.0 are stored by a form that folded less; none is left after NAMES_ARE_KEPT.
    before = " ".join(folded(word) for word in plain(one_line(author)).split())
    return Claim(site_id, [*keyring.pseudonyms("name", before), *names] if before != same else names, proof_id)


def same_name(author: str) -> str:
    """The common form of names that look alike."""
    return skeleton(one_line(author))


def owns_name(connection: Connection, claimed: Claim, author: str) -> bool | None:
    """True if the claim has a proof of an approved comment under this name, False if the name is another author's, None
    if it is nobody's."""
    proven = _approved_author(connection, claimed.site_id, claimed.proof_id)
    if proven and same_name(proven[0]) == same_name(author):
        return True
    return False if _is_taken(connection, claimed) else None


def _is_taken(connection: Connection, claimed: Claim) -> bool:
    """Whether the name is some author's, by any of its hashes."""
    size, names = len(_NAMES_AT_ONCE), claimed.names
    for few in (names[at : at + size] for at in range(0, len(names), size)):
        filled = zip(_NAMES_AT_ONCE, few + few[:1] * (size - len(few)), strict=True)
        if _FIND_NAMES.rows(connection, {"b_site": claimed.site_id, **dict(filled)}):
            return True
    return False


def keep_name(connection: Connection, claimed: Claim, at: datetime) -> None:
    """Protect the name for its returning author, for ``NAMES_ARE_KEPT`` from now. Part of the comment's transaction."""
    row = {"site_id": claimed.site_id, "name": claimed.names[-1], "seen_at": at}
    if not insert_if_absent(connection, tables.known_name, row):
        _SET_NAME_SEEN.run(connection, {"b_site": claimed.site_id, "b_name": claimed.names[-1], "b_at": at})


def prove(keyring: Keyring, site_id: int, comment_id: int) -> str:
    """A signed proof of having written this comment. It counts once the comment is approved."""
    return sign_comment(keyring, "author", site_id, comment_id)


def is_known(connection: Connection, site_id: int, email: str, proof_id: int) -> bool:
    """Whether the browser has a proof of an approved comment with this email address. The address alone proves
    nothing."""
    return known_website(connection, site_id, email, proof_id) is not None


def known_website(connection: Connection, site_id: int, email: str, proof_id: int) -> str | None:
    """The website of the comment that makes the author known, often empty; None if ``is_known`` is False."""
    proven = _approved_author(connection, site_id, proof_id)
    return str(proven[2]) if proven is not None and proven[1] == email else None


def _approved_author(connection: Connection, site_id: int, comment_id: int) -> Row | None:
    """Author, email and website of an approved comment; None if there is no such comment, as for id 0."""
    return _APPROVED_AUTHOR.first(connection, {"b_site": site_id, "b_id": comment_id}) if comment_id else None


def proven_comment(keyring: Keyring, site_id: int, proof: str, now: datetime) -> int:
    """The comment that a proof of this site is for; 0 for none."""
    key = signed_comment(keyring, "author", proof, now)
    return key[1] if key and key[0] == site_id else 0


def private_link_token(keyring: Keyring, site_id: int, comment_id: int, now: datetime) -> str:
    """The token of an author's private link to one comment. It shows the comment while it is pending, and lets its
    author edit or delete it for a while (see ``author_edit``).

    It is no cookie: the browser keeps it only if *Save my name* was ticked, and scripts send it in the body of a POST.
    """
    return sign_comment(keyring, "preview", site_id, comment_id, now + PRIVATE_LINK_LIFETIME)


def comment_of_private_link(keyring: Keyring, site_id: int, token: str, now: datetime) -> int:
    """The comment that a private link opens; 0 if the token is invalid, expired or of another site."""
    key = signed_comment(keyring, "preview", token, now)
    return key[1] if key and key[0] == site_id else 0
