"""The messages to readers as plain text, in the language of their form. Those to admins are in
``service.mail.admin_messages`` and ``service.mail.notice_message``.

Names and titles are put on one line before they go into headers, where ``email`` rejects line breaks.
"""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from urllib.parse import urlencode, urlsplit

from service.comment_row import CommentRow
from service.language import language
from service.mail.outbox import TakenMail
from service.visible_text import one_line

_LONGEST_IN_SUBJECT = 80


class _Policy(EmailPolicy):
    """SMTP's policy, but List-Unsubscribe is not folded: a folded URL gets encoded, and clients cannot follow it."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header as it is sent."""
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Policy(linesep=SMTP.linesep, max_line_length=SMTP.max_line_length)


@dataclass(frozen=True, slots=True)
class MailSender:
    """The From address, and the service that links lead to."""

    mailbox: Address
    public_url: str

    @property
    def hostname(self) -> str:
        """The service's host name."""
        return urlsplit(self.public_url).hostname or "localhost"

    def link(self, path: str, **query: str) -> str:
        """The URL of ``path`` on the service."""
        return f"{self.public_url}{path}" + (f"?{urlencode(query)}" if query else "")


def confirmation(sender: MailSender, taken: TakenMail, to: Address, lang: str, origin: str, token: str) -> EmailMessage:
    """Asks a reader to confirm a subscription. It quotes nothing that was typed, as it may go to a stranger."""
    _ = language(lang).gettext
    host = host_of(origin)
    message = make_message(sender, taken, to, _("Please confirm: replies to your comment on %(site)s") % {"site": host})
    body = _(
        "Somebody posted a comment on %(site)s with your email address and asked for replies by email.\n\n"
        "If that was you, open this page and press the button. The link works for two days.\n\n"
        "%(link)s\n\n"
        "Otherwise, ignore this email; you will not be notified."
    )
    message.set_content(body % {"site": host, "link": sender.link("/mail/confirm", token=token)} + "\n")
    return message


def reply(sender: MailSender, taken: TakenMail, to: Address, lang: str, said: CommentRow, token: str) -> EmailMessage:
    """Notifies a reader of a reply, and quotes its text as typed."""
    spoken = language(lang)
    _ = spoken.gettext
    name, about = one_line(said.author) or "?", one_line(said.page_title) or host_of(said.page_url)
    subject = _("%(name)s replied to your comment on “%(title)s”")
    message = make_message(sender, taken, to, subject % {"name": short(name), "title": short(about)})
    stop = sender.link("/mail/unsubscribe", token=token)
    add_stop(message, stop)
    body = _(
        "%(name)s wrote on %(date)s (UTC):\n\n%(text)s\n\n"
        "Read it and reply here:\n%(link)s\n\n"
        "-- \n"
        "You receive this email because you asked for replies to your comment. Unsubscribe:\n%(stop)s"
    )
    words = {
        "name": name,
        "date": spoken.when(said.created_at),
        "text": quoted(said.text),
        "link": said.permalink,
        "stop": stop,
    }
    message.set_content(body % words + "\n")
    return message


def personal_data(
    sender: MailSender, taken: TakenMail, to: Address, lang: str, origin: str, token: str
) -> EmailMessage:
    """Answers somebody who asked what is stored of them. Each has a Message-ID of its own: the next may be asked for
    about the same comment."""
    _ = language(lang).gettext
    host = host_of(origin)
    message = make_message(sender, taken, to, _("Your comments on %(site)s") % {"site": host})
    del message["Message-ID"]
    number = f"my-data.{taken.site_id}.{taken.about}.{int(taken.created_at.timestamp())}"
    message["Message-ID"] = f"<{number}@{sender.hostname}>"
    body = _(
        "Somebody, most likely you, asked what is stored about the comments with this email address.\n\n"
        "This page shows it, and lets you download or delete it. The link works for one day.\n\n"
        "%(link)s\n\n"
        "If you did not ask for this, ignore this email. Nothing has changed."
    )
    message.set_content(body % {"link": sender.link("/privacy/mine", token=token)} + "\n")
    return message


def make_message(sender: MailSender, taken: TakenMail, to: Address | tuple[Address, ...], subject: str) -> EmailMessage:
    """A message of the outbox with its headers, and without a body."""
    message = EmailMessage(policy=POLICY)
    set_head(message, sender, to, subject, taken.created_at)
    message["Message-ID"] = f"<{taken.kind}.{taken.site_id}.{taken.about}@{sender.hostname}>"
    return message


def add_stop(message: EmailMessage, url: str) -> None:
    """Name the address that ends these mails by one POST (RFC 8058)."""
    message["List-Unsubscribe"] = f"<{url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def set_head(
    message: EmailMessage, sender: MailSender, to: Address | tuple[Address, ...], subject: str, at: datetime
) -> None:
    """Set the headers that every mail has."""
    message["From"] = sender.mailbox
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Auto-Submitted"] = "auto-generated"


def quoted(text: str) -> str:
    """Quoted with ``>``, so typed text cannot pass for the service's."""
    return "\n".join(f"> {line}" for line in text.splitlines())


def host_of(url: str) -> str:
    """The host name of a URL; the URL itself without one."""
    return urlsplit(url).hostname or url


def short(text: str) -> str:
    """A name or title, cut for a subject."""
    return text if len(text) <= _LONGEST_IN_SUBJECT else text[: _LONGEST_IN_SUBJECT - 1] + "…"
