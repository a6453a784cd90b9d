"""The fields of the form in which readers say who they are, beside the text.

A field is declared in ``AUTHOR_FIELDS`` and in the class below that gives its type. Form, checks, admin, exports,
imports, webhooks, feeds, a person's own data and erasure go by these. Name, address and website have rules of their own
besides, which stand where they apply: ``service.comments.validation`` and ``service.importers.fit_columns``.
"""

from dataclasses import dataclass

from service.language import N_


@dataclass(frozen=True, slots=True)
class AuthorField:
    """A field. ``name`` is that in the form, of the column and in the API, ``longest`` the limit in bytes of UTF-8.

    ``too_long`` is what an author is told whose text is longer. ``is_public``: every reader sees it; otherwise only
    moderators do, and exports have it only on demand. ``in_files`` is its name in exports, if that differs.
    ``inputmode`` is for what is no prose, such as an address.
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
        """Its name in exports and in a person's own data."""
        return self.in_files or self.name


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
"""In the order of the form. Names and limits of these are WordPress's."""

AUTHOR_NAMES = tuple(field.name for field in AUTHOR_FIELDS)
PUBLIC_NAMES = tuple(field.name for field in AUTHOR_FIELDS if field.is_public)
PRIVATE_NAMES = tuple(field.name for field in AUTHOR_FIELDS if not field.is_public)


# The classes have no slots of their own, so that a class with slots can have several of them as bases. They take their
# values by name only, so that a field with a default may stand before others. A new field has the default "".


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
    """The public fields as readers see them, each in one line. ``url`` is a web address, or None."""

    __slots__ = ()
    author: str
    url: str | None
