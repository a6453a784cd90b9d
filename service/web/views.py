"""What the reader's templates are given."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from markupsafe import Markup

from service.captcha import Challenge
from service.comments.draft import Problem
from service.comments.thread import Node, Thread
from service.language import Language
from service.text import one_line, render, web_address

HUES = 12


@dataclass(slots=True)
class CommentView:
    """A comment ready to be drawn. ``own_url`` is where its author may change it, for nobody else to see."""

    id: int
    author: str
    url: str | None
    html: Markup
    created: datetime
    when: str
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
    edited: bool = False
    deleted: bool = False
    own_url: str = ""


@dataclass(slots=True)
class ThreadView:
    """A page's comments ready to be drawn. ``reply_to`` is the comment under which the form stands, or 0."""

    count: int
    comments: list[CommentView]
    closed: bool
    reply_to: int = 0


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
    face: str = "embed"
    values: Mapping[str, str] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    notice: str | None = None
    saved: bool = False
    mail: bool = False
    subscribed: bool = False
    closed: bool = False
    challenge: Challenge | None = None

    @property
    def frame(self) -> bool:
        """Whether the form stands in an iframe."""
        return self.face == "frame"

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
    reply_url: Callable[[int], str],
    *,
    closed: bool,
    own: Mapping[int, str] | None = None,
) -> ThreadView:
    """The thread in a language; ``reply_url`` gives the address of the form under a comment, ``own`` those where this
    reader may change comments.
    """
    own_urls = own or {}
    counter = iter(range(thread.count + 1_000_000))

    def views(nodes: Iterable[Node], root_even: bool | None) -> list[CommentView]:
        drawn = []
        for position, node in enumerate(nodes):
            even = next(counter) % 2 == 0
            thread_even = position % 2 == 0 if root_even is None else root_even
            view = comment_view(node, language, reply_url(node.id), even=even, thread_even=thread_even)
            view.may_reply = not closed and view.may_reply
            view.own_url = own_urls.get(node.id, "")
            view.replies = views(node.replies, thread_even)
            drawn.append(view)
        return drawn

    return ThreadView(thread.count, views(thread.roots, None), closed)


def comment_view(
    node: Node, language: Language, reply_url: str, *, even: bool = True, thread_even: bool = True
) -> CommentView:
    """One comment, without its replies."""
    author = one_line(node.author) or "?"
    return CommentView(
        id=node.id,
        author=author,
        url=web_address(node.url) if node.url else None,
        html=Markup(render(node.text, node.format)),  # noqa: S704 - cleaned by nh3
        created=node.created_at,
        when=language.when(node.created_at),
        depth=node.depth,
        even=even,
        thread_even=thread_even,
        hue=hashlib.sha256(author.casefold().encode("utf-8", "replace")).digest()[0] % HUES,
        initial=author[0].upper(),
        awaiting=node.awaiting,
        replies=[],
        reply_url=reply_url,
        permalink=f"#comment-{node.id}",
        may_reply=not (node.awaiting or node.deleted),
        in_reply_to=one_line(node.reply_to) if node.reply_to else None,
        edited=node.edited,
        deleted=node.deleted,
    )
