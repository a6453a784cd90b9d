"""What bodies, queries and answers of the API have in common."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from service.comments.list_cursor import Position, read_cursor


class Shape(BaseModel):
    """A JSON object with these members and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    untagged: ClassVar[set[str]] = set()
    """Members that change without anybody changing the object, and so are no part of its entity tag."""


class NoQuery(Shape):
    """An operation that takes no parameters."""


class NoBody(Shape):
    """An operation that takes no body."""


def _whole_number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19 else value


def _yes_or_no(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _cursor(value: Any) -> Any:
    position = read_cursor(value) if isinstance(value, str) else None
    if position is None:
        raise ValueError("is not a cursor of this list")
    return position


Flag = Annotated[bool, Field(strict=True), BeforeValidator(_yes_or_no)]
"""``true`` or ``false`` in a query."""
SiteId = Annotated[int, Field(ge=1, le=999_999_999, description="The number of a site.")]
_NUMBER = BeforeValidator(_whole_number)
QuerySite = Annotated[int, Field(strict=True, ge=1, le=999_999_999, description="The number of a site."), _NUMBER]
Limit = Annotated[int, Field(strict=True, ge=1, le=100, description="Items at most."), _NUMBER]
PublicLimit = Annotated[int, Field(strict=True, ge=1, le=50, description="Items at most."), _NUMBER]
Lang = Annotated[str, Field(max_length=35, description="A language, such as `de`.")]
Days = Annotated[int, Field(strict=True, ge=1, le=366), _NUMBER]
_CURSOR = r"^-?[0-9]{1,17}-[0-9]{1,18}-[0-9]{1,9}$"
_KEY = r"^[0-9]{1,9}-[0-9]{1,18}$"
Key = Annotated[
    str, StringConstraints(pattern=_KEY), Field(description="Site and number, as in `1-8437264523`.", examples=["1-2"])
]
"""(site, id) of a comment or page as text: ids are unique within a site only."""
Id = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("this is outside of the years 1 to 9999 in universal time") from error


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
PageAddress = Annotated[
    str,
    Field(min_length=1, max_length=2000, description="The address of a page.", examples=["https://blog.example/post"]),
]
Cursor = Annotated[
    Position,
    BeforeValidator(_cursor),
    WithJsonSchema({"type": "string", "pattern": _CURSOR, "description": "`next` of the part before."}),
]
"""Where a list goes on, in a query."""
NextCursor = Annotated[str | None, Field(description="`cursor` of the next part.")]


def key_text(site_id: int, number: int) -> str:
    """The ``Key`` of a comment or page."""
    return f"{site_id}-{number}"


def key_of(text: str) -> tuple[int, int]:
    """(site, id) of a valid ``Key``."""
    site_id, _, number = text.partition("-")
    return int(site_id), int(number)
