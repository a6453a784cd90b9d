"""Takes one entry of the log back, unless what it did was changed since."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from db.models import Status
from service.action_log import Act, Action, record
from service.comments import moderate
from service.comments.admin_edit import Edited, undo_edit
from service.comments.earlier_decisions import status_of
from service.log_undo import Way
from service.people import LastOwner
from service.rights import CurrentAdmin
from service.undo.entries import Entry, changed_later, find_entry, is_taken_back
from service.undo.states import STATES, Back


class Outcome(StrEnum):
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

    outcome: Outcome
    later: Entry | None = None


def find_allowed(connection: Connection, site_id: int, entry_id: int, admin: CurrentAdmin) -> Entry | TakenBack:
    """The entry, if this admin may take it back; else why not."""
    entry = find_entry(connection, site_id, entry_id) if admin.sees(site_id) else None
    if entry is None:
        return TakenBack(Outcome.GONE)
    if not admin.may(entry.right, site_id):
        return TakenBack(Outcome.NOT_ALLOWED)
    return entry


def take_back(connection: Connection, site_id: int, entry_id: int, admin: CurrentAdmin, at: datetime) -> TakenBack:
    """Put back the words or the state from before an entry, or trash its reply, and log that."""
    entry = find_allowed(connection, site_id, entry_id, admin)
    if isinstance(entry, TakenBack):
        return entry
    if is_taken_back(connection, entry):
        return TakenBack(Outcome.BEFORE)
    if entry.way is Way.WORDS:
        return _put_words(connection, entry, admin, at)
    if entry.way is Way.REPLY and entry.comment_id:
        key = (site_id, entry.comment_id)
        trashed = moderate.decide(connection, [key], Status.TRASH, admin.id, at, batch_id=entry.id)
        return TakenBack(Outcome.DONE if trashed.changed else Outcome.GONE)
    if entry.way is Way.STATE:
        return _put_state(connection, entry, admin, at)
    return TakenBack(Outcome.NEVER)


def _put_words(connection: Connection, entry: Entry, admin: CurrentAdmin, at: datetime) -> TakenBack:
    edited = undo_edit(connection, entry.site_id, entry.id, admin.id, at)
    if edited is Edited.CHANGED:
        return TakenBack(Outcome.CHANGED, changed_later(connection, entry))
    if edited is Edited.GONE or entry.comment_id is None:
        return TakenBack(Outcome.GONE)
    before, after = entry.words.get("statuses", (None, None))
    if before != after:  # the check judged what its author wrote
        key = (entry.site_id, entry.comment_id)
        if status_of(connection, key) == after:
            moderate.decide(connection, [key], Status(before), admin.id, at)
    return TakenBack(Outcome.DONE)


def check_state(connection: Connection, entry: Entry) -> Outcome:
    """``DONE`` if the state is still the one that the entry made, or why it cannot be put back."""
    change = entry.change
    if change is None:
        return Outcome.GONE
    current = STATES[change.subject].read(connection, entry.site_id, change.of)
    return Outcome.DONE if change.stands(current) else Outcome.CHANGED


def _put_state(connection: Connection, entry: Entry, admin: CurrentAdmin, at: datetime) -> TakenBack:
    outcome, change = check_state(connection, entry), entry.change
    if change is None or outcome is not Outcome.DONE:
        return TakenBack(outcome, changed_later(connection, entry) if change else None)
    state = STATES[change.subject]
    if state.put is None:
        return TakenBack(Outcome.NEVER)
    current = state.read(connection, entry.site_id, change.of)
    try:
        if not state.put(connection, Back(entry.site_id, change, at)):
            return TakenBack(Outcome.GONE)
    except LastOwner:
        return TakenBack(Outcome.OWNER)
    now = state.read(connection, entry.site_id, change.of)
    content = {name: value for name, value in entry.words.items() if name not in ("change", "until")}
    content = {"undone": entry.action} | content
    action = Action.REDO if entry.action is Action.UNDO else Action.UNDO
    act = Act(action, at, admin.id, comment_id=entry.comment_id, batch=entry.id, number=0, content=content)
    record(connection, entry.site_id, replace(act, change=change.again(current, now)))
    return TakenBack(Outcome.DONE)
