"""Empties the outbox: take, write, hand in, note. One round of it; whoever runs the service runs it again and again."""

import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import Engine

from db.writer import Writer
from service.mail import outbox
from service.mail.compose import Composer
from service.mail.outbox import GIVE_UP, LEASE, TakenMail
from service.smtp_url import MailServer

TIMEOUT = 20.0
"""Seconds for the server to say something."""

Send = Callable[[EmailMessage], None]

ERRORS = (OSError, smtplib.SMTPException)
"""What a server, or the way to it, may raise; ``smtplib`` counts its own among the first."""


class NoTls(smtplib.SMTPException):
    """The server takes no TLS, and nothing was sent in the clear."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} offers no STARTTLS. If it is to go without, write smtp+plain:// (and no password).")


@contextmanager
def connect(server: MailServer, hostname: str) -> Iterator[Send]:
    """A connection, by which several mails go. ``hostname`` is how we greet. Raises one of ``ERRORS``."""
    with _opened(server, hostname) as connection:
        connection.ehlo()
        if server.starts_tls:
            if not connection.has_extn("starttls"):
                raise NoTls(server.host)
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)

        def send(message: EmailMessage) -> None:
            connection.send_message(message)

        yield send


def _opened(server: MailServer, hostname: str) -> smtplib.SMTP:
    if server.scheme != "smtps":
        return smtplib.SMTP(server.host, server.port, hostname, TIMEOUT)
    verified = ssl.create_default_context()  # the library's own would take any certificate
    return smtplib.SMTP_SSL(server.host, server.port, hostname, timeout=TIMEOUT, context=verified)


def is_about_recipient(error: Exception) -> bool:
    """Whether the server found fault with this mail alone, so that the next may pass."""
    one = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError)
    return isinstance(error, one)


def is_final(error: Exception) -> bool:
    """Whether the server will never take this mail: it said so of the recipient or of what is written.

    What it says of us, of the sender or the login, is for the owner to put right, and so is tried again.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, smtplib.SMTPNotSupportedError)


def describe_error(error: Exception) -> str:
    """What went wrong, for an owner. Holds what the server said, and no address of a reader."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"The server answered {error.smtp_code}: {said}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        return f"The server refuses the recipient ({', '.join(map(str, codes))})."
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """``connect`` opens the way to the mail server; ``clock`` gives the time of day."""

    engine: Engine
    writer: Writer
    writing: Composer
    connect: Callable[[], AbstractContextManager[Send]]
    clock: Callable[[], datetime]

    def round(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Take what is due and send it. Returns how many were taken: fewer than ``AT_ONCE`` means that is all.

        Once ``stop`` says so, or half of the lease is over, what is left is put off for somebody else.
        """
        began = self.clock()
        taken = self.writer.run(outbox.take_due, began)
        if not taken:
            return 0
        left, later = list(taken), list[TakenMail]()
        try:
            with self.connect() as send:
                while left and not stop() and self.clock() - began < LEASE / 2:
                    settled = self._one(left[0], send)
                    later += [] if settled else left[:1]
                    del left[0]
        except ERRORS as error:
            log.warning("mail was not sent: %s", describe_error(error))
        self._put_off(left + later)
        return len(taken)

    def _one(self, taken: TakenMail, send: Send) -> bool:
        """One mail, and whether it is settled. Raises one of ``ERRORS`` when all the others would fare the same."""
        now = self.clock()
        try:
            with self.engine.connect() as connection:
                message = self.writing.message(connection, taken, now)
            if message is not None:
                send(message)
            log.info("mail sent" if message else "mail is not wanted any more", extra=_about(taken))
        except ERRORS as error:
            if not is_about_recipient(error):
                raise
            log.warning("a mail was refused: %s", describe_error(error), extra=_about(taken))
            if not is_final(error):
                return False
        except Exception:
            log.exception("a mail could not be written", extra=_about(taken))
            return False
        self.writer.run(outbox.mark_done, taken, now)
        return True

    def _put_off(self, left: Sequence[TakenMail]) -> None:
        now = self.clock()
        for taken in (each for each in left if now - each.created_at > GIVE_UP):
            log.error("a mail was given up", extra=_about(taken))
            self.writer.run(outbox.mark_done, taken, now)
        if left:
            self.writer.run(outbox.postpone, left, now)


def _about(taken: TakenMail) -> dict[str, object]:
    return {"site": taken.site_id, "mail": taken.kind.value, "comment": taken.about, "attempts": taken.attempts}
