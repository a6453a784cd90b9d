"""The messages about an admin's own address, in ``REPLY_LANGUAGE``: what language an admin reads is stored nowhere."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage

from service.language import Language
from service.mail.outbox import TakenMail
from service.mail.reader_messages import POLICY, MailSender, make_message, set_head


def address(sender: MailSender, taken: TakenMail, to: Address, spoken: Language, token: str) -> EmailMessage:
    """Asks an admin to confirm an address. It holds nothing that was typed: it may go to a stranger."""
    _ = spoken.gettext
    message = make_message(sender, taken, to, _("Please confirm: emails about comments"))
    body = _(
        "An admin of the comments at %(service)s asked for notifications about comments at this address.\n\n"
        "If that is you, open this page, log in and press the button. The link works for two days.\n\n"
        "%(link)s\n\n"
        "If it is not, do nothing. You will get no more emails."
    )
    link = sender.link("/admin/account/mail", token=token)
    message.set_content(body % {"service": sender.public_url, "link": link} + "\n")
    return message


def trial_message(sender: MailSender, to: Address, now: datetime, spoken: Language) -> EmailMessage:
    """The test mail."""
    _ = spoken.gettext
    message = EmailMessage(policy=POLICY)
    set_head(message, sender, to, _("A test email from Leave a Reply"), now)
    body = _("This is a test email from the comments at %(service)s. If you can read it, email works.")
    message.set_content(body % {"service": sender.public_url} + "\n")
    return message
