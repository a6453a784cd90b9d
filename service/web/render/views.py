"""What the reader's templates are given."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import count
from typing import Protocol, TypedDict

from markupsafe import Markup

from service.captcha import Challenge
from service.comments.thread import Node, Thread
from service.comments.validation import Problem
from service.language import Language
from service.markup import one_line, render, web_address
from service.web.thread_urls import ThreadUrls

HUES = 12


@dataclass(frozen=True, slots=True)
class PartLink:
    """Leads to another part of the thread: ``url`` for a reader, ``query`` for a script that asks for it in place."""

    url: str
    query: str

    @classmethod
    def of(cls, urls: ThreadUrls, **part: int) -> "PartLink":
        """A link to a part, by the parameters of ``Window``."""
        return cls(urls.part_url(**part), urls.part_query(**part))


class ReadComment(Protocol):
    """What anybody may know of a comment, as it is stored."""

    @property
    def id(self) -> int: ...
    @property
    def author(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


class PublicFields(TypedDict):
    """What anybody may know of a comment, as it is shown wherever it is: ``html`` is clean, ``url`` an address."""

    id: int
    author: str
    url: str | None
    html: Markup
    created: datetime
    when: str


def public_fields(comment: ReadComment, language: Language) -> PublicFields:
    """A comment's public view in a language."""
    return PublicFields(
        id=comment.id,
        author=one_line(comment.author) or "?",
        url=web_address(comment.url) if comment.url else None,
        html=Markup(render(comment.text, comment.format)),  # noqa: S704 - cleaned by nh3
        created=comment.created_at,
        when=language.when(comment.created_at),
    )


@dataclass(slots=True)
class PublicCommentView:
    """See ``Public``."""

    id: int
    author: str
    url: str | None
    html: Markup
    created: datetime
    when: str


@dataclass(slots=True)
class CommentView(PublicCommentView):
    """A comment ready to be drawn. ``own_url`` is where its author may change it, for nobody else to see."""

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
    own_url: str = ""


@dataclass(slots=True)
class ThreadView:
    """A part of a page's comments ready to be drawn. ``reply_to`` is the comment under which the form stands, or 0.

    ``older`` and ``newer`` lead to the other parts, ``whole`` from one comment's replies back to all.
    """

    count: int
    comments: list[CommentView]
    closed: bool
    reply_to: int = 0
    order: str = "old"
    older: PartLink | None = None
    newer: PartLink | None = None
    whole: PartLink | None = None
    data: Markup | None = None

    @property
    def above(self) -> "tuple[PartLink, str] | None":
        """The link over the list, and which way it leads."""
        return self._link("older" if self.order == "old" else "newer")

    @property
    def below(self) -> "tuple[PartLink, str] | None":
        """The link under the list, and which way it leads."""
        return self._link("newer" if self.order == "old" else "older")

    def _link(self, way: str) -> "tuple[PartLink, str] | None":
        link = self.older if way == "older" else self.newer
        return (link, way) if link else None


@dataclass(frozen=True, slots=True)
class PageView:
    """The article."""

    url: str
    title: str


@dataclass
class FormView:
    """The form ready to be drawn, with all that was typed."""

    action: str
    page: str
    title: str = ""
    parent: int = 0
    parent_author: str | None = None
    cancel_url: str = ""
    surface: str = "embed"
    values: Mapping[str, str] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    notice: str | None = None
    saved: bool = False
    mail: bool = False
    subscribed: bool = False
    closed: bool = False
    challenge: Challenge | None = None
    missed: bool = False

    @property
    def frame(self) -> bool:
        """Whether the form stands in an iframe."""
        return self.surface == "frame"

    @property
    def honeypot(self) -> str | None:
        """The name of the field that people do not see."""
        return self.challenge.decoy if self.challenge else None

    @cached_property
    def error_of(self) -> dict[str, str]:
        """Field → the first thing that is wrong with it."""
        return {problem.field: problem.message for problem in reversed(self.errors)}

    @cached_property
    def leads(self) -> list[str]:
        """What is wrong, in WordPress's sentences, each once."""
        return list(dict.fromkeys(problem.lead for problem in self.errors))


def thread_view(
    thread: Thread,
    language: Language,
    urls: ThreadUrls,
    order: str,
    *,
    closed: bool,
    own: Mapping[int, str] | None = None,
) -> ThreadView:
    """The thread in a language, with links as its face needs them; ``own`` are those where this reader may change
    comments."""
    own_urls = own or {}
    counter = count()

    def views(nodes: Iterable[Node], root_even: bool | None) -> list[CommentView]:
        drawn = []
        for position, node in enumerate(nodes):
            even = next(counter) % 2 == 0
            thread_even = position % 2 == 0 if root_even is None else root_even
            view = comment_view(node, language, urls, even=even, thread_even=thread_even)
            view.may_reply = not closed and view.may_reply
            view.own_url = own_urls.get(node.id, "")
            view.replies = views(node.replies, thread_even)
            if node.more:
                view.more, view.more_link = node.more, PartLink.of(urls, replies=node.id, after=node.last)
            drawn.append(view)
        return drawn

    view = ThreadView(thread.count, views(thread.roots, None), closed, order=order)
    ids = thread.ids
    if ids and thread.older:
        view.older = PartLink.of(urls, before=ids[0])
    if ids and thread.newer:
        view.newer = PartLink.of(urls, after=ids[-1])
    if ids and thread.alone:
        view.whole = PartLink.of(urls, comment=ids[0])
    return view


def comment_view(
    node: Node, language: Language, urls: ThreadUrls, *, even: bool = True, thread_even: bool = True
) -> CommentView:
    """One comment, without its replies."""
    shown = public_fields(node, language)
    author = shown["author"]
    return CommentView(
        **shown,
        depth=node.depth,
        even=even,
        thread_even=thread_even,
        hue=hashlib.sha256(author.casefold().encode("utf-8", "replace")).digest()[0] % HUES,
        initial=author[0].upper(),
        awaiting=node.awaiting,
        replies=[],
        reply_url=urls.reply_url(node.id),
        permalink=urls.permalink(node.id),
        may_reply=not (node.awaiting or node.deleted),
        in_reply_to=one_line(node.reply_to) if node.reply_to else None,
        edited=node.edited,
        deleted=node.deleted,
    )
