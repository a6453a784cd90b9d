"""``/decisions``: one decision on many comments, and undoing it; ``/log``: what was decided and done."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from db.models import Status
from service.comments import moderate
from service.comments.moderate import MOST_AT_ONCE
from service.comments.record_decisions import Batch
from service.log_list import read_log
from service.protocols.api.api_call import ApiAnswer, Call, not_here
from service.protocols.api.common_shapes import (
    Id,
    Instant,
    Key,
    Limit,
    NoBody,
    NoQuery,
    QuerySite,
    Shape,
    key_of,
    key_text,
)
from service.web.undo_batch import undo_batch


class Decision(Shape):
    """A status for some comments; ``restore``: that from before spam or trash; ``keep``: those that readers reported
    are approved, and their reports closed. ``seen``: when they were read. What its author has edited since is then not
    approved, and what somebody else has decided since is left alone."""

    comments: Annotated[list[Key], Field(min_length=1, max_length=MOST_AT_ONCE)]
    status: Literal["approved", "pending", "spam", "trash", "restore", "keep"]
    seen: Instant | None = None


class Decided(Shape):
    """The keys of the comments that got another status, of those that are not there, that were edited since ``seen``,
    and on which somebody else has decided since. ``batch`` is what undo takes."""

    batch: Id
    changed: list[Key]
    missing: list[Key]
    unread: list[Key]
    overtaken: list[Key]

    @classmethod
    def of(cls, batch: Batch, missing: list[Key]) -> "Decided":
        """The result of a batch; ``missing`` are further comments that are not the admin's."""
        texts = {name: [key_text(*key) for key in getattr(batch, name)] for name in ("changed", "unread", "overtaken")}
        return cls(batch=str(batch.id), missing=[*(key_text(*key) for key in batch.missing), *missing], **texts)


class LogQuery(Shape):
    """``before``: the id of an entry, for those before it."""

    site: QuerySite | None = None
    before: Id | None = None
    limit: Limit = 50


class LogItem(Shape):
    """What was done. ``by``: the name of the admin, ``token`` that of the token; ``number``: how many comments."""

    id: Id
    site: Annotated[int, Field(description="0: the installation as a whole.")]
    at: datetime
    actor: Literal["admin", "program", "author", "service"]
    by: str | None
    token: str | None
    action: str
    comment: Key | None
    batch: Id | None
    number: int
    undone: int


class Log(Shape):
    """A part of the log, newest first. ``next``: the value of ``before`` for the part after it."""

    items: list[LogItem]
    next: Id | None


async def decide(call: Call[NoQuery, Decision]) -> ApiAnswer:
    """Give up to 500 comments a status, as one batch."""
    body, admin = call.body, call.admin
    keys = [key_of(text) for text in body.comments]
    own = admin.own(keys)
    if body.status == "restore":
        batch = await call.write(moderate.restore, own, admin.id, call.now)
    elif body.status == "keep":
        batch = await call.write(moderate.keep, own, admin.id, call.now, body.seen)
    else:
        batch = await call.write(moderate.decide, own, Status(body.status), admin.id, call.now, body.seen)
    return ApiAnswer(Decided.of(batch, [key_text(*key) for key in dict.fromkeys(keys) if not admin.sees(key[0])]))


async def undo_decision(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """Undo a batch of decisions. Comments that were decided on again since are left alone."""

    def undo_slice(batch_id: int) -> Awaitable[Batch]:
        return call.write(moderate.undo, batch_id, call.admin.id, call.now)

    batch_id = call.id
    if not await call.context.read(moderate.can_undo, batch_id):
        not_here()
    return ApiAnswer(Decided.of(await undo_batch(call.context, call.admin, batch_id, undo_slice), []))


async def list_log(call: Call[LogQuery, NoBody]) -> ApiAnswer:
    """What was done on the admin's sites, and by whom, newest first."""
    query, sites = call.query, call.admin.sites
    if query.site is not None:
        sites = frozenset({query.site}) & (sites if sites is not None else {query.site})
    before = int(query.before) if query.before else None
    wanted = None if sites is None else [*sites]
    page = await call.context.read(read_log, before, query.limit, sites=wanted)
    items = [
        LogItem(
            id=str(entry.id),
            site=entry.site_id,
            at=entry.at,
            actor=entry.actor.value,
            by=entry.by,
            token=entry.program,
            action=entry.action.value,
            comment=key_text(entry.site_id, entry.comment_id) if entry.comment_id else None,
            batch=str(entry.batch) if entry.batch else None,
            number=entry.number,
            undone=entry.undone,
        )
        for entry in page.entries
    ]
    return ApiAnswer(Log(items=items, next=str(page.older) if page.older else None))
