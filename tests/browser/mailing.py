"""A service that hands its mail in at a server of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

from tests.browser.server import Server
from tests.mail.conftest import MailServer, text_of
from tests.service_process import wait_for


@contextmanager
def mailing(folder: Path) -> Iterator[tuple[Server, MailServer]]:
    """The service and the mail server, while the block runs."""
    mail_server = MailServer()
    mail_server.start()
    settings = {"REPLY_SMTP_URL": mail_server.url, "REPLY_MAIL_FROM": "Comments <comments@blog.example>"}
    try:
        with Server(folder, REPLY_FLOOD_SECONDS="0", **settings) as server:
            yield server, mail_server
    finally:
        mail_server.stop()


def mail_number(mail_server: MailServer, number: int) -> EmailMessage:
    """The mail of that number, from 1, once it has come."""
    wait_for(lambda: len(mail_server.mails) >= number, f"mail {number} to arrive")
    return mail_server.mails[number - 1]


def link_to(server: Server, path: str, mail: EmailMessage) -> str:
    """The one link of a mail that leads to a path of the service."""
    (link,) = [line.strip() for line in text_of(mail).splitlines() if line.startswith(server.url + path)]
    return link
