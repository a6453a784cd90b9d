"""What earlier decisions say about comments that a moderator is about to move."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from db import tables
from db.models import Status
from service.comments.side_effects import Key

PUT_ASIDE = (Status.SPAM, Status.TRASH)
_decision, _change = tables.decision.c, tables.author_change.c


def is_one_of(keys: Sequence[Key], site_id: ColumnElement[int], comment_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that two columns name one of these comments."""
    return tuple_(site_id, comment_id).in_(keys)


def sites_of_batch(connection: Connection, batch_id: int) -> set[int]:
    """The sites of the comments of a batch."""
    query = select(_decision.site_id).where(_decision.batch == batch_id).distinct()
    return set(connection.execute(query).scalars())


def name_of_decider(connection: Connection, admin_id: int, sites: Collection[int] | None) -> str:
    """The name of an admin who has decided on comments of some sites, or of any (None); else empty: who moderates
    other sites is not for everybody to know."""
    query = select(tables.admin.c.name).join(tables.decision, _decision.admin_id == tables.admin.c.id)
    if sites is not None:
        query = query.where(_decision.site_id.in_(sites))
    return str(connection.execute(query.where(tables.admin.c.id == admin_id).limit(1)).scalar() or "")


def decided_after(connection: Connection, batch_id: int) -> tuple[str, datetime] | None:
    """Who decided last on the comments of a batch, after it, and when; None if nobody did. A program has no name."""
    of_batch, admin = tables.decision.alias("of_batch"), tables.admin.c
    same = (of_batch.c.site_id == _decision.site_id) & (of_batch.c.comment_id == _decision.comment_id)
    later = tables.decision.join(of_batch, same & (of_batch.c.batch == batch_id) & (of_batch.c.id < _decision.id))
    by = later.outerjoin(tables.admin, admin.id == _decision.admin_id)
    query = select(func.coalesce(admin.name, "").label("name"), _decision.at).select_from(by)
    row = connection.execute(query.where(_decision.undone_at.is_(None)).order_by(_decision.id.desc()).limit(1)).first()
    return (row.name, row.at) if row else None


def status_of(connection: Connection, key: Key) -> Status | None:
    """A comment's status; None if there is no such comment."""
    query = select(tables.comment.c.status).where(tables.comment.c.site_id == key[0], tables.comment.c.id == key[1])
    return connection.execute(query).scalar()


def edited_since(connection: Connection, keys: Sequence[Key], seen: datetime) -> Sequence[Key]:
    """The comments that their authors edited since an instant."""
    query = select(_change.site_id, _change.comment_id).where(_change.edited_at >= seen)
    query = query.where(is_one_of(keys, _change.site_id, _change.comment_id))
    return [(site_id, comment_id) for site_id, comment_id in connection.execute(query)]


def decided_by_others(
    connection: Connection, keys: Sequence[Key], seen: datetime, admin_id: int | None
) -> dict[Key, int | None]:
    """The comments on which somebody else decided since an instant, and who was last."""
    query = select(_decision.site_id, _decision.comment_id, _decision.admin_id).where(
        is_one_of(keys, _decision.site_id, _decision.comment_id),
        _decision.at >= seen,
        _decision.undone_at.is_(None),
        _decision.admin_id.is_distinct_from(admin_id),
    )
    rows = connection.execute(query.order_by(_decision.id))
    return {(site_id, comment_id): by for site_id, comment_id, by in rows}


def statuses_to_restore(connection: Connection, rows: Sequence[Any]) -> dict[Key, Status]:
    """For each comment in spam or trash, its status before the newest decision that put it there."""
    put_aside = {(row.site_id, row.id): row.status for row in rows if row.status in PUT_ASIDE}
    before: dict[Key, Status] = dict.fromkeys(put_aside, Status.PENDING)
    query = select(_decision.site_id, _decision.comment_id, _decision.before, _decision.after)
    query = query.where(
        is_one_of(list(put_aside), _decision.site_id, _decision.comment_id), _decision.undone_at.is_(None)
    )
    for decision in connection.execute(query.order_by(_decision.id)):
        key = (decision.site_id, decision.comment_id)
        # Spam that came out of the trash gets its status before both: restoring never puts a comment into the trash.
        if decision.after == put_aside[key] and decision.before is not Status.TRASH:
            before[key] = Status(decision.before)
    return before


def latest_decisions(connection: Connection, keys: Sequence[Key]) -> dict[Key, int]:
    """For each comment, its newest decision that was not undone."""
    query = select(_decision.site_id, _decision.comment_id, func.max(_decision.id))
    query = query.where(is_one_of(keys, _decision.site_id, _decision.comment_id), _decision.undone_at.is_(None))
    rows = connection.execute(query.group_by(_decision.site_id, _decision.comment_id))
    return {(site_id, comment_id): decision_id for site_id, comment_id, decision_id in rows}
