"""What an action changed, as the log keeps it: enough to put it back, and to see whether it was changed since."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_LONGEST = 2000
"""Characters of JSON up to which a new state is kept as it is; of a longer one, such as a word list, a hash will do."""


class Subject(StrEnum):
    """What has a state that can be put back. ``service.undo.subject_states`` reads and writes each."""

    PAGE_CLOSED = "page closed"
    PAGE_TITLE = "page title"
    PAGE_PINNED = "page pinned"
    CLOSE_DAYS = "close days"
    PAGE_RULES = "page rules"
    SPAM = "spam"
    BLOCK = "block"
    WEBHOOK_STOPPED = "webhook stopped"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """The state of something before and after an action, as JSON values. ``of`` says which one it is among its kind:
    the id of a page, the kind and value of a block, the names of settings."""

    subject: Subject
    of: str
    before: Any
    after: Any

    @property
    def stored(self) -> dict[str, Any]:
        """As it is kept in the words of an entry."""
        return {"subject": self.subject, "of": self.of, "before": self.before, "after": brief(self.after)}

    @classmethod
    def read(cls, words: Mapping[str, Any]) -> "LoggedChange | None":
        """That of an entry's words; None if it has none."""
        stored = words.get("change")
        if stored is None:
            return None
        return cls(Subject(stored["subject"]), stored["of"], stored["before"], stored["after"])

    def again(self, before: Any, after: Any) -> "LoggedChange":
        """Another change of the same, from one state to another."""
        return LoggedChange(self.subject, self.of, before, after)

    def stands(self, current: Any) -> bool:
        """Whether a state is still the one after the change, as it was read from the log."""
        return bool(brief(current) == self.after)

    def is_of(self, other: "LoggedChange") -> bool:
        """Whether both changed the same, or one the settings that the other changed, too."""
        mine, its = set(self.of.split(",")), set(other.of.split(","))
        same = self.of == other.of or (self.subject is Subject.SPAM and bool(mine & its))
        return self.subject is other.subject and same


def brief(value: Any) -> Any:
    """The value; its hash if it is long."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return value if len(text) <= _LONGEST else {"sha256": digest}
