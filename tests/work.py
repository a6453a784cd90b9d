"""Counts work, which is the same on a slow or busy machine."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import sqlalchemy
from sqlalchemy import event


class Calls:
    """Counts the calls that a thread makes, of functions in Python and in C, from ``start`` on in that thread."""

    def __init__(self) -> None:
        self.number = 0

    def start(self) -> None:
        sys.setprofile(self._note)

    def _note(self, _frame: FrameType, event: str, _argument: Any) -> None:
        self.number += event in ("call", "c_call")


def calls(act: Callable[[], Any]) -> int:
    """The number of calls that this thread makes in ``act``."""
    counter, before = Calls(), sys.getprofile()
    counter.start()
    try:
        act()
    finally:
        sys.setprofile(before)
    return counter.number


class DatabaseWork:
    """What SQLite does and gives: ``steps`` of its virtual machine, in thousands, and ``characters`` of text."""

    steps = characters = 0

    @contextmanager
    def counting(self) -> Iterator[None]:
        """For all connections that are opened meanwhile."""
        event.listen(sqlalchemy.Engine, "connect", self._count_in)
        try:
            yield
        finally:
            event.remove(sqlalchemy.Engine, "connect", self._count_in)

    def _count_in(self, connection: Any, _record: object) -> None:
        connection.text_factory = self._text
        connection.set_progress_handler(self._step, 1000)

    def _step(self) -> None:
        self.steps += 1

    def _text(self, sent: bytes) -> str:
        self.characters += len(sent)
        return sent.decode()
