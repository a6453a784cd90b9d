"""Why a comment or an edit was not taken, as a sentence for its author: WordPress's own where it has one."""

from collections.abc import Callable

from service.comments.author_edit import EditRefusal
from service.comments.submit import Refusal

Gettext = Callable[[str], str]


def refusal_message(refusal: Refusal, gettext: Gettext = str) -> str:
    """The sentence for a new comment, translated by ``gettext``."""
    _ = gettext
    return {
        Refusal.PARENT: _("Sorry, replies to unapproved comments are not allowed."),
        Refusal.CLOSED: _("Sorry, comments are closed for this item."),
        Refusal.DUPLICATE: _("Duplicate comment detected; it looks as though you’ve already said that!"),
        Refusal.FLOOD: _("You are posting comments too quickly. Slow down."),
        Refusal.USED: _("That question has been used already. Here is a new one."),
    }[refusal]


def edit_refusal_message(refusal: EditRefusal, gettext: Gettext = str) -> str:
    """The sentence for an author's edit or deletion, translated by ``gettext``."""
    _ = gettext
    return {
        EditRefusal.GONE: _("This comment is no longer here, or its link has expired."),
        EditRefusal.LATE: _("This comment can no longer be changed."),
        EditRefusal.MODERATED: _(
            "A moderator has already reviewed this comment, so its text can no longer be changed."
        ),
        EditRefusal.DUPLICATE: refusal_message(Refusal.DUPLICATE, gettext),
    }[refusal]
