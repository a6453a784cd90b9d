"""What the statistics call statuses, refusals and actions; other pages say it of a single comment."""

from collections.abc import Callable

from db.models import Status
from service.action_log import Action
from service.language import N_

Gettext = Callable[[str], str]

STATUSES = {
    Status.APPROVED: N_("Approved"),
    Status.PENDING: N_("Pending"),
    Status.SPAM: N_("Spam"),
    Status.TRASH: N_("Trash"),
}

_ACTIONS = {
    Action.MODERATE: N_("decided"),
    Action.APPROVE: N_("Approved"),
    Action.HOLD: N_("held"),
    Action.SPAM: N_("Spam"),
    Action.TRASH: N_("Trash"),
    Action.RESTORE: N_("restored"),
    Action.KEEP: N_("kept"),
    Action.UNDO: N_("Undone"),
    Action.REDO: N_("Done again"),
    Action.EDIT: N_("Text edited"),
    Action.REPLY: N_("Replied"),
    Action.DELETE: N_("permanently deleted"),
    Action.EMPTY: N_("permanently deleted"),
    Action.ERASE: N_("personal data erased"),
    Action.CLOSE: N_("Page closed"),
    Action.OPEN: N_("Page reopened"),
    Action.PIN: N_("Comment pinned"),
    Action.UNPIN: N_("Comment unpinned"),
    Action.TITLE: N_("Title changed"),
    Action.MOVE: N_("Page moved"),
    Action.MERGE: N_("pages merged"),
    Action.REDIRECTS: N_("redirects applied"),
    Action.ALIAS_REMOVED: N_("Address removed"),
    Action.PAGES_UNDO: N_("Undone: page change"),
    Action.BLOCK: N_("Blocked"),
    Action.UNBLOCK: N_("Unblocked"),
    Action.SETTINGS: N_("Settings changed"),
    Action.IMPORT: N_("imported"),
    Action.IMPORT_UNDONE: N_("import undone"),
    Action.SITE_ADDED: N_("Site added"),
    Action.WEBHOOK_ADDED: N_("Webhook added"),
    Action.WEBHOOK_REMOVED: N_("Webhook removed"),
    Action.WEBHOOK_STOPPED: N_("Webhook paused"),
    Action.WEBHOOK_STARTED: N_("Webhook started again"),
    Action.WEBHOOK_REPLAYED: N_("Messages of a webhook sent again"),
    Action.SITE_REMOVED: N_("Site removed"),
    Action.ADMIN_ADDED: N_("Admin added"),
    Action.ADMIN_REMOVED: N_("Admin removed"),
    Action.ROLE: N_("Role changed"),
    Action.SECOND_STEP_ON: N_("Two-step login turned on"),
    Action.SECOND_STEP_OFF: N_("Two-step login turned off"),
    Action.PASSKEY_ADDED: N_("Passkey added"),
    Action.PASSKEY_REMOVED: N_("Passkey removed"),
    Action.TOKEN_ADDED: N_("API token created"),
    Action.TOKEN_REVOKED: N_("API token revoked"),
}
"""What an admin or a program does; the statistics leave out what authors and the service do."""

_REFUSALS = {
    "author": N_("name missing or invalid"),
    "email": N_("email address missing or invalid"),
    "url": N_("website invalid"),
    "comment": N_("comment missing or too long"),
    "captcha": N_("captcha answer missing or wrong"),
    "no_token": N_("question missing, as programs send forms"),
    "questions": N_("too many questions requested"),
    "rate": N_("too many posts"),
    "flood": N_("too many posts"),
    "used": N_("question already used"),
    "parent": N_("reply to a comment that is not shown"),
    "closed": N_("comments closed"),
    "duplicate": N_("duplicate"),
    "origin": N_("sent from another site"),
    "store": N_("database unavailable"),
}


def action(gettext: Gettext, name: str) -> str:
    """What somebody did, by its name in the log of actions."""
    return gettext(_ACTIONS[Action(name)]) if name in _ACTIONS else name


def refusal(gettext: Gettext, reason: str) -> str:
    """Why the form refused, by the reason that is counted; the reason itself if it is unknown."""
    return gettext(_REFUSALS[reason]) if reason in _REFUSALS else reason
