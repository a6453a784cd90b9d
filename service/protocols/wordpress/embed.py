"""``_embed``: what a comment links to, put into the answer (``WP_REST_Server::embed_links``)."""

from collections.abc import Mapping, Sequence
from typing import Any

from db.models import Status
from service.protocols.wordpress.auth import RestRequest
from service.protocols.wordpress.comment_json import comments_json
from service.protocols.wordpress.params import Params
from service.protocols.wordpress.post import post_json
from service.protocols.wordpress.queries import CommentQuery, RestComment, find_comments, find_posts

RELATIONS = ("up", "in-reply-to", "children")
_MOST = 1000
"""Comments that one answer embeds as children; WordPress embeds the first page of ten for each parent."""
_CHILDREN_EACH = 10


async def embed(
    request: RestRequest, params: Params, entries: Sequence[RestComment], comments: Sequence[dict[str, Any]]
) -> None:
    """Add ``_embedded`` to ``comments``, the JSON of ``entries``, if ``_embed`` asks for it.

    ``_embed`` alone embeds all relations, ``_embed=up,children`` those. A parent that the caller may not read is left
    out.
    """
    relations = params.relations(RELATIONS)
    if not relations or not entries:
        return
    found: dict[str, Mapping[int, Any]] = {}
    if "up" in relations:
        posts = await request.context.read(find_posts, request.site_id, {entry.post for entry in entries})
        found["up"] = {entry.id: post_json(request, posts[entry.post]) for entry in entries if entry.post in posts}
    if "in-reply-to" in relations:
        found["in-reply-to"] = await _parents(request, entries)
    if "children" in relations:
        found["children"] = await _children(request, entries)
    for entry, comment in zip(entries, comments, strict=True):
        embedded = {relation: [each[entry.id]] for relation, each in found.items() if entry.id in each}
        if embedded and "_links" in comment:
            comment["_embedded"] = embedded


async def _parents(request: RestRequest, entries: Sequence[RestComment]) -> dict[int, Any]:
    wanted = tuple({entry.parent_id for entry in entries if entry.parent_id})
    if not wanted:
        return {}
    statuses = tuple(Status) if request.sees_all else (Status.APPROVED,)
    query = CommentQuery(request.site_id, statuses=statuses, include=wanted, limit=len(wanted))
    rows, _ = await request.context.read(find_comments, query)
    shown = await request.context.compute(comments_json, request, rows, "embed")
    parents = {row.id: each for row, each in zip(rows, shown, strict=True)}
    return {entry.id: parents[entry.parent_id] for entry in entries if entry.parent_id in parents}


async def _children(request: RestRequest, entries: Sequence[RestComment]) -> dict[int, Any]:
    wanted = tuple(entry.id for entry in entries if entry.has_replies)
    if not wanted:
        return {}
    rows, _ = await request.context.read(find_comments, CommentQuery(request.site_id, parents=wanted, limit=_MOST))
    chosen: dict[int, list[RestComment]] = {}
    for row in rows:
        siblings = chosen.setdefault(row.parent_id or 0, [])
        if len(siblings) < _CHILDREN_EACH:
            siblings.append(row)
    shown = await request.context.compute(
        comments_json, request, [row for rows in chosen.values() for row in rows], "embed"
    )
    each = iter(shown)
    return {parent: [next(each) for _ in siblings] for parent, siblings in chosen.items()}
