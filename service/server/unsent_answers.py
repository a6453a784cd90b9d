"""Answers that their clients have not taken yet: how long they may take over it, and how much memory they hold.

A server has no limit of its own here. A client that asks for much and reads nothing would keep its answer in memory for
as long as it likes, and a thousand of them gigabytes.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

SECONDS = 20.0
"""Time that a client may take nothing, or less than ``LEAST_RATE`` on average."""

LEAST_RATE = 1024
"""Bytes a second: slower than any network that people read the web over."""

MOST_BYTES = 40 * 1024 * 1024
"""Bytes of all answers together, as they wait in this process. An answer stays in memory until the last of it is sent,
so they take up to half as much again."""

_HEAD_START = 64 * 1024
"""Bytes by which a client that has just begun counts as faster: it is not the slowest before it could take anything."""


class AnswerTransport(Protocol):
    """What is used of a transport. It is hashed by identity."""

    def get_write_buffer_size(self) -> int: ...
    def untaken(self) -> int: ...
    def abort(self) -> None: ...


@dataclass(slots=True)
class _Answer:
    """What is on its way to one client. ``taken`` counts from the first look at it, which sets ``offset``."""

    since: float
    written: int = 0
    offset: int | None = None
    taken: int = 0
    seconds_left: float = SECONDS

    def look(self, untaken: int, elapsed: float) -> None:
        """Note what the client has taken in ``elapsed`` seconds. Whoever stops has ``SECONDS``, however fast before."""
        if self.offset is None:
            self.offset = self.written - untaken
        taken = max(self.taken, self.written - untaken - self.offset)
        earned = (taken - self.taken) / LEAST_RATE
        self.taken, self.seconds_left = taken, min(SECONDS, self.seconds_left + earned - elapsed)

    def rate(self, now: float) -> float:
        """Bytes a second so far."""
        return (self.taken + _HEAD_START) / max(now - self.since, 0.001)


class UnsentAnswers:
    """The answers of a server that wait for their clients.

    A client that takes nothing for ``SECONDS`` is closed. If all answers together hold more than ``most`` bytes, the
    slowest clients are closed first.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most = most
        self._answers: dict[AnswerTransport, _Answer] = {}  # in the order in which they began
        self._bytes = 0  # at most so many: what was sent since is noticed when they are counted
        self._last_look = 0.0
        self._slowest_last: list[AnswerTransport] | None = None  # sorted once between two looks
        self._is_sweep_scheduled = False

    def __contains__(self, sender: AnswerTransport) -> bool:
        return sender in self._answers

    def __len__(self) -> int:
        return len(self._answers)

    def wrote(self, sender: AnswerTransport, size: int, loop: asyncio.AbstractEventLoop) -> None:
        """So many bytes were handed to the sender."""
        answer = self._answers.get(sender)
        if answer is None:
            answer = self._answers[sender] = _Answer(loop.time())
            if not self._is_sweep_scheduled:
                self._schedule_sweep(loop)
        answer.written += size
        self._bytes += size
        if self._bytes > self.most:
            self._bound_bytes(loop.time())

    def forget(self, sender: AnswerTransport) -> None:
        """Stop watching a closed connection."""
        self._answers.pop(sender, None)

    def slowest(self, now: float) -> tuple[AnswerTransport, float] | None:
        """The slowest client that still has something to take, and since when it has had; None without one.

        The order is that of the last check, at most a second ago. Newer clients are left out, since they may be fast.
        """
        if self._slowest_last is None:
            seen = [sender for sender, answer in self._answers.items() if answer.offset is not None]
            self._slowest_last = sorted(seen, key=lambda sender: -self._answers[sender].rate(now))
        while self._slowest_last:
            sender = self._slowest_last[-1]
            if sender in self._answers and sender.get_write_buffer_size():
                return sender, self._answers[sender].since
            self._slowest_last.pop()
        return None

    def oldest(self) -> tuple[AnswerTransport, float] | None:
        """The client that has had something to take for longest, slow or not, and since when."""
        waiting = (each for each in self._answers.items() if each[0].get_write_buffer_size())
        return next(((sender, answer.since) for sender, answer in waiting), None)

    def close(self, sender: AnswerTransport) -> None:
        """End a connection at once. ``close`` of a transport would wait until its client has taken all."""
        self.forget(sender)
        sender.abort()

    def _bound_bytes(self, now: float) -> None:
        """Count, and if there is too much indeed, close the slowest, until an eighth is free: so this is rare."""
        sizes = {sender: sender.get_write_buffer_size() for sender in self._answers}
        self._bytes = sum(sizes.values())
        if self._bytes <= self.most:
            return
        for sender in sorted(sizes, key=lambda each: self._answers[each].rate(now)):
            if self._bytes <= self.most - self.most // 8:
                return
            if sizes[sender]:
                self._bytes -= sizes[sender]
                self.close(sender)

    def _schedule_sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_sweep_scheduled, self._last_look = True, loop.time()
        loop.call_later(1, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        elapsed = loop.time() - self._last_look
        self._bytes, self._slowest_last = 0, None
        for sender, answer in list(self._answers.items()):
            size = sender.get_write_buffer_size()
            self._bytes += size
            if not size:
                self.forget(sender)
                continue
            answer.look(sender.untaken(), elapsed)
            if answer.seconds_left <= 0:
                self._bytes -= size
                self.close(sender)
        self._is_sweep_scheduled = False
        if self._answers:
            self._schedule_sweep(loop)
