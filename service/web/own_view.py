"""What the page of an own comment is given."""

from collections.abc import Callable
from dataclasses import dataclass

from service.comments.own import Hindrance


@dataclass(frozen=True, slots=True)
class OwnView:
    """``text`` is what the form holds; ``error`` is about it, ``notice`` about the comment as a whole."""

    token: str
    page: str
    frame: bool
    id: int
    text: str
    longest: int
    may_edit: bool
    may_delete: bool
    error: str = ""
    notice: str = ""


def sentence(hindrance: Hindrance, gettext: Callable[[str], str]) -> str:
    """Why it stays as it is, for its author."""
    _ = gettext
    return {
        Hindrance.GONE: _("This comment is not here any more, or the link to it is too old."),
        Hindrance.LATE: _("The time to change this comment is over."),
        Hindrance.MODERATED: _("A moderator has read this comment already, so its text stays as it is."),
        Hindrance.DUPLICATE: _("Duplicate comment detected; it looks as though you’ve already said that!"),
    }[hindrance]
