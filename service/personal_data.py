"""What is stored of one person, whom an email address stands for: found, exported and erased.

Names are no help: two people may share one, and anybody may type another's. An address is compared in any case.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, delete, func, select, tuple_

from db import tables
from db.models import Status
from service.action_log import Act, one_erasure, record
from service.author_fields import AUTHOR_FIELDS
from service.comment_row import ON_SAME_PAGE, SHOWN_TITLE, has_email
from service.comments.admin_edit import anonymise_comment, remove_comment
from service.comments.returning_authors import claim
from service.comments.side_effects import Key
from service.comments.write_statements import lock_pages_of
from service.mail import outbox
from service.mail.outbox import MailKind
from service.page_address import comment_url
from service.personal_data_link import LIFETIME, PersonLink
from service.secret_keys import Keyring

READ_AT_ONCE = 500
ERASED_AT_ONCE = 100
"""Comments that one job erases: each takes several statements."""
ANSWERS_AT_ONCE = 50
"""Answers of the API that are read together: one may hold the longest comment, and its HTML."""

_comment, _page, _site = tables.comment.c, tables.page.c, tables.site.c
_change, _subscription = tables.author_change.c, tables.subscription.c
_stored = tables.stored_answer.c
_KEY = (_comment.site_id, _comment.id)
_NAMES = {"author": "name"}
"""Fields that have another name here than in exports."""
AnswerKey = tuple[bytes, bytes]
FIRST_ANSWER: AnswerKey = (b"", b"")


class Erasure(StrEnum):
    """What becomes of a person's comments."""

    ANONYMISE = "anonymise"
    """The texts stay, without anything that says who wrote them."""
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's email address, and the sites that are meant."""

    email: str
    sites: Collection[int]

    def count(self, connection: Connection) -> Mapping[int, int]:
        """Site → number of comments with this address."""
        query = select(_comment.site_id, func.count()).where(*self._condition()).group_by(_comment.site_id)
        return {row[0]: row[1] for row in connection.execute(query)}

    def keys(self, connection: Connection, after: Key | None = None, most: int = READ_AT_ONCE) -> list[Key]:
        """Up to ``most`` comments in the order of their keys, behind one."""
        query = select(*_KEY).where(*self._condition()).order_by(*_KEY).limit(most)
        if after is not None:
            query = query.where(tuple_(*_KEY) > after)
        return [(site_id, comment_id) for site_id, comment_id in connection.execute(query)]

    def _condition(self) -> Iterator[Any]:
        yield _comment.site_id.in_(self.sites)
        yield _comment.email != ""
        yield has_email(self.email)


def read_comments(connection: Connection, keys: Collection[Key], *, status: bool) -> list[dict[str, Any]]:
    """What is stored of comments, as JSON values.

    Without ``status`` they only say whether a comment is shown: an author who could tell spam from what waits could
    test the spam check.
    """
    columns = (_comment.site_id, _comment.id, _comment.parent_id, _comment.status)
    query = (
        select(*columns, _comment.text, _comment.format, _comment.created_at, _comment.language)
        .add_columns(*(_comment[field.name] for field in AUTHOR_FIELDS))
        .add_columns(_site.origin, _page.url.label("page_url"), SHOWN_TITLE, _change.first_text, _change.edited_at)
        .add_columns(_subscription.asked_at, _subscription.confirmed_at)
        .select_from(tables.comment)
        .join(tables.page, ON_SAME_PAGE)
        .join(tables.site, _site.id == _comment.site_id)
        .outerjoin(tables.author_change, and_(_change.site_id == _comment.site_id, _change.comment_id == _comment.id))
        .outerjoin(
            tables.subscription,
            and_(_subscription.site_id == _comment.site_id, _subscription.comment_id == _comment.id),
        )
        .where(tuple_(*_KEY).in_(list(keys)))
        .order_by(*_KEY)
    )
    return [_as_json(row, status=status) for row in connection.execute(query)]


def _as_json(row: Any, *, status: bool) -> dict[str, Any]:
    is_shown = row.status == Status.APPROVED
    return {
        "site": row.origin,
        "id": row.id,
        "page": row.page_url,
        "page_title": row.title,
        "address": comment_url(row.page_url, row.id) if is_shown else None,
        "in_reply_to": row.parent_id,
        **{_NAMES.get(field.name, field.file_name): getattr(row, field.name) for field in AUTHOR_FIELDS},
        "text": row.text,
        "format": row.format,
        "text_before_edit": row.first_text,
        "language": row.language,
        "created_at": row.created_at.isoformat(),
        "edited_at": row.edited_at.isoformat() if row.edited_at else None,
        "replies_by_mail_asked_at": row.asked_at.isoformat() if row.asked_at else None,
        "replies_by_mail_confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
        "shown": is_shown,
        **({"status": row.status} if status else {}),
    }


