"""Sends the mails of the outbox over SMTP, one batch per call of ``Delivery.round``."""

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
from service.mail.compose_mail import Composer
from service.mail.outbox import GIVE_UP, LEASE, TakenMail
from service.smtp_url import MailServer

TIMEOUT = 20.0
"""Seconds that the mail server has for each answer."""

Send = Callable[[EmailMessage], None]

ERRORS = (OSError, smtplib.SMTPException)
"""Errors of the connection and of the server. Those of ``smtplib`` are OSErrors too."""


class NoTls(smtplib.SMTPException):
    """The server does not offer STARTTLS; nothing was sent in the clear."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} offers no STARTTLS. If it is to go without, write smtp+plain:// (and no password).")


@contextmanager
def connect(server: MailServer, hostname: str) -> Iterator[Send]:
    """Open a connection for several mails. ``hostname`` goes into EHLO. Raises one of ``ERRORS``."""
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
    verified = ssl.create_default_context()  # smtplib's default context accepts any certificate
    return smtplib.SMTP_SSL(server.host, server.port, hostname, timeout=TIMEOUT, context=verified)


def is_about_recipient(error: Exception) -> bool:
    """Whether the error concerns this mail alone, so the next one may succeed."""
    about_one_mail = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError)
    return isinstance(error, about_one_mail)


def is_final(error: Exception) -> bool:
    """Whether the server permanently rejected the recipient or the content (5xx).

    Rejections of the sender or the login are for the owner to fix, so those mails are retried.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, smtplib.SMTPNotSupportedError)


def describe_error(error: Exception) -> str:
    """The error as a sentence for an owner, with the server's words but no address of a reader."""
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
    """``connect`` opens a connection to the mail server; ``clock`` returns the time of day."""

    engine: Engine
    writer: Writer
    composer: Composer
    connect: Callable[[], AbstractContextManager[Send]]
    clock: Callable[[], datetime]

    def round(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Send what is due. Returns the number of mails taken; fewer than ``AT_ONCE`` means that no more are due.

        When ``stop()`` is true, or half of the lease has passed, the rest is postponed.
        """
        began = self.clock()
        taken = self.writer.run(outbox.take_due, began)
        if not taken:
            return 0
        left, later = list(taken), list[TakenMail]()
        try:
            with self.connect() as send:
                while left and not stop() and self.clock() - began < LEASE / 2:
                    settled = self._send_one(left[0], send)
                    later += [] if settled else left[:1]
                    del left[0]
        except ERRORS as error:
            log.warning("mail was not sent: %s", describe_error(error))
        self._postpone(left + later)
        return len(taken)

    def _send_one(self, taken: TakenMail, send: Send) -> bool:
        """Send one mail. Returns whether it is settled. Raises one of ``ERRORS`` if the others would fail as well."""
        now = self.clock()
        try:
            with self.engine.connect() as connection:
                message = self.composer.message(connection, taken, now)
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

    def _postpone(self, left: Sequence[TakenMail]) -> None:
        now = self.clock()
        for taken in (each for each in left if now - each.created_at > GIVE_UP):
            log.error("a mail was given up", extra=_about(taken))
            self.writer.run(outbox.mark_done, taken, now)
        if left:
            self.writer.run(outbox.postpone, left, now)


def _about(taken: TakenMail) -> dict[str, object]:
    return {"site": taken.site_id, "mail": taken.kind.value, "comment": taken.about, "attempts": taken.attempts}
