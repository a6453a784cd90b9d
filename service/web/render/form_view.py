"""The view of the comment form: what the readers' templates are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from service.captcha import Challenge
from service.comments.validation import FieldProblem


@dataclass
class FormView:
    """The form with everything that was typed into it."""

    action: str
    page: str
    title: str = ""
    parent: int = 0
    parent_author: str | None = None
    cancel_url: str = ""
    surface: str = "embed"
    values: Mapping[str, str] = field(default_factory=dict)
    errors: list[FieldProblem] = field(default_factory=list)
    notice: str | None = None
    saved: bool = False
    mail: bool = False
    subscribed: bool = False
    closed: bool = False
    challenge: Challenge | None = None
    missed: bool = False
    """Whether an answer was wrong already: then the form names the way out."""

    @property
    def frame(self) -> bool:
        """Whether the form is in an iframe."""
        return self.surface == "frame"

    @property
    def honeypot(self) -> str | None:
        """The name of the field that people do not see; None without a question."""
        return self.challenge.decoy if self.challenge else None

    @cached_property
    def error_of(self) -> dict[str, str]:
        """Field → its first error."""
        return {problem.field: problem.message for problem in reversed(self.errors)}

    @cached_property
    def leads(self) -> list[str]:
        """The errors in WordPress's sentences, without repetition."""
        return list(dict.fromkeys(problem.lead for problem in self.errors))
