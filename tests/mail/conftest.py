"""A real mail server of our own, and the service set to hand its mail in there."""

from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.controller import Controller
from starlette.testclient import TestClient

from service.mail.smtp_delivery import Delivery
from service.settings import Settings
from service.web import background_tasks
from service.web.context import AppContext
from tests.conftest import PUBLIC_URL
from tests.service_process import free_port


class MailServer:
    """Takes mail on a port of its own, keeps it, and answers otherwise when it is told to."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.refuse: dict[str, str] = {}
        """What is answered to a recipient, such as ``550 No such user``."""
        self._controller: Any = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self, **more: Any) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        self.mails.append(BytesParser(policy=default).parsebytes(envelope.content))
        return "250 OK"

    def newest(self) -> EmailMessage:
        return self.mails[-1]


def text_of(mail: EmailMessage) -> str:
    """The body as it is read, of a mail with HTML the plain one."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(mail: EmailMessage, path: str) -> str:
    """The link of a mail to a path of the service, as a client asks for it."""
    found = [line for line in text_of(mail).splitlines() if line.startswith(PUBLIC_URL + path)]
    assert len(found) == 1, text_of(mail)
    return found[0].removeprefix(PUBLIC_URL)


def token_in(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database will do for the faces; what locks and claims is asked on each, see test_outbox."""
    return sqlite_url


@pytest.fixture
def settings(settings: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(background_tasks, "MAIL_EVERY", 3600.0)  # a test empties the outbox itself
    mail = {"smtp_url": mail_server.url, "mail_from": "Comments <comments@blog.example>", "notify": "mara@blog.example"}
    return Settings(**{**settings.model_dump(), **mail})


@pytest.fixture
def delivery(client: TestClient, context: AppContext) -> Delivery:
    """How the service that ``client`` asks delivers."""
    server = context.settings.mail_server
    assert server
    return background_tasks.delivery(context, server)
