"""Owners are told that comments wait: at once, and then once an hour at most."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from db import tables
from service.mail import outbox
from service.mail.outbox import Kind

_SECONDS = 3600


def comment_waits(connection: Connection, site_id: int, at: datetime) -> None:
    """A comment waits, in the transaction that put it there. If this hour's mail is gone already, the next hour's."""
    hour = int(at.timestamp()) // _SECONDS
    if outbox.put(connection, site_id, Kind.PENDING, hour, at):
        return
    mail = tables.outbox.c
    here = (mail.site_id == site_id, mail.kind == Kind.PENDING, mail.about == hour, mail.done_at.is_not(None))
    if connection.execute(select(mail.about).where(*here)).first():
        begins = datetime.fromtimestamp(0, UTC) + timedelta(seconds=(hour + 1) * _SECONDS)
        outbox.put(connection, site_id, Kind.PENDING, hour + 1, at, begins)
