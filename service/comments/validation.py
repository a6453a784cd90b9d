"""Validation of the form's fields.

Order, limits and messages are those of WordPress (``wp_handle_comment_submission``), except that all problems are
reported at once.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from service.author_fields import AUTHOR_FIELDS, AUTHOR_NAMES, PrivateAuthor, PublicAuthor
from service.safe_html import web_address
from service.visible_text import is_visible, one_line, shows_nothing

Gettext = Callable[[str], str]

LONGEST = {field.name: field.longest for field in AUTHOR_FIELDS} | {"comment": 65525}
"""Limits in bytes of UTF-8, as in WordPress (``wp_get_comment_fields_max_lengths``)."""

LONGEST_TITLE = 300
"""Characters of a page's title, as its column takes."""


@dataclass(slots=True)
class Draft(PublicAuthor, PrivateAuthor):
    """The fields of the form as they are stored: trimmed, with ``\\n`` as line ending."""

    comment: str

    @classmethod
    def of(cls, typed: Mapping[str, str]) -> "Draft":
        """The draft for the fields of a request. A missing field is empty."""
        return cls(**{name: _trimmed(typed.get(name, "")) for name in FIELDS})

    @property
    def columns(self) -> dict[str, str]:
        """Values by column."""
        return dict(zip(WORDS, (getattr(self, name) for name in FIELDS), strict=True))


FIELDS = ("comment", *AUTHOR_NAMES)
"""The names of the fields, as in WordPress's form."""

WORDS = ("text", *AUTHOR_NAMES)
"""The columns of the fields: what a reader types, and a moderator may change."""


def page_title(typed: str) -> str:
    """A page's title as it is stored: one line, cut to ``LONGEST_TITLE``."""
    return one_line(typed)[:LONGEST_TITLE]


def _trimmed(typed: str) -> str:
    return typed.replace("\r\n", "\n").replace("\r", "\n").strip()


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Something to correct. ``lead`` is WordPress's sentence for the top of the form, ``message`` stands beside the
    field."""

    field: str
    message: str
    lead: str


def problems(draft: Draft, gettext: Gettext = str) -> list[FieldProblem]:
    """Everything that has to be corrected before the draft can be posted, in WordPress's order."""
    return [*_missing(draft, gettext), *_malformed(draft, gettext), *_too_long(draft, gettext)]


def _missing(draft: Draft, _: Gettext) -> Iterator[FieldProblem]:
    required = _("Please fill the required fields.")
    if not is_visible(draft.author[: LONGEST["author"]]):
        yield FieldProblem("author", _("Please type your name."), required)
    if not draft.email:
        yield FieldProblem("email", _("Please type your email address."), required)


def _malformed(draft: Draft, _: Gettext) -> Iterator[FieldProblem]:
    if draft.email and len(draft.email.encode()) <= LONGEST["email"] and not valid_email(draft.email):
        message = _("Please enter a valid email address.")
        yield FieldProblem("email", message, message)
    if draft.url and len(draft.url.encode()) <= LONGEST["url"] and web_address(draft.url) is None:
        message = _("Please enter a valid web address, or leave it empty.")
        yield FieldProblem("url", message, message)
    if shows_nothing(draft.comment):
        message = _("Please type your comment text.")
        yield FieldProblem("comment", message, message)


def _too_long(draft: Draft, _: Gettext) -> Iterator[FieldProblem]:
    for field in AUTHOR_FIELDS:
        if len(getattr(draft, field.name).encode()) > field.longest:
            message = _(field.too_long)
            yield FieldProblem(field.name, message, message)
    if len(draft.comment.encode()) > LONGEST["comment"]:
        message = _("Your comment is too long.")
        yield FieldProblem("comment", message, message)


ORDINARY_ADDRESS = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@"
    r"(?:(?=[^.]{1,63}\.)[a-z0-9]+(?:-[a-z0-9]+)*\.)+(?:com|net|org|edu|info|[a-z]{2})",
    re.ASCII | re.IGNORECASE,
)
"""Addresses that ``email_validator`` surely accepts. It takes fifty times as long, so only others go to it."""


@lru_cache(maxsize=1024)
def valid_email(address: str) -> bool:
    """Whether the address is well formed. No DNS lookup: it would let readers make us query any domain."""
    if ORDINARY_ADDRESS.fullmatch(address):
        return True
    from email_validator import EmailNotValidError, validate_email  # see ``service.smtp_url.mailbox``

    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True
