"""Folds long comments, so that a part of a thread has a bound of bytes and of work, not of comments alone.

Fifty comments of 65 kB would make a page of megabytes that takes seconds to render. Long comments are folded instead,
at the same length in all of a part: the more there are, the shorter. Only comments above that length are cut, none
is left out, and the whole of a folded comment has an address of its own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from service.markdown.rendering_cost import estimated_work

FOLDS = (8000, 4000, 2000, 1000, 500)
"""Characters of a folded comment."""

NOT_FOLDED = FOLDS[0]
"""Characters up to which a comment may be shown whole though no link leads to it."""

MOST_BYTES = 160 * 1024
"""Of all comments of a part together, as they are sent. Those of WordPress's default size fill a tenth of it."""

MOST_LISTED = 512 * 1024
"""The same for a list that a program reads."""

MOST_WORK = 240_000
"""As ``estimated_work`` counts: less than 100 milliseconds. The costliest comments beyond it are shown as typed."""


class Bounded(Protocol):
    """What is used of a comment; ``is_folded`` and ``is_as_typed`` are set."""

    id: int
    text: str
    format: str
    is_folded: bool
    is_as_typed: bool


@dataclass(slots=True)
class BoundedText:
    """The text of a comment that is not of a tree."""

    id: int
    text: str
    format: str
    is_folded: bool = False
    is_as_typed: bool = False


def bound_list(comments: Sequence[Bounded]) -> None:
    """Fold long comments only where all together are longer than ``MOST_LISTED``, and bound the work for all."""
    characters = sum(len(comment.text) for comment in comments)  # counted in no time, and never more than bytes
    if characters > MOST_LISTED or sum(_bytes(comment.text) for comment in comments) > MOST_LISTED:
        bound_part(comments, most=MOST_LISTED)
    else:
        bound_work(comments)


def bound_embedded(comments: Sequence[Bounded]) -> None:
    """As in a part of a thread, with a third of the work: what is embedded comes in addition to a list."""
    bound_part(comments, work=MOST_WORK // 3)


def bound_part(
    comments: Sequence[Bounded], whole: Collection[int] = (), most: int = MOST_BYTES, work: int = MOST_WORK
) -> None:
    """Fold long comments, but for the ids in ``whole``, and bound the work for all."""
    folded = [comment.text for comment in comments if comment.id not in whole]
    room = most - sum(_bytes(comment.text) for comment in comments if comment.id in whole)
    limit = next((fold for fold in FOLDS if sum(_bytes(text[:fold]) for text in folded) <= room), FOLDS[-1])
    for comment in comments:
        if len(comment.text) > limit and comment.id not in whole:
            comment.text, comment.is_folded = _cut(comment.text, limit), True
    bound_work(comments, work)


def bound_work(comments: Sequence[Bounded], most: int = MOST_WORK) -> None:
    """Mark those that are too costly to render. The cheapest are rendered, whatever the others cost."""
    work_of = [(estimated_work(comment.text, comment.format), comment.id, comment) for comment in comments]
    work_of.sort(key=lambda each: each[:2])
    for total, (_, _, comment) in zip(accumulate(work for work, _, _ in work_of), work_of, strict=True):
        comment.is_as_typed = total > most


def _bytes(text: str) -> int:
    """As sent. What has a meaning in HTML or for a template becomes an entity."""
    return len(text.encode("utf-8", "replace")) + 4 * sum(map(text.count, "&<>{}"))


def _cut(text: str, limit: int) -> str:
    """The first characters, up to the end of a word if there is one near."""
    cut = text[:limit]
    head = cut[: limit * 3 // 4]
    words = cut[len(head) :].rpartition("\n")[0] or cut[len(head) :].rpartition(" ")[0]
    return (head + words if words else cut).rstrip()
