"""“Send a test mail”, by command and in the admin: what the server said is told at once."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from service import admin_logins
from service.cli.main import app
from service.web.context import AppContext
from tests.conftest import Clock
from tests.mail.conftest import MailServer
from tests.web.admin.conftest import PASSWORD, Browser

FROM = "Comments <comments@blog.example>"


@pytest.fixture
def ida(client: TestClient, context: AppContext, clock: Clock) -> Browser:
    """An admin, logged in."""
    context.writer.run(admin_logins.add, "Ida", admin_logins.hash_password(PASSWORD), clock())
    browser = Browser(client)
    assert browser.log_in().status_code == 303
    return browser


def command(address: str, **env: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["mail", "test", address], env=env)
    return result.exit_code, result.output


def test_by_command(mail_server: MailServer) -> None:
    mail = {"REPLY_SMTP_URL": mail_server.url, "REPLY_MAIL_FROM": FROM}
    assert command("ida@blog.example", **mail) == (
        0,
        "127.0.0.1 accepted a test mail to ida@blog.example. Check that it arrives.\n",
    )
    assert mail_server.newest()["To"] == "ida@blog.example"
    mail_server.refuse["ida@blog.example"] = "550 No such user"
    assert command("ida@blog.example", **mail) == (
        1,
        f"127.0.0.1:{mail_server.port}: The server refuses the recipient (550).\n",
    )
    assert command("nobody", **mail)[0] == 1
    mail_server.stop()
    status, said = command("ida@blog.example", **mail)
    assert (status, said.endswith("refused. Check REPLY_SMTP_URL.\n")) == (1, True)


def test_the_command_says_what_is_missing() -> None:
    status, said = command("ida@blog.example")
    assert status == 1
    assert "REPLY_SMTP_URL=" in said
    status, said = command("ida@blog.example", REPLY_SMTP_URL="smtps://mail.example.com")
    assert status == 1
    assert "REPLY_MAIL_FROM" in said


def test_in_the_admin(ida: Browser, mail_server: MailServer) -> None:
    page = ida.get("/admin/mail")
    assert page.status_code == 200
    assert f"127.0.0.1:{mail_server.port}" in page.text
    answer = ida.post("/admin/mail", address="ida@blog.example")
    assert answer.status_code == 200
    assert "The server accepted a test email" in answer.text
    assert mail_server.newest()["Subject"] == "A test email from Leave a Reply"


def test_the_admin_is_told_what_the_server_said(ida: Browser, mail_server: MailServer) -> None:
    mail_server.refuse["ida@blog.example"] = "550 No such user"
    answer = ida.post("/admin/mail", address="ida@blog.example")
    assert answer.status_code == 502
    assert "The server refuses the recipient (550)." in answer.text
    assert ida.post("/admin/mail", address="ida").status_code == 422
    assert ida.post("/admin/mail", address="ida@blog.example\r\nBcc: x@evil.example").status_code == 422
    mail_server.stop()
    assert ida.post("/admin/mail", address="ida@blog.example").status_code == 502


def test_a_stranger_sends_no_mail(client: TestClient, mail_server: MailServer) -> None:
    asked = Browser(client).post("/admin/mail", address="a@example.org")
    assert (asked.status_code, "<h1>Log in</h1>" in asked.text) == (403, True)
    foreign = {"sec-fetch-site": "cross-site"}
    assert Browser(client).post("/admin/mail", headers=foreign, address="a@example.org").status_code == 403
    assert mail_server.mails == []


def test_the_self_check_tries_the_server_and_sends_nothing(mail_server: MailServer, tmp_path: Path) -> None:
    mail = {"REPLY_SMTP_URL": mail_server.url, "REPLY_MAIL_FROM": FROM, "REPLY_DATA": str(tmp_path)}
    assert CliRunner().invoke(app, ["site", "add", "https://blog.example"], env=mail).exit_code == 0
    assert "127.0.0.1 accepts mail" in CliRunner().invoke(app, ["check"], env=mail).output
    assert mail_server.mails == []
    mail_server.stop()
    result = CliRunner().invoke(app, ["check"], env=mail)
    assert "127.0.0.1 does not accept mail" in result.output
    assert result.exit_code == 1
