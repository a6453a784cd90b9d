"""What the statistics call statuses, refusals and actions; other pages say it of a single comment."""

from collections.abc import Callable

from db.models import Status
from service.action_log import ActKind
from service.language import N_

Gettext = Callable[[str], str]

STATUSES = {
    Status.APPROVED: N_("Approved"),
    Status.PENDING: N_("Pending"),
    Status.SPAM: N_("Spam"),
    Status.TRASH: N_("Trash"),
}

_ACTIONS = {
    ActKind.MODERATE: N_("decided"),
    ActKind.APPROVE: N_("Approved"),
    ActKind.HOLD: N_("held"),
    ActKind.SPAM: N_("Spam"),
    ActKind.TRASH: N_("Trash"),
    ActKind.RESTORE: N_("restored"),
    ActKind.KEEP: N_("kept"),
    ActKind.UNDO: N_("Undone"),
    ActKind.REDO: N_("Done again"),
    ActKind.EDIT: N_("Text edited"),
    ActKind.REPLY: N_("Replied"),
    ActKind.DELETE: N_("permanently deleted"),
    ActKind.EMPTY: N_("permanently deleted"),
    ActKind.ERASE: N_("personal data erased"),
    ActKind.CLOSE: N_("Page closed"),
    ActKind.OPEN: N_("Page reopened"),
    ActKind.PIN: N_("Comment pinned"),
    ActKind.UNPIN: N_("Comment unpinned"),
    ActKind.TITLE: N_("Title changed"),
    ActKind.MOVE: N_("Page moved"),
    ActKind.MERGE: N_("pages merged"),
    ActKind.REDIRECTS: N_("redirects applied"),
    ActKind.ALIAS_REMOVED: N_("Address removed"),
    ActKind.PAGES_UNDO: N_("Undone: page change"),
    ActKind.BLOCK: N_("Blocked"),
    ActKind.UNBLOCK: N_("Unblocked"),
    ActKind.SETTINGS: N_("Settings changed"),
    ActKind.IMPORT: N_("imported"),
    ActKind.IMPORT_UNDONE: N_("import undone"),
    ActKind.SITE_ADDED: N_("Site added"),
    ActKind.WEBHOOK_ADDED: N_("Webhook added"),
    ActKind.WEBHOOK_REMOVED: N_("Webhook removed"),
    ActKind.WEBHOOK_STOPPED: N_("Webhook paused"),
    ActKind.WEBHOOK_STARTED: N_("Webhook started again"),
    ActKind.WEBHOOK_REPLAYED: N_("Messages of a webhook sent again"),
    ActKind.SITE_REMOVED: N_("Site removed"),
    ActKind.ADMIN_ADDED: N_("Admin added"),
    ActKind.ADMIN_REMOVED: N_("Admin removed"),
    ActKind.ROLE: N_("Role changed"),
    ActKind.SECOND_STEP_ON: N_("Two-step login turned on"),
    ActKind.SECOND_STEP_OFF: N_("Two-step login turned off"),
    ActKind.PASSKEY_ADDED: N_("Passkey added"),
    ActKind.PASSKEY_REMOVED: N_("Passkey removed"),
    ActKind.TOKEN_ADDED: N_("API token created"),
    ActKind.TOKEN_REVOKED: N_("API token revoked"),
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
    return gettext(_ACTIONS[ActKind(name)]) if name in _ACTIONS else name


def refusal(gettext: Gettext, reason: str) -> str:
    """Why the form refused, by the reason that is counted; the reason itself if it is unknown."""
    return gettext(_REFUSALS[reason]) if reason in _REFUSALS else reason