def erase_slice(connection: Connection, person: Person, erasure: Erasure, keyring: Keyring, name: str, act: Act) -> int:
    """Erase the next ``ERASED_AT_ONCE`` of a person's comments, and note ``act`` in the log of each site. Returns their
    number; 0 at the end.

    ``name`` replaces the author's. The author's own name is no longer protected.
    """
    keys = person.keys(connection, most=ERASED_AT_ONCE)
    lock_pages_of(connection, keys)
    _forget_names(connection, keys, keyring)
    by_site: dict[int, int] = {}
    with one_erasure(connection, act.at):
        for key in keys:
            if erasure is Erasure.DELETE:
                done = remove_comment(connection, key, act.at)
            else:
                done = anonymise_comment(connection, key, name, act.at)
            by_site[key[0]] = by_site.get(key[0], 0) + done
    for site_id, number in by_site.items():
        content = {"erasure": erasure.value}
        record(connection, site_id, Act(act.action, act.at, act.admin_id, act.actor, number=number, content=content))
    return len(keys)


def _forget_names(connection: Connection, keys: Collection[Key], keyring: Keyring) -> None:
    known = tables.known_name.c
    # Only an approved comment protects a name. Whoever posted under the name of somebody else was held.
    approved = (tuple_(*_KEY).in_(list(keys)), _comment.status == Status.APPROVED)
    query = select(_comment.site_id, _comment.author).where(*approved).distinct()
    for site_id, author in connection.execute(query).all():
        names = claim(keyring, site_id, author, 0).names
        connection.execute(delete(tables.known_name).where(known.site_id == site_id, known.name.in_(names)))


def read_link(
    connection: Connection, keyring: Keyring, token: str, sites: Collection[int], now: datetime
) -> Person | None:
    """The person whose link it is; None if it is invalid or too old, or the comment is gone."""
    link = PersonLink.read(keyring, token, now)
    if link is None:
        return None
    email = connection.execute(select(_comment.email).where(tuple_(*_KEY) == link.key)).scalar()
    return Person(email, sites) if email and link.is_for(keyring, email) else None


def answers_naming(
    connection: Connection, person: Person, after: AnswerKey = FIRST_ANSWER
) -> tuple[list[AnswerKey], AnswerKey | None]:
    """Which of the next answers that the API keeps for a day name the person, and behind which one to go on; None at
    the end. Their whole texts are read, so this is no work for the writer, nor for one statement."""
    key, address = (_stored.owner, _stored.key), person.email.lower()
    query = select(*key, _stored.answer).where(_stored.answer.is_not(None), tuple_(*key) > after)
    rows = connection.execute(query.order_by(*key).limit(ANSWERS_AT_ONCE)).all()
    naming = [(row.owner, row.key) for row in rows if address in row.answer.decode("utf-8", "replace").lower()]
    return naming, (rows[-1].owner, rows[-1].key) if len(rows) == ANSWERS_AT_ONCE else None


def forget_answers(connection: Connection, keys: Collection[AnswerKey]) -> None:
    """Delete answers that the API keeps."""
    connection.execute(delete(tables.stored_answer).where(tuple_(_stored.owner, _stored.key).in_(list(keys))))


def ask_by_mail(connection: Connection, person: Person, at: datetime) -> bool:
    """Queue a mail with a link to what is stored of a person: to the address of the newest comment. False if there is
    no comment, or if such a mail was sent within ``LIFETIME``."""
    mail = tables.outbox.c
    same = and_(mail.site_id == _comment.site_id, mail.about == _comment.id, mail.kind == MailKind.PERSONAL_DATA)
    asked = select(mail.about).join(tables.comment, same).where(*person._condition(), mail.created_at > at - LIFETIME)
    if connection.execute(asked.limit(1)).first() is not None:
        return False
    newest = select(*_KEY).where(*person._condition()).order_by(_comment.created_at.desc(), _comment.id.desc())
    key = connection.execute(newest.limit(1)).first()
    if key is None:
        return False
    return outbox.enqueue_again(connection, key[0], MailKind.PERSONAL_DATA, key[1], at, LIFETIME)
