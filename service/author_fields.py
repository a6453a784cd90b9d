"""The fields of the form in which authors say who they are.

Each is a line of ``AUTHOR_FIELDS`` and, for its type, of the classes below. The form, its script, the admin, exports,
imports, webhooks, feeds, a person's own data and erasure go through these. Name, email address and website have further
rules: see ``service.comments.validation`` and ``service.importers.fit_columns``.
"""

from dataclasses import dataclass

from service.language import N_


@dataclass(frozen=True, slots=True)
class AuthorField:
    """A field. ``name`` is its name in the form and the API, and of its column; ``longest`` is in bytes of UTF-8.

    ``too_long`` is the message for a longer value. ``is_required``: the form says so; validation has the message.
    ``is_public``: readers see it; otherwise only moderators do, and exports and webhooks have it together with email
    addresses. ``inputmode`` is set for addresses. ``in_files`` is its name in exports, if that is another.
    """

    name: str
    label: str
    longest: int
    too_long: str
    autocomplete: str
    is_required: bool = False
    is_public: bool = True
    inputmode: str = ""
    in_files: str = ""

    @property
    def file_name(self) -> str:
        """Its name in exports."""
        return self.in_files or self.name

    @property
    def is_address(self) -> bool:
        """Whether it is an address rather than words: it is written from left to right, and a part of it is useless."""
        return bool(self.inputmode)


AUTHOR_FIELDS = (
    AuthorField("author", N_("Name"), 245, N_("Your name is too long."), "name", is_required=True),
    AuthorField(
        "email",
        N_("Email"),
        100,
        N_("Your email address is too long."),
        "email",
        is_required=True,
        is_public=False,
        inputmode="email",
    ),
    AuthorField("url", N_("Website"), 200, N_("Your URL is too long."), "url", inputmode="url", in_files="website"),
)
"""In the order of the form. The names and limits of these three are WordPress's."""

AUTHOR_NAMES = tuple(field.name for field in AUTHOR_FIELDS)
PUBLIC_NAMES = tuple(field.name for field in AUTHOR_FIELDS if field.is_public)
PRIVATE_NAMES = tuple(field.name for field in AUTHOR_FIELDS if not field.is_public)


# What has these fields inherits from these classes. They have no slots of their own, since a class with slots can have
# only one base that has any. Values are given by name, so that a field may have a default: a new one has "", so that
# whatever makes comments without it, such as an importer, stays as it is.


@dataclass(kw_only=True)
class PublicAuthor:
    """The public fields, as typed."""

    __slots__ = ()
    author: str
    url: str


@dataclass(kw_only=True)
class PrivateAuthor:
    """Those that only moderators see, as typed."""

    __slots__ = ()
    email: str


@dataclass(kw_only=True)
class ShownAuthor:
    """The public fields as readers see them, each on one line. ``url`` is a web address, or None."""

    __slots__ = ()
    author: str
    url: str | None
