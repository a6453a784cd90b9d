"""What mails say: whatever names, titles and texts hold, headers stay headers and a text stays a text."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from db.models import Status
from service.comment_row import CommentRow
from service.mail import reader_messages
from service.mail.outbox import MailKind, TakenMail
from service.mail.reader_messages import MailSender
from service.smtp_url import mailbox

SENDER = MailSender(mailbox("Comments <comments@blog.example>"), "https://comments.blog.example")
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TOKEN = "WzEsMTE3NzgzNTQ3NzI5Mjk5NDU2LDE3NjQwMDAwMDBd.qXlYq3zqFJf4nTqVn6eS5zN3m8xq1QbZ5pQ2k9r8s7t"
TO = Address(addr_spec="ada@example.org")
KNOWN = {
    "From", "To", "Subject", "Date", "Auto-Submitted", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
    "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
}  # fmt: skip

anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)
nasty = st.lists(
    st.sampled_from(["\r\n", "\n", "\r", "\u2028", "Bcc: x@evil.example", " ", "=?utf-8?q?", ":", "\t", "é", "\x85"]),
    max_size=12,
)
typed = st.one_of(anything, nasty.map("".join))


def sent(message: EmailMessage) -> EmailMessage:
    """As it is read at the other end."""
    policy: Any = message.policy
    read = BytesParser(policy=default).parsebytes(message.as_bytes(policy=policy.clone(linesep="\r\n")))
    assert isinstance(read, EmailMessage)
    return read


def comment(author: str, text: str, title: str) -> CommentRow:
    return CommentRow(
        site_id=1,
        id=5,
        page_id=1,
        parent_id=None,
        status=Status.APPROVED,
        author=author,
        email="",
        url="",
        text=text,
        format="markdown",
        created_at=AT,
        source="",
        page_url="https://blog.example/post",
        page_key="https://blog.example/post",
        page_title=title,
    )


def reply(author: str, text: str, title: str) -> EmailMessage:
    said = comment(author, text, title)
    return reader_messages.reply(SENDER, TakenMail(1, MailKind.REPLY, 5, 1, AT), TO, "en", said, TOKEN)


@given(author=typed, title=typed, text=typed)
def test_no_name_title_or_text_adds_a_header_or_a_recipient(author: str, title: str, text: str) -> None:
    read = sent(reply(author, text, title))
    assert set(read.keys()) <= KNOWN
    assert len(read.keys()) == len(set(read.keys()))
    assert read["To"] == "ada@example.org"
    assert read.get_content_type() == "text/plain"
    assert not read.defects


@given(text=anything)
def test_a_text_arrives_as_it_was_typed(text: str) -> None:
    body = str(sent(reply("Tom", text, "A post")).get_content())
    for line in text.splitlines():
        assert f"> {line}" in body


def test_an_address_to_unsubscribe_is_never_folded() -> None:
    """Folded, it would be encoded, and mail programs show no button then."""
    raw = reply("Tom", "Hello", "A post").as_bytes()
    link = f"https://comments.blog.example/mail/unsubscribe?token={TOKEN}"
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_a_confirmation_holds_nothing_that_anybody_typed() -> None:
    taken = TakenMail(1, MailKind.CONFIRM, 5, 1, AT)
    message = reader_messages.confirmation(SENDER, taken, TO, "en", "https://blog.example", TOKEN)
    assert message["Subject"] == "Please confirm: replies to your comment on blog.example"
    assert f"https://comments.blog.example/mail/confirm?token={TOKEN}" in message.get_content()


def test_the_same_mail_has_the_same_id_however_often_it_is_tried() -> None:
    said = comment("Tom", "Hello", "A post")
    first, second = (
        reader_messages.reply(SENDER, TakenMail(1, MailKind.REPLY, 5, attempts, AT), TO, "en", said, TOKEN)
        for attempts in (1, 2)
    )
    assert first["Message-ID"] == second["Message-ID"]


def test_words_of_a_reader_cannot_pass_for_ours() -> None:
    body = reply("Tom", "Hello\n-- \nTo end this: https://evil.example", "A post").get_content()
    assert "\nTo end this: https://evil.example" not in body
