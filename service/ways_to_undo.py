"""Which kinds of actions the log can take back, and how. The table in docs/moderating.md says the same."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from service.action_log import ActKind
from service.admin_rights import Right
from service.logged_change import LoggedChange, Subject

AT_LEAST = timedelta(days=30)
"""How long what an undo needs is kept, whatever the settings say; edited words alone may go sooner."""


class UndoWay(StrEnum):
    """How an action is taken back.

    ``DECISIONS``: its decisions, all of its batch. ``WORDS``: what a comment said before. ``STATE``: what the entry
    says that it changed. ``PAGES``: its changes of pages. ``REPLY``: the reply goes to the trash. ``IMPORT``: by a
    process of its own. ``ELSEWHERE``: a page of the admin ends it. ``NEVER``: what it destroyed is kept nowhere.
    ``NOTHING``: the entry is for the log itself.
    """

    DECISIONS = "decisions"
    WORDS = "words"
    STATE = "state"
    PAGES = "pages"
    REPLY = "reply"
    IMPORT = "import"
    ELSEWHERE = "elsewhere"
    NEVER = "never"
    NOTHING = "nothing"


WAY_OF: Mapping[ActKind, UndoWay] = {
    ActKind.MODERATE: UndoWay.DECISIONS,
    ActKind.APPROVE: UndoWay.DECISIONS,
    ActKind.HOLD: UndoWay.DECISIONS,
    ActKind.SPAM: UndoWay.DECISIONS,
    ActKind.TRASH: UndoWay.DECISIONS,
    ActKind.RESTORE: UndoWay.DECISIONS,
    ActKind.KEEP: UndoWay.DECISIONS,
    ActKind.AUTHOR_DELETE: UndoWay.DECISIONS,
    ActKind.REDO: UndoWay.DECISIONS,
    ActKind.UNDO: UndoWay.DECISIONS,
    ActKind.EDIT: UndoWay.WORDS,
    ActKind.AUTHOR_EDIT: UndoWay.WORDS,
    ActKind.REPLY: UndoWay.REPLY,
    ActKind.CLOSE: UndoWay.STATE,
    ActKind.OPEN: UndoWay.STATE,
    ActKind.PIN: UndoWay.STATE,
    ActKind.UNPIN: UndoWay.STATE,
    ActKind.TITLE: UndoWay.STATE,
    ActKind.BLOCK: UndoWay.STATE,
    ActKind.UNBLOCK: UndoWay.STATE,
    ActKind.SETTINGS: UndoWay.STATE,
    ActKind.WEBHOOK_STOPPED: UndoWay.STATE,
    ActKind.WEBHOOK_STARTED: UndoWay.STATE,
    ActKind.ROLE: UndoWay.STATE,
    ActKind.MOVE: UndoWay.PAGES,
    ActKind.MERGE: UndoWay.PAGES,
    ActKind.REDIRECTS: UndoWay.PAGES,
    ActKind.ALIAS_REMOVED: UndoWay.PAGES,
    ActKind.IMPORT: UndoWay.IMPORT,
    ActKind.ADMIN_ADDED: UndoWay.ELSEWHERE,
    ActKind.SITE_ADDED: UndoWay.ELSEWHERE,
    ActKind.WEBHOOK_ADDED: UndoWay.ELSEWHERE,
    ActKind.TOKEN_ADDED: UndoWay.ELSEWHERE,
    ActKind.SECOND_STEP_ON: UndoWay.ELSEWHERE,
    ActKind.PASSKEY_ADDED: UndoWay.ELSEWHERE,
    ActKind.PAGES_UNDO: UndoWay.ELSEWHERE,
    ActKind.DELETE: UndoWay.NEVER,
    ActKind.EMPTY: UndoWay.NEVER,
    ActKind.PURGE: UndoWay.NEVER,
    ActKind.ERASE: UndoWay.NEVER,
    ActKind.IMPORT_UNDONE: UndoWay.NEVER,
    ActKind.SITE_REMOVED: UndoWay.NEVER,
    ActKind.ADMIN_REMOVED: UndoWay.NEVER,
    ActKind.WEBHOOK_REMOVED: UndoWay.NEVER,
    ActKind.WEBHOOK_REPLAYED: UndoWay.NEVER,
    ActKind.TOKEN_REVOKED: UndoWay.NEVER,
    ActKind.SECOND_STEP_OFF: UndoWay.NEVER,
    ActKind.PASSKEY_REMOVED: UndoWay.NEVER,
    ActKind.LOG_BEGUN: UndoWay.NOTHING,
    ActKind.WORDS_ERASED: UndoWay.NOTHING,
    ActKind.CHANGES_NOTED: UndoWay.NOTHING,
}

_RIGHT_OF: Mapping[Subject, Right] = {
    Subject.PAGE_CLOSED: Right.MODERATE,
    Subject.PAGE_TITLE: Right.MODERATE,
    Subject.PAGE_PINNED: Right.MODERATE,
    Subject.BLOCK: Right.MODERATE,
    Subject.CLOSE_DAYS: Right.SETTINGS,
    Subject.PAGE_RULES: Right.SETTINGS,
    Subject.SPAM: Right.SETTINGS,
    Subject.WEBHOOK_STOPPED: Right.SETTINGS,
    Subject.ROLE: Right.PEOPLE,
}


def way_of(action: ActKind, change: LoggedChange | None) -> UndoWay:
    """How an entry is taken back. An undo, and what was done again, are of decisions unless they changed a state."""
    return UndoWay.STATE if change else WAY_OF[action]


def right_of(way: UndoWay, change: LoggedChange | None) -> Right:
    """The right that taking an entry back needs: the one that doing it needed."""
    if change:
        return _RIGHT_OF[change.subject]
    return Right.SETTINGS if way in (UndoWay.PAGES, UndoWay.IMPORT, UndoWay.STATE) else Right.MODERATE
