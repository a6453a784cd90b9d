"""New words and a new status of one comment in one transaction, so that no reader sees the one without the other."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from db.models import Status
from service.comments import moderate
from service.comments.admin_edit import Edited, edit_comment
from service.comments.record_decisions import Batch
from service.comments.side_effects import Key


def edit_and_decide(
    connection: Connection,
    key: Key,
    words: Mapping[str, str],
    statuses: Sequence[Status | None],
    admin_id: int,
    at: datetime,
) -> Batch | None:
    """Change words, if any are given, and then the status; the status None restores what is in spam or trash. Returns
    None if the comment is not there."""
    if words and edit_comment(connection, key, words, admin_id, at) is Edited.GONE:
        return None
    batch = Batch(0, (), ())
    for status in statuses:
        if status:
            batch = moderate.decide(connection, [key], status, admin_id, at)
        else:
            batch = moderate.restore(connection, [key], admin_id, at)
    return batch
