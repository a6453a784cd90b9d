"""The accounts of another system, by whose ids its comments name their writers."""

from dataclasses import dataclass
from typing import Any

from service.importers.import_sentences import ImportSentence


@dataclass(frozen=True, slots=True)
class SourceAccount:
    """A writer, with fields of any type. ``skip`` is why comments of this one are not taken, or empty."""

    name: Any = ""
    email: Any = ""
    website: Any = ""
    skip: str = ""


class SourceAccounts:
    """The accounts by their ids, as a first reading of the source finds them.

    Where that came to no end (``broken``), comments of those who were not found are left for a later, whole file:
    they would be taken without a name, and stay so.
    """

    def __init__(self) -> None:
        self.broken = False
        self._known: dict[str, SourceAccount] = {}

    def add(self, number: str, person: SourceAccount) -> None:
        """Take in an account. The first of the same id counts."""
        self._known.setdefault(number, person)

    def find(self, number: str) -> SourceAccount:
        """The account of an id. Nobody's, if it is unknown or empty."""
        return self._known.get(number) or SourceAccount(
            skip=ImportSentence.UNREAD_WRITER if self.broken and number else ""
        )
