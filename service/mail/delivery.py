"""Empties the outbox: take, write, hand in, note. One round of it; whoever runs the service runs it again and again."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from db.writer import Writer
from service.mail import outbox
from service.mail.outbox import GIVE_UP, LEASE, Taken
from service.mail.sending import ERRORS, Send, concerns_one, is_final, sentence
from service.mail.writing import Writing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """``connect`` opens the way to the mail server; ``clock`` gives the time of day."""

    engine: Engine
    writer: Writer
    writing: Writing
    connect: Callable[[], AbstractContextManager[Send]]
    clock: Callable[[], datetime]

    def round(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Take what is due and send it. Returns how many were taken: fewer than ``AT_ONCE`` means that is all.

        Once ``stop`` says so, or half of the lease is over, what is left is put off for somebody else.
        """
        began = self.clock()
        taken = self.writer.run(outbox.take, began)
        if not taken:
            return 0
        left, later = list(taken), list[Taken]()
        try:
            with self.connect() as send:
                while left and not stop() and self.clock() - began < LEASE / 2:
                    settled = self._one(left[0], send)
                    later += [] if settled else left[:1]
                    del left[0]
        except ERRORS as error:
            log.warning("mail was not sent: %s", sentence(error))
        self._put_off(left + later)
        return len(taken)

    def _one(self, taken: Taken, send: Send) -> bool:
        """One mail, and whether it is settled. Raises one of ``ERRORS`` when all the others would fare the same."""
        now = self.clock()
        try:
            with self.engine.connect() as connection:
                message = self.writing.message(connection, taken, now)
            if message is not None:
                send(message)
            log.info("mail sent" if message else "mail is not wanted any more", extra=_about(taken))
        except ERRORS as error:
            if not concerns_one(error):
                raise
            log.warning("a mail was refused: %s", sentence(error), extra=_about(taken))
            if not is_final(error):
                return False
        except Exception:
            log.exception("a mail could not be written", extra=_about(taken))
            return False
        self.writer.run(outbox.done, taken, now)
        return True

    def _put_off(self, left: Sequence[Taken]) -> None:
        now = self.clock()
        for taken in (each for each in left if now - each.created_at > GIVE_UP):
            log.error("a mail was given up", extra=_about(taken))
            self.writer.run(outbox.done, taken, now)
        if left:
            self.writer.run(outbox.put_off, left, now)


def _about(taken: Taken) -> dict[str, object]:
    return {"site": taken.site_id, "mail": taken.kind.value, "comment": taken.about, "attempts": taken.attempts}
