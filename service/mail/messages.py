"""The messages as plain text: to readers in the language of their form, to owners in English like the admin's pages.

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
from service.markup import one_line

_LONGEST_IN_SUBJECT = 80


class _Policy(EmailPolicy):
    """SMTP's policy, but List-Unsubscribe is not folded: a folded URL gets encoded, and clients cannot follow it."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header as it is sent."""
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep=SMTP.linesep, max_line_length=SMTP.max_line_length)


@dataclass(frozen=True, slots=True)
class Sender:
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


def confirmation(sender: Sender, taken: TakenMail, to: Address, lang: str, origin: str, token: str) -> EmailMessage:
    """Asks a reader to confirm a subscription. It quotes nothing that was typed, as it may go to a stranger."""
    _ = language(lang).gettext
    host = _host(origin)
    message = _message(sender, taken, to, _("Please confirm: replies to your comment on %(site)s") % {"site": host})
    body = _(
        "A comment was posted on %(site)s with this email address, and whoever did so would like to be told of "
        "replies to it by email.\n\n"
        "If that was you, open this page and press the button. The link is good for two days.\n\n"
        "%(link)s\n\n"
        "If it was not, do nothing. You will get no replies, and the wish is forgotten."
    )
    message.set_content(body % {"site": host, "link": sender.link("/mail/confirm", token=token)} + "\n")
    return message


def reply(sender: Sender, taken: TakenMail, to: Address, lang: str, said: CommentRow, token: str) -> EmailMessage:
    """Notifies a reader of a reply, and quotes its text as typed."""
    spoken = language(lang)
    _ = spoken.gettext
    name, about = one_line(said.author) or "?", one_line(said.page_title) or _host(said.page_url)
    subject = _("%(name)s replied to your comment on “%(title)s”")
    message = _message(sender, taken, to, subject % {"name": _short(name), "title": _short(about)})
    stop = sender.link("/mail/unsubscribe", token=token)
    message["List-Unsubscribe"] = f"<{stop}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    body = _(
        "%(name)s wrote on %(date)s (UTC):\n\n%(text)s\n\n"
        "Read and answer it here:\n%(link)s\n\n"
        "-- \n"
        "You asked to be told of replies to your comment. To end this:\n%(stop)s"
    )
    words = {
        "name": name,
        "date": spoken.when(said.created_at),
        "text": _quoted(said.text),
        "link": said.permalink,
        "stop": stop,
    }
    message.set_content(body % words + "\n")
    return message


def pending(
    sender: Sender, taken: TakenMail, to: tuple[Address, ...], origin: str, number: int, newest: CommentRow
) -> EmailMessage:
    """Notifies owners of pending comments, and quotes the newest."""
    waits = "1 comment waits" if number == 1 else f"{number} comments wait"
    message = _message(sender, taken, to, f"{waits} for approval on {_host(origin)}")
    name, date = one_line(newest.author) or "?", f"{newest.created_at:%Y-%m-%d %H:%M} UTC"
    page = newest.page_url  # not the permalink: the comment is not shown there yet
    where = f"{one_line(newest.page_title)}\n{page}" if newest.page_title else page
    message.set_content(
        f"The newest is by {name}, {date}:\n\n{_quoted(newest.text)}\n\nIt is meant for\n{where}\n\n"
        f"Approve it, or not:\n{sender.link('/admin', status='pending')}\n"
    )
    return message


def personal_data(sender: Sender, taken: TakenMail, to: Address, lang: str, origin: str, token: str) -> EmailMessage:
    """Answers somebody who asked what is stored of them. Each has a Message-ID of its own: the next may be asked for
    about the same comment."""
    _ = language(lang).gettext
    host = _host(origin)
    message = _message(sender, taken, to, _("Your comments on %(site)s") % {"site": host})
    del message["Message-ID"]
    number = f"my-data.{taken.site_id}.{taken.about}.{int(taken.created_at.timestamp())}"
    message["Message-ID"] = f"<{number}@{sender.hostname}>"
    body = _(
        "Somebody, most likely you, asked what is stored of the comments with this email address.\n\n"
        "This page shows it, and lets you download or delete it. The link works for one day.\n\n"
        "%(link)s\n\n"
        "If you did not ask for this, ignore this mail. Nothing has changed."
    )
    message.set_content(body % {"link": sender.link("/privacy/mine", token=token)} + "\n")
    return message


def trial_message(sender: Sender, to: Address, now: datetime) -> EmailMessage:
    """The test mail."""
    message = EmailMessage(policy=_POLICY)
    _head(message, sender, to, "A test mail of Leave a Reply", now)
    message.set_content(
        f"This is a test mail of the comments at {sender.public_url}. It came through, so mail works.\n"
    )
    return message


def _message(sender: Sender, taken: TakenMail, to: Address | tuple[Address, ...], subject: str) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    _head(message, sender, to, subject, taken.created_at)
    message["Message-ID"] = f"<{taken.kind}.{taken.site_id}.{taken.about}@{sender.hostname}>"
    return message


def _head(message: EmailMessage, sender: Sender, to: Address | tuple[Address, ...], subject: str, at: datetime) -> None:
    message["From"] = sender.mailbox
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Auto-Submitted"] = "auto-generated"


def _quoted(text: str) -> str:
    """Quoted with ``>``, so typed text cannot pass for the service's."""
    return "\n".join(f"> {line}" for line in text.splitlines())


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_IN_SUBJECT else text[: _LONGEST_IN_SUBJECT - 1] + "…"
