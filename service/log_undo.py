"""Which kinds of actions the log can take back, and how. The table in docs/moderating.md says the same."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from service.action_log import Action
from service.log_change import Change, Subject
from service.rights import Right

AT_LEAST = timedelta(days=30)
"""How long what an undo needs is kept, whatever the settings say; edited words alone may go sooner."""


class Way(StrEnum):
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


WAY_OF: Mapping[Action, Way] = {
    Action.MODERATE: Way.DECISIONS,
    Action.APPROVE: Way.DECISIONS,
    Action.HOLD: Way.DECISIONS,
    Action.SPAM: Way.DECISIONS,
    Action.TRASH: Way.DECISIONS,
    Action.RESTORE: Way.DECISIONS,
    Action.KEEP: Way.DECISIONS,
    Action.AUTHOR_DELETE: Way.DECISIONS,
    Action.REDO: Way.DECISIONS,
    Action.UNDO: Way.DECISIONS,
    Action.EDIT: Way.WORDS,
    Action.AUTHOR_EDIT: Way.WORDS,
    Action.REPLY: Way.REPLY,
    Action.CLOSE: Way.STATE,
    Action.OPEN: Way.STATE,
    Action.PIN: Way.STATE,
    Action.UNPIN: Way.STATE,
    Action.TITLE: Way.STATE,
    Action.BLOCK: Way.STATE,
    Action.UNBLOCK: Way.STATE,
    Action.SETTINGS: Way.STATE,
    Action.WEBHOOK_STOPPED: Way.STATE,
    Action.WEBHOOK_STARTED: Way.STATE,
    Action.ROLE: Way.STATE,
    Action.MOVE: Way.PAGES,
    Action.MERGE: Way.PAGES,
    Action.REDIRECTS: Way.PAGES,
    Action.ALIAS_REMOVED: Way.PAGES,
    Action.IMPORT: Way.IMPORT,
    Action.ADMIN_ADDED: Way.ELSEWHERE,
    Action.SITE_ADDED: Way.ELSEWHERE,
    Action.WEBHOOK_ADDED: Way.ELSEWHERE,
    Action.TOKEN_ADDED: Way.ELSEWHERE,
    Action.SECOND_STEP_ON: Way.ELSEWHERE,
    Action.PASSKEY_ADDED: Way.ELSEWHERE,
    Action.PAGES_UNDO: Way.ELSEWHERE,
    Action.DELETE: Way.NEVER,
    Action.EMPTY: Way.NEVER,
    Action.PURGE: Way.NEVER,
    Action.ERASE: Way.NEVER,
    Action.IMPORT_UNDONE: Way.NEVER,
    Action.SITE_REMOVED: Way.NEVER,
    Action.ADMIN_REMOVED: Way.NEVER,
    Action.WEBHOOK_REMOVED: Way.NEVER,
    Action.WEBHOOK_REPLAYED: Way.NEVER,
    Action.TOKEN_REVOKED: Way.NEVER,
    Action.SECOND_STEP_OFF: Way.NEVER,
    Action.PASSKEY_REMOVED: Way.NEVER,
    Action.LOG_BEGUN: Way.NOTHING,
    Action.WORDS_ERASED: Way.NOTHING,
    Action.CHANGES_NOTED: Way.NOTHING,
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


def way_of(action: Action, change: Change | None) -> Way:
    """How an entry is taken back. An undo, and what was done again, are of decisions unless they changed a state."""
    return Way.STATE if change else WAY_OF[action]


def right_of(way: Way, change: Change | None) -> Right:
    """The right that taking an entry back needs: the one that doing it needed."""
    if change:
        return _RIGHT_OF[change.subject]
    return Right.SETTINGS if way in (Way.PAGES, Way.IMPORT, Way.STATE) else Right.MODERATE
