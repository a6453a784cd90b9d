"""What a rule of the spam check is: a function, declared together with the symbols it can find."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import update_wrapper

from service.spam.evidence import Evidence
from service.spam.verdict import Reason

Finder = Callable[[Evidence], Iterator[Reason]]
"""Takes the evidence, yields the reasons it finds."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that a rule can find: its name in settings and stored reasons, a label for the owner, and the most
    points that it adds (3 hold, 6 file as spam). ``alone``: it is nothing that the classifier sees, so its points also
    count without the classifier's; see ``Reason.alone``."""

    name: str
    label: str
    most: float
    alone: bool = False


class Rule:
    """A ``Finder`` with its symbols."""

    __name__: str

    def __init__(self, find: Finder, symbols: tuple[Symbol, ...]) -> None:
        self._find, self.symbols = find, symbols
        self._alone = {symbol.name for symbol in symbols if symbol.alone}
        update_wrapper(self, find)

    def __call__(self, evidence: Evidence) -> Iterator[Reason]:
        """The reasons that the rule finds."""
        for reason in self._find(evidence):
            counts = reason.symbol in self._alone and not reason.alone
            yield replace(reason, alone=reason.weight) if counts else reason


def rule(*symbols: Symbol) -> Callable[[Finder], Rule]:
    """Decorator: the function below is a rule that finds these symbols."""
    return lambda find: Rule(find, symbols)
