"""Hands mail to the server, and tells what is worth another try from what is not."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from service.mail.server import MailServer

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
def connected(server: MailServer, hostname: str) -> Iterator[Send]:
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


def concerns_one(error: Exception) -> bool:
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


def sentence(error: Exception) -> str:
    """What went wrong, for an owner. Holds what the server said, and no address of a reader."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"The server answered {error.smtp_code}: {said}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _ in error.recipients.values()})
        return f"The server refuses the recipient ({', '.join(map(str, codes))})."
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
