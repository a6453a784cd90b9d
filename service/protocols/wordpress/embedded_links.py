"""``_embed``: what a comment links to, put into the answer (``WP_REST_Server::embed_links``)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from db import tables
from db.models import Status
from service.comments.fold_long_comments import bound_embedded
from service.protocols.wordpress.comment_json import comments_json
from service.protocols.wordpress.comment_queries import RestComment, find_embedded
from service.protocols.wordpress.post_queries import find_posts
from service.protocols.wordpress.post_resource import post_json
from service.protocols.wordpress.rest_params import Params
from service.protocols.wordpress.rest_request import RestRequest

_comment = tables.comment.c

RELATIONS = ("up", "in-reply-to", "children")
_MOST = 300
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
    rows = await request.context.read(find_embedded, request.site_id, wanted, statuses)
    parents = {row.id: row for row in rows}
    # each as often as it is sent, so that a long one below which many are listed is folded
    parent_of = {entry.id: parents[entry.parent_id] for entry in entries if entry.parent_id in parents}
    return dict(zip(parent_of, await _shown(request, list(parent_of.values())), strict=True))


async def _children(request: RestRequest, entries: Sequence[RestComment]) -> dict[int, Any]:
    wanted = tuple(entry.id for entry in entries if entry.has_replies)
    if not wanted:
        return {}
    ids_of = await request.context.read(_find_replies, request.site_id, wanted, _CHILDREN_EACH, _MOST)
    ids = [comment_id for ids in ids_of.values() for comment_id in ids]
    rows = await request.context.read(find_embedded, request.site_id, ids, (Status.APPROVED,))
    shown = {row.id: each for row, each in zip(rows, await _shown(request, rows), strict=True)}
    return {parent: [shown[each] for each in ids if each in shown] for parent, ids in ids_of.items()}


def _find_replies(
    connection: Connection, site_id: int, parents: Collection[int], each: int, most: int
) -> dict[int, list[int]]:
    """Parent → the ids of its approved replies, newest first: at most ``each`` of the newest ``most`` in all."""
    query = select(_comment.parent_id, _comment.id).where(
        _comment.site_id == site_id, _comment.parent_id.in_(parents), _comment.status == Status.APPROVED
    )
    found: dict[int, list[int]] = {}
    for parent, comment_id in connection.execute(
        query.order_by(_comment.created_at.desc(), _comment.id.desc()).limit(most)
    ):
        siblings = found.setdefault(parent, [])
        if len(siblings) < each:
            siblings.append(comment_id)
    return found


async def _shown(request: RestRequest, rows: Sequence[RestComment]) -> list[dict[str, Any]]:
    """Their JSON, in which long ones are folded as in a thread."""
    return await request.context.compute(comments_json, request, rows, "embed", bound=bound_embedded)
