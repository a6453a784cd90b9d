"""What the admin's forms send: fields that may stand once, and keys that may repeat."""

import re
from dataclasses import dataclass
from datetime import datetime

from service.comments.events import Key
from service.comments.moderate import MOST_AT_ONCE
from service.web.admin.paths import inside
from service.web.body import read_pairs
from service.web.state import Request

_MOST_FIELDS = 2 * MOST_AT_ONCE
_KEY = re.compile(r"([0-9]{1,9})-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fields:
    """A form as it was sent."""

    pairs: list[tuple[str, str]]

    @classmethod
    async def of(cls, request: Request) -> "Fields":
        """Raises Unreadable (400) for what is no form."""
        return cls(await read_pairs(request, _MOST_FIELDS))

    def one(self, name: str) -> str:
        """A field's value; empty if it is not there. If it is there twice, the first counts."""
        return next((value for field, value in self.pairs if field == name), "")

    def keys(self, name: str) -> list[Key]:
        """Every ``site-id`` of this name. What is none is left out: nothing has such a key."""
        return [key for field, value in self.pairs if field == name and (key := read_key(value))]

    @property
    def back(self) -> str:
        """The page of the admin that the form stood on."""
        return inside(self.one("back"))


def read_key(text: str) -> Key | None:
    """``3-1700`` is the comment, or page, 1700 of site 3."""
    match = _KEY.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def read_instant(text: str) -> datetime | None:
    """``2026-11-24T12:00:00+00:00`` out of a form of ours; None for anything else."""
    try:
        instant = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return instant if instant.tzinfo else None
