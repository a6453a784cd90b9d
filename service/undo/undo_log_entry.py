"""Takes one entry of the log back, unless what it did was changed since."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from db.models import Status
from service.action_log import Act, ActKind, record
from service.admin_accounts import LastOwner
from service.admin_rights import CurrentAdmin
from service.comments import moderate
from service.comments.admin_edit import Edited, undo_edit
from service.comments.earlier_decisions import status_of
from service.undo.log_entries import Entry, changed_later, find_entry, is_taken_back
from service.undo.subject_states import STATES, Back
from service.ways_to_undo import UndoWay


class UndoOutcome(StrEnum):
    """What came of it. ``CHANGED``: it was changed again since. ``GONE``: what it needs is not there any more.
    ``BEFORE``: somebody has taken it back already. ``NEVER``: the log cannot take this kind back. ``OWNER``: there has
    to be an owner. ``ONE``: by the old rules pages would become one."""

    DONE = "done"
    CHANGED = "changed"
    GONE = "gone"
    BEFORE = "before"
    NEVER = "never"
    NOT_ALLOWED = "not allowed"
    OWNER = "owner"
    ONE = "one"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The outcome; ``later`` is the entry that changed it since, if the log knows it."""

    outcome: UndoOutcome
    later: Entry | None = None


def find_allowed(connection: Connection, site_id: int, entry_id: int, admin: CurrentAdmin) -> Entry | TakenBack:
    """The entry, if this admin may take it back; else why not."""
    entry = find_entry(connection, site_id, entry_id) if admin.sees(site_id) else None
    if entry is None:
        return TakenBack(UndoOutcome.GONE)
    if not admin.may(entry.right, site_id):
        return TakenBack(UndoOutcome.NOT_ALLOWED)
    return entry


def take_back(connection: Connection, site_id: int, entry_id: int, admin: CurrentAdmin, at: datetime) -> TakenBack:
    """Put back the words or the state from before an entry, or trash its reply, and log that."""
    entry = find_allowed(connection, site_id, entry_id, admin)
    if isinstance(entry, TakenBack):
        return entry
    if is_taken_back(connection, entry):
        return TakenBack(UndoOutcome.BEFORE)
    if entry.way is UndoWay.WORDS:
        return _put_words(connection, entry, admin, at)
    if entry.way is UndoWay.REPLY and entry.comment_id:
        key = (site_id, entry.comment_id)
        trashed = moderate.decide(connection, [key], Status.TRASH, admin.id, at, batch_id=entry.id)
        return TakenBack(UndoOutcome.DONE if trashed.changed else UndoOutcome.GONE)
    if entry.way is UndoWay.STATE:
        return _put_state(connection, entry, admin, at)
    return TakenBack(UndoOutcome.NEVER)


def _put_words(connection: Connection, entry: Entry, admin: CurrentAdmin, at: datetime) -> TakenBack:
    edited = undo_edit(connection, entry.site_id, entry.id, admin.id, at)
    if edited is Edited.CHANGED:
        return TakenBack(UndoOutcome.CHANGED, changed_later(connection, entry))
    if edited is Edited.GONE or entry.comment_id is None:
        return TakenBack(UndoOutcome.GONE)
    before, after = entry.words.get("statuses", (None, None))
    if before != after:  # the check judged what its author wrote
        key = (entry.site_id, entry.comment_id)
        if status_of(connection, key) == after:
            moderate.decide(connection, [key], Status(before), admin.id, at)
    return TakenBack(UndoOutcome.DONE)


def check_state(connection: Connection, entry: Entry) -> UndoOutcome:
    """``DONE`` if the state is still the one that the entry made, or why it cannot be put back."""
    change = entry.change
    if change is None:
        return UndoOutcome.GONE
    current = STATES[change.subject].read(connection, entry.site_id, change.of)
    return UndoOutcome.DONE if change.stands(current) else UndoOutcome.CHANGED


def _put_state(connection: Connection, entry: Entry, admin: CurrentAdmin, at: datetime) -> TakenBack:
    outcome, change = check_state(connection, entry), entry.change
    if change is None or outcome is not UndoOutcome.DONE:
        return TakenBack(outcome, changed_later(connection, entry) if change else None)
    state = STATES[change.subject]
    if state.put is None:
        return TakenBack(UndoOutcome.NEVER)
    current = state.read(connection, entry.site_id, change.of)
    try:
        if not state.put(connection, Back(entry.site_id, change, at)):
            return TakenBack(UndoOutcome.GONE)
    except LastOwner:
        return TakenBack(UndoOutcome.OWNER)
    now = state.read(connection, entry.site_id, change.of)
    content = {name: value for name, value in entry.words.items() if name not in ("change", "until")}
    content = {"undone": entry.action} | content
    action = ActKind.REDO if entry.action is ActKind.UNDO else ActKind.UNDO
    act = Act(action, at, admin.id, comment_id=entry.comment_id, batch=entry.id, number=0, content=content)
    record(connection, entry.site_id, replace(act, change=change.again(current, now)))
    return TakenBack(UndoOutcome.DONE)
