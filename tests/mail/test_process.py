"""Two services on one store, each with its own postman: everybody gets one mail."""

from pathlib import Path

from tests.mail.conftest import MailServer
from tests.reader import Reader
from tests.service_process import PATIENCE, serving, wait_for

NUMBER = 8


def test_two_processes_send_each_mail_once(tmp_path: Path, mail_server: MailServer) -> None:
    mail = {"REPLY_SMTP_URL": mail_server.url, "REPLY_MAIL_FROM": "Comments <comments@blog.example>"}
    more = {"REPLY_MIN_FILL_SECONDS": "0", "REPLY_SPAM_CHECK": "false"}
    with serving(tmp_path, 2, **mail, **more) as services:
        for number in range(NUMBER):
            with services[number % 2].client() as client:
                email = f"reader{number}@example.org"
                answer = Reader(client).post(comment=f"Thought {number}", email=email, subscribe_comments="subscribe")
                assert answer.status_code == 303
        wait_for(lambda: len(mail_server.mails) >= NUMBER, "the mails to arrive")
        for service in services:
            service.terminate()
            service.wait(PATIENCE)
    assert sorted(address for each in mail_server.recipients for address in each) == sorted(
        f"reader{number}@example.org" for number in range(NUMBER)
    )
