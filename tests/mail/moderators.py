"""A moderator who is told of comments by mail."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from httpx2 import Response
from sqlalchemy import update

from db import tables
from service import admin_accounts, admin_logins, moderator_mail
from service.admin_rights import Role
from service.mail.smtp_delivery import Delivery
from service.moderator_mail import MailTopic, Pace, Wish
from service.web.context import AppContext
from tests.conftest import PUBLIC_URL
from tests.mail.conftest import MailServer, text_of
from tests.reader import Reader

OURS = {"sec-fetch-site": "same-origin"}
HELD = {"captcha": "", "review": "1"}


def add_moderator(context: AppContext, name: str, at: datetime, wish: Wish, role: Role = Role.MODERATOR) -> int:
    """An admin of all sites with a confirmed address. Returns the id."""
    admin_id = context.writer.run(admin_logins.add, name, "no hash", at)
    assert admin_id
    context.writer.run(admin_accounts.set_role, admin_id, role, None, None, at)
    give_mailbox(context, admin_id, f"{name.lower()}@blog.example", at)
    context.writer.run(moderator_mail.set_wishes, admin_id, {1: wish})
    return admin_id


def give_mailbox(context: AppContext, admin_id: int, email: str, at: datetime) -> None:
    mailbox_id = context.writer.run(moderator_mail.set_mailbox, admin_id, email, at)
    assert context.writer.run(moderator_mail.confirm_mailbox, admin_id, mailbox_id, at)


def links_of(mail: EmailMessage) -> dict[str, str]:
    """Choice → link, as a client asks for it; of several comments those of the last."""
    found = re.findall(
        rf"^{PUBLIC_URL}(/admin/mailed\?do=(\w+)&token=\S+)$", text_of(mail).replace("\r\n", "\n"), re.MULTILINE
    )
    return {choice: link for link, choice in found}


@dataclass
class Desk:
    """Ida moderates by mail; an owner, Olga, has no address."""

    reader: Reader
    delivery: Delivery
    server: MailServer
    context: AppContext
    clock: Any
    ida: int = 0
    olga: int = 0

    def begin(self, wish: Wish = Wish(MailTopic.HELD, Pace.NOW)) -> "Desk":  # noqa: B008 - frozen
        olga = self.context.writer.run(admin_logins.add, "Olga", "no hash", self.clock())
        assert olga
        self.olga = olga
        self.ida = add_moderator(self.context, "Ida", self.clock(), wish)
        return self

    def wish(self, what: MailTopic, pace: Pace) -> None:
        self.context.writer.run(moderator_mail.set_wishes, self.ida, {1: Wish(what, pace)})

    def post(self, text: str, *, held: bool = True, name: str = "Ada") -> int:
        email = f"{name.lower()}@example.org"
        answer = self.reader.post(json=True, comment=text, author=name, email=email, **(HELD if held else {}))
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def deliver(self) -> list[EmailMessage]:
        """The mails that go out to Ida now."""
        before = len(self.server.mails)
        self.delivery.round()
        return [mail for mail in self.server.mails[before:] if mail["To"] == "ida@blog.example"]

    def links(self, text: str = "Please look at this.") -> dict[str, str]:
        """Those of the mail about a new comment that waits."""
        self.post(text)
        (mail,) = self.deliver()
        return links_of(mail)

    def open(self, link: str) -> Response:
        return self.reader.client.get(link)

    def press(self, link: str, action: str, **fields: str) -> Response:
        """Press a button on the page of a link, and go where it leads."""
        data = {"action": action} | fields
        answer = self.reader.client.post(link, data=data, headers=OURS)
        if answer.status_code != 303:
            return answer
        return self.reader.client.get("/admin/" + answer.headers["location"].rpartition("/admin/")[2])

    def change(self, **values: object) -> None:
        self.context.writer.run(lambda c: c.execute(update(tables.comment).values(**values)))
