"""Where mail is handed in, out of one address, and what is never sent in the clear."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from service.language import admin_language
from service.mail.admin_messages import trial_message
from service.mail.reader_messages import MailSender
from service.mail.smtp_delivery import NoTls, connect
from service.settings import Settings
from service.smtp_url import MailServer, mailbox
from tests.conftest import Clock
from tests.mail.conftest import MailServer as Server

FROM = "Comments <comments@blog.example>"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://reply:w%40rd@mail.example.com", MailServer("smtps", "mail.example.com", 465, "reply", "w@rd")),
        ("smtp://mail.example.com", MailServer("smtp", "mail.example.com", 587)),
        ("smtp://a%40b.example:x@m.example:2525", MailServer("smtp", "m.example", 2525, "a@b.example", "x")),
        ("smtp+plain://[::1]", MailServer("smtp+plain", "::1", 25)),
    ],
)  # fmt: skip
def test_an_address_holds_it_all(url: str, expected: MailServer) -> None:
    assert MailServer.of(url) == expected


@pytest.mark.parametrize("url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://a:x", "smtp://a/b"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(ValueError, match="such as smtps://"):
        MailServer.of(url)


def test_a_password_does_not_go_without_tls() -> None:
    with pytest.raises(ValueError, match="not sent without TLS"):
        MailServer.of("smtp+plain://reply:word@mail.example.com")
    with pytest.raises(ValueError, match="not sent without TLS"):
        MailServer.of("smtp+plain://reply@mail.example.com", "word")


def test_a_password_is_not_shown_by_accident() -> None:
    url = "smtps://reply:hunter2@mail.example.com"
    assert "hunter2" not in repr(MailServer.of(url))
    assert "hunter2" not in repr(Settings(smtp_url=url, mail_from=FROM))


def test_a_password_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("a word\n")
    server = Settings(smtp_url="smtps://reply@mail.example.com", smtp_password_file=file, mail_from=FROM).mail_server
    assert server
    assert server.password == "a word"


@pytest.mark.parametrize(
    "settings",
    [
        {"smtp_url": "smtps://mail.example.com"},
        {"smtp_url": "smtps://mail.example.com", "mail_from": "nobody"},
        {"smtp_url": "smtps://mail.example.com", "mail_from": "A\r\nBcc: x@example.com <a@example.com>"},
        {"smtp_url": "ftp://mail.example.com", "mail_from": FROM},
        {"smtp_url": "smtps://mail.example.com", "mail_from": FROM, "smtp_password_file": "/nowhere/at/all"},
        {"notify": "not an address"},
    ],
)
def test_settings_that_make_no_sense_stop_the_start(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**settings)


def test_a_server_without_starttls_gets_nothing(mail_server: Server, clock: Clock) -> None:
    elsewhere = MailServer("smtp", "0.0.0.0", mail_server.port)  # this machine, but not by a name that says so
    message = trial_message(
        MailSender(mailbox(FROM), "https://c.example"), mailbox("a@example.org"), clock(), admin_language("en")
    )
    with pytest.raises(NoTls), connect(elsewhere, "c.example") as send:
        send(message)
    assert mail_server.mails == []
    with connect(MailServer("smtp+plain", "0.0.0.0", mail_server.port), "c.example") as send:
        send(message)
    assert len(mail_server.mails) == 1
