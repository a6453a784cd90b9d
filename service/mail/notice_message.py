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
from service.language import N_, Language
from service.mail.outbox import TakenMail
from service.mail.reader_messages import MailSender, add_stop, host_of, make_message, quoted, short
from service.mailed_link import Choice
from service.visible_text import one_line

LONGEST_TEXT = 500
"""Characters of a comment that a mail holds."""

MOST_IN_A_MAIL = 20
"""Comments that a digest quotes; of more it says that there are."""

_WORDS = {
    Choice.APPROVE: N_("Approve"),
    Choice.SPAM: N_("Spam"),
    Choice.TRASH: N_("Trash"),
    Choice.REPLY: N_("Reply"),
}
_ONCE = N_(
    "The links work for three days; only one of them works, and only once. Each opens a page that"
    " asks before it does anything."
)
_CHOSEN = N_("You have chosen these emails under Account.")
_MORE = N_("There are more.")


@dataclass(frozen=True, slots=True)
class NoticedComment:
    """A comment, and the links that act on it; none for somebody who may not moderate."""

    comment: CommentRow
    links: Mapping[Choice, str] = field(default_factory=dict)

    @property
    def who(self) -> str:
        """The author's name."""
        return one_line(self.comment.author) or "?"

    def says(self, spoken: Language) -> str:
        """What became of it, and when."""
        _ = spoken.gettext
        waits = self.comment.status is Status.PENDING
        form = _("%(date)s UTC, waits for approval") if waits else _("%(date)s UTC, published")
        return form % {"date": spoken.when(self.comment.created_at)}

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
    news: tuple[NoticedComment, ...]
    more: bool

    def subject(self, spoken: Language) -> str:
        """A single comment is named; of several the number is."""
        _, number, values = spoken.gettext, len(self.news), {"site": host_of(self.origin)}
        held = sum(each.comment.status is Status.PENDING for each in self.news)
        if number == 1 and self.news[0].links:
            waits = _("A comment by %(name)s waits for approval on %(site)s")
            published = _("A comment by %(name)s is published on %(site)s")
            return (waits if held else published) % {**values, "name": short(self.news[0].who)}
        if held:
            form = spoken.ngettext(
                "%(num)s comment waits for approval on %(site)s",
                "%(num)s comments wait for approval on %(site)s",
                self.waiting,
            )
            return form % {**values, "num": self.waiting}
        if self.more:
            return _("%(num)s or more new comments on %(site)s") % {**values, "num": number}
        form = spoken.ngettext("%(num)s new comment on %(site)s", "%(num)s new comments on %(site)s", number)
        return form % {**values, "num": number}


def write(sender: MailSender, taken: TakenMail, told: Told, spoken: Language, stop: str = "") -> EmailMessage:
    """The message. ``stop``: the address that ends these mails; empty where only a setting does."""
    message = make_message(sender, taken, told.to, told.subject(spoken))
    if stop:
        add_stop(message, stop)
    queue = sender.link("/admin", status="pending") if told.waiting else sender.link("/admin")
    message.set_content("\n".join(_plain(told, spoken, queue, stop)))
    message.add_alternative(str(_html(told, spoken, queue, stop)), subtype="html")
    return message


def _plain(told: Told, spoken: Language, queue: str, stop: str) -> Iterator[str]:
    _ = spoken.gettext
    page = _("Page:")
    for each in told.news:
        wrote = _("%(name)s wrote (%(state)s):") % {"name": each.who, "state": each.says(spoken)}
        yield f"{wrote}\n\n{quoted(each.text)}\n"
        where = f"{one_line(each.comment.page_title)}\n" if each.comment.page_title else ""
        yield f"{page}\n{where}{each.comment.page_url}\n"
        for choice, url in each.links.items():
            yield f"{_(_WORDS[choice])}:\n{url}"
        yield ""
    if told.more:
        yield f"{_(_MORE)}\n"
    if any(each.links for each in told.news):
        yield f"{_(_ONCE)}\n"
    everything = _("All comments")
    yield f"{everything}:\n{queue}"
    if stop:
        to_end = _("To stop these emails for this site:")
        yield f"\n-- \n{_(_CHOSEN)} {to_end}\n{stop}"
    yield ""


_PAGE = Markup(
    '<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark"><title>{title}</title></head>'
    '<body style="margin:0;padding:16px;font:16px/1.5 system-ui,sans-serif">'
    '<div style="max-width:600px;margin:0 auto">{news}{end}</div></body></html>'
)
_NEWS = Markup(
    '<div style="margin:0 0 24px;padding:0 0 16px;border-bottom:1px solid #8888">'
    '<p style="margin:0"><b><bdi>{who}</bdi></b> · {says}</p>'
    '<p style="margin:0 0 8px"><a href="{page}" style="overflow-wrap:anywhere"><bdi>{title}</bdi></a></p>'
    '<div dir="auto" style="margin:0 0 12px;padding-inline-start:12px;border-inline-start:3px solid #8888;'
    'white-space:pre-wrap;overflow-wrap:anywhere">{text}</div>{links}</div>'
)
_LINK = Markup(
    '<a href="{url}" style="display:inline-block;margin:0 8px 8px 0;padding:8px 14px;border:1px solid;'
    'border-radius:6px;text-decoration:none">{word}</a>'
)
_END = Markup('<p style="margin:0 0 12px;font-size:14px">{words}</p>')
_ANCHOR = Markup('<a href="{url}">{word}</a>')


def _html(told: Told, spoken: Language, queue: str, stop: str) -> Markup:
    _ = spoken.gettext
    ends: list[str] = [_(_MORE)] if told.more else []
    ends += [_(_ONCE)] if any(each.links for each in told.news) else []
    ends.append(_ANCHOR.format(url=queue, word=_("All comments")))
    if stop:
        end = _ANCHOR.format(url=stop, word=_("Stop these emails for this site"))
        ends.append(Markup("{} {}").format(_(_CHOSEN), end))
    return _PAGE.format(
        lang=spoken.code,
        dir=spoken.dir,
        title=told.subject(spoken),
        news=Markup("").join(_html_of(each, spoken) for each in told.news),
        end=Markup("").join(_END.format(words=each) for each in ends),
    )


def _html_of(news: NoticedComment, spoken: Language) -> Markup:
    _ = spoken.gettext
    links = (_LINK.format(url=url, word=_(_WORDS[choice])) for choice, url in news.links.items())
    page = news.comment.page_url if news.comment.page_url.startswith(("http://", "https://")) else ""
    return _NEWS.format(
        who=news.who,
        says=news.says(spoken),
        page=page,
        title=news.title,
        text=news.text,
        links=Markup("").join(links),
    )
