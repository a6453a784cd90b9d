"""What tells a moderator of comments, as plain text and as HTML.

It holds what a decision needs and no more: name, beginning of the text, page and time. Email addresses stay out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage

from markupsafe import Markup

from db.models import Status
from service.comment_row import CommentRow
from service.mail.messages import Sender, add_stop, host_of, make_message, quoted, short
from service.mail.outbox import TakenMail
from service.mailed_link import Choice
from service.markup import one_line

LONGEST_TEXT = 500
"""Characters of a comment that a mail holds."""

MOST_IN_A_MAIL = 20
"""Comments that a digest quotes; of more it says that there are."""

_WORDS = {Choice.APPROVE: "Approve", Choice.SPAM: "Spam", Choice.TRASH: "Trash", Choice.REPLY: "Reply"}
_ONCE = "The links work for three days, and one of them once. Each opens a page that asks before anything is done."


@dataclass(frozen=True, slots=True)
class News:
    """A comment, and the links that act on it; none for somebody who may not moderate."""

    comment: CommentRow
    links: Mapping[Choice, str] = field(default_factory=dict)

    @property
    def who(self) -> str:
        """The author's name."""
        return one_line(self.comment.author) or "?"

    @property
    def says(self) -> str:
        """What became of it, and when."""
        state = "waits for approval" if self.comment.status is Status.PENDING else "is published"
        return f"{self.comment.created_at:%Y-%m-%d %H:%M} UTC, {state}"

    @property
    def text(self) -> str:
        """Its beginning."""
        text = self.comment.text
        return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT].rstrip()}…"

    @property
    def title(self) -> str:
        """The page's title, or its address."""
        return one_line(self.comment.page_title) or self.comment.page_url


@dataclass(frozen=True, slots=True)
class Told:
    """What is told to whom. ``waiting``: how many comments wait on the site; ``more``: there is more news."""

    to: tuple[Address, ...]
    origin: str
    waiting: int
    news: tuple[News, ...]
    more: bool

    @property
    def subject(self) -> str:
        """A single comment is named; of several the number is."""
        host = host_of(self.origin)
        held = sum(each.comment.status is Status.PENDING for each in self.news)
        if len(self.news) == 1 and self.news[0].links:
            state = "waits for approval" if held else "is published"
            return f"A comment by {short(self.news[0].who)} {state} on {host}"
        if held:
            waits = "1 comment waits" if self.waiting == 1 else f"{self.waiting} comments wait"
            return f"{waits} for approval on {host}"
        return f"{len(self.news)}{' or more' if self.more else ''} new comments on {host}"


def write(sender: Sender, taken: TakenMail, told: Told, stop: str = "") -> EmailMessage:
    """The message. ``stop``: the address that ends these mails; empty where only a setting does."""
    message = make_message(sender, taken, told.to, told.subject)
    if stop:
        add_stop(message, stop)
    queue = sender.link("/admin", status="pending") if told.waiting else sender.link("/admin")
    message.set_content("\n".join(_plain(told, queue, stop)))
    message.add_alternative(str(_html(told, queue, stop)), subtype="html")
    return message


def _plain(told: Told, queue: str, stop: str) -> Iterator[str]:
    for each in told.news:
        yield f"{each.who} wrote ({each.says}):\n\n{quoted(each.text)}\n"
        where = f"{one_line(each.comment.page_title)}\n" if each.comment.page_title else ""
        yield f"On\n{where}{each.comment.page_url}\n"
        for choice, url in each.links.items():
            yield f"{_WORDS[choice]}:\n{url}"
        yield ""
    if told.more:
        yield "There are more.\n"
    if any(each.links for each in told.news):
        yield f"{_ONCE}\n"
    yield f"All comments:\n{queue}"
    if stop:
        yield f"\n-- \nYou have chosen these mails under Account. To end them for this site:\n{stop}"
    yield ""


_PAGE = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark"><title>{title}</title></head>'
    '<body style="margin:0;padding:16px;font:16px/1.5 system-ui,sans-serif">'
    '<div style="max-width:600px;margin:0 auto">{news}{end}</div></body></html>'
)
_NEWS = Markup(
    '<div style="margin:0 0 24px;padding:0 0 16px;border-bottom:1px solid #8888">'
    '<p style="margin:0"><b><bdi>{who}</bdi></b> · {says}</p>'
    '<p style="margin:0 0 8px"><a href="{page}" style="overflow-wrap:anywhere"><bdi>{title}</bdi></a></p>'
    '<div dir="auto" style="margin:0 0 12px;padding:0 0 0 12px;border-left:3px solid #8888;white-space:pre-wrap;'
    'overflow-wrap:anywhere">{text}</div>{links}</div>'
)
_LINK = Markup(
    '<a href="{url}" style="display:inline-block;margin:0 8px 8px 0;padding:8px 14px;border:1px solid;'
    'border-radius:6px;text-decoration:none">{word}</a>'
)
_END = Markup('<p style="margin:0 0 12px;font-size:14px">{words}</p>')
_ANCHOR = Markup('<a href="{url}">{word}</a>')


def _html(told: Told, queue: str, stop: str) -> Markup:
    ends = [Markup("There are more.")] if told.more else []
    ends += [Markup(_ONCE)] if any(each.links for each in told.news) else []  # noqa: S704 - a constant
    ends.append(_ANCHOR.format(url=queue, word="All comments"))
    if stop:
        end = _ANCHOR.format(url=stop, word="End these mails for this site")
        ends.append(Markup("You have chosen these mails under Account. {}").format(end))
    return _PAGE.format(
        title=told.subject,
        news=Markup("").join(_html_of(each) for each in told.news),
        end=Markup("").join(_END.format(words=each) for each in ends),
    )


def _html_of(news: News) -> Markup:
    links = (_LINK.format(url=url, word=_WORDS[choice]) for choice, url in news.links.items())
    page = news.comment.page_url if news.comment.page_url.startswith(("http://", "https://")) else ""
    return _NEWS.format(
        who=news.who, says=news.says, page=page, title=news.title, text=news.text, links=Markup("").join(links)
    )
