"""What a rule of the spam check is: a function, declared together with the symbols it can find."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import update_wrapper

from service.spam.evidence import Evidence
from service.spam.verdict import Reason

Finder = Callable[[Evidence], Iterator[Reason]]
"""Takes the evidence, yields the reasons it finds."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that a rule can find: its name in settings and stored reasons, a label for the owner, and the most
    points that it adds (3 hold, 6 file as spam)."""

    name: str
    label: str
    most: float


class Rule:
    """A ``Finder`` with its symbols."""

    __name__: str

    def __init__(self, find: Finder, symbols: tuple[Symbol, ...]) -> None:
        self._find, self.symbols = find, symbols
        update_wrapper(self, find)

    def __call__(self, evidence: Evidence) -> Iterator[Reason]:
        """The reasons that the rule finds."""
        return self._find(evidence)


def rule(*symbols: Symbol) -> Callable[[Finder], Rule]:
    """Decorator: the function below is a rule that finds these symbols."""
    return lambda find: Rule(find, symbols)
