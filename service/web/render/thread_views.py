"""The views of a thread and its comments: what the readers' templates are given."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from markupsafe import Markup

from service.author_fields import PUBLIC_NAMES, ShownAuthor
from service.comment_row import PublicCommentRow
from service.comments.thread_tree import Node, Thread
from service.language import Language
from service.safe_html import as_typed, render, web_address
from service.visible_text import initial, one_line
from service.web.thread_urls import ThreadUrls

HUES = 12
_ON_ONE_LINE = tuple(name for name in PUBLIC_NAMES if name != "url")
_READ_ON = Markup('\n<p class="read-on"><a href="{}" target="_self" rel="nofollow">{}</a></p>')
TURNED_FROM = 3
"""The number of comments, replies not counted, from which on readers can choose the order."""


@dataclass(frozen=True, slots=True)
class PartLink:
    """A link to another part of the thread: ``url`` for a reader, ``query`` for a script that loads it in place."""

    url: str
    query: str

    @classmethod
    def of(cls, urls: ThreadUrls, **part: int) -> "PartLink":
        """A link to a part, given by parameters of ``ThreadWindow``, such as ``before=``."""
        return cls(urls.part_url(**part), urls.part_query(**part))


@dataclass(slots=True)
class PublicCommentView(ShownAuthor):
    """The public fields of a comment as shown, for templates. ``html`` is sanitised."""

    id: int
    html: Markup
    created: datetime
    when: str


def public_fields(comment: PublicCommentRow, language: Language, *, plain: bool = False) -> dict[str, Any]:
    """The values of a ``PublicCommentView`` by name, for readers of a language. The text is stored as typed and
    sanitised here.

    ``plain``: its marks are shown as typed.
    """
    html = (as_typed if plain else render)(comment.text, comment.format)
    fields: dict[str, Any] = {
        "id": comment.id,
        "url": web_address(comment.url) if comment.url else None,
        "html": Markup(html),  # noqa: S704 - cleaned by nh3
        "created": comment.created_at,
        "when": language.when(comment.created_at),
    }
    for name in _ON_ONE_LINE:
        fields[name] = one_line(getattr(comment, name))
    fields["author"] = fields["author"] or "?"
    return fields


def read_on(url: str, language: Language) -> Markup:
    """The link below a folded comment to the whole of it."""
    return _READ_ON.format(url, language.gettext("Read on"))


@dataclass(slots=True)
class CommentView(PublicCommentView):
    """A comment of a thread. ``own_url`` is the author's private link to edit it, empty for everyone else;
    ``report_url`` is empty where nobody can report it."""

    depth: int
    even: bool
    thread_even: bool
    hue: int
    initial: str
    awaiting: bool
    replies: list["CommentView"]
    reply_url: str
    permalink: str
    may_reply: bool
    in_reply_to: str | None
    more: int = 0
    more_link: PartLink | None = None
    edited: bool = False
    deleted: bool = False
    staff: bool = False
    pinned: bool = False
    own_url: str = ""
    report_url: str = ""


@dataclass(slots=True)
class ThreadView:
    """A part of a page's comments. ``reply_to`` is the comment that has the form below it, or 0.

    ``older`` and ``newer`` link to the other parts, ``whole`` from a single comment's replies back to the thread,
    ``turned`` to the same in the other order. ``live`` is the version that an open page hears of newer comments than;
    empty where it hears of none.
    """

    count: int
    comments: list[CommentView]
    closed: bool
    reply_to: int = 0
    order: str = "old"
    older: PartLink | None = None
    newer: PartLink | None = None
    whole: PartLink | None = None
    turned: PartLink | None = None
    data: Markup | None = None
    live: str = ""

    @property
    def above(self) -> "tuple[PartLink, str] | None":
        """The link above the list and its direction, ``older`` or ``newer``."""
        return self._link("older" if self.order == "old" else "newer")

    @property
    def below(self) -> "tuple[PartLink, str] | None":
        """The link below the list and its direction."""
        return self._link("newer" if self.order == "old" else "older")

    def _link(self, direction: str) -> "tuple[PartLink, str] | None":
        link = self.older if direction == "older" else self.newer
        return (link, direction) if link else None


@dataclass(frozen=True, slots=True)
class PageView:
    """The article."""

    url: str
    title: str


def thread_view(
    thread: Thread,
    language: Language,
    urls: ThreadUrls,
    order: str,
    *,
    closed: bool,
    own: Mapping[int, str] | None = None,
) -> ThreadView:
    """The thread in a language, with links for its surface. ``own``: comment id → private link, for this reader."""
    own_urls = own or {}
    counter = count()

    def views(nodes: Iterable[Node], root_even: bool | None) -> list[CommentView]:
        built = []
        for position, node in enumerate(nodes):
            even = next(counter) % 2 == 0
            thread_even = position % 2 == 0 if root_even is None else root_even
            view = comment_view(node, language, urls, even=even, thread_even=thread_even)
            view.may_reply = not closed and view.may_reply
            view.own_url = own_urls.get(node.id, "")
            view.replies = views(node.replies, thread_even)
            if node.more:
                view.more, view.more_link = node.more, PartLink.of(urls, replies=node.id, after=node.last)
            built.append(view)
        return built

    view = ThreadView(thread.count, views(thread.roots, None), closed, order=order)
    ids = thread.ids
    if ids and thread.older:
        view.older = PartLink.of(urls, before=ids[0])
    if ids and thread.newer:
        view.newer = PartLink.of(urls, after=ids[-1])
    if ids and thread.alone:
        view.whole = PartLink.of(urls, comment=ids[0])
    elif len(ids) >= TURNED_FROM or view.older or view.newer:
        view.turned = PartLink.of(urls.turned(order))
    return view


def comment_view(
    node: Node, language: Language, urls: ThreadUrls, *, even: bool = True, thread_even: bool = True
) -> CommentView:
    """One comment, without its replies."""
    fields = public_fields(node, language, plain=node.is_as_typed)
    if node.is_folded:  # here rather than in a template, since an owner's would show half a comment as a whole one
        fields["html"] += read_on(urls.whole_url(node.id), language)
    author = fields["author"]
    return CommentView(
        **fields,
        depth=node.depth,
        even=even,
        thread_even=thread_even,
        hue=hashlib.sha256(author.casefold().encode("utf-8", "replace")).digest()[0] % HUES,
        initial=initial(author),
        awaiting=node.awaiting,
        replies=[],
        reply_url=urls.reply_url(node.id),
        permalink=urls.permalink(node.id),
        may_reply=not (node.awaiting or node.deleted),
        in_reply_to=one_line(node.reply_to) if node.reply_to else None,
        edited=node.edited,
        deleted=node.deleted,
        staff=bool(node.staff),
        pinned=node.pinned,
        report_url="" if node.awaiting or node.deleted or node.staff else urls.report_url(node.id),
    )
