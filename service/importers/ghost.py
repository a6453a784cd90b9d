"""Ghost's JSON, if the comments are in it: what its admin exports leaves them out."""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import fields
from service.importers.addresses import page_at, real_hosts_first
from service.importers.import_sentences import ImportSentence
from service.importers.json_stream import json_keys, json_values
from service.importers.model import Incoming, IncomingPage
from service.importers.shown_text import from_html
from service.importers.source import FirstReading, Opening, Source
from service.importers.source_accounts import People, Person

_BEFORE = ("db[].data", "data", "")


def sniff(opening: Opening) -> bool:
    """Whether a source begins as an export of Ghost."""
    return {"db", "meta", "exported_on"} <= json_keys(opening)


def read(source: Source) -> Iterator[Incoming]:
    """The comments of an export, which is read twice. A post's page is ``/SLUG/``. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    posts: dict[str, tuple[IncomingPage, bool]] = {}
    members = People()
    reading = FirstReading(json_values(source, _places("posts") | _places("members")))
    for place, value in reading:
        row = fields.mapping(value)
        number = fields.number(row.get("id"))
        if place.endswith("posts[]"):
            slug = fields.text(row.get("slug")).strip("/")
            page = page_at(f"/{slug}/" if slug else "", number, slug, title=fields.text(row.get("title")))
            posts[number] = page, row.get("visibility") == "public" and row.get("status") == "published"
        else:
            members.add(number, Person(row.get("name"), row.get("email")))
    members.broken = reading.broken
    for _, value in json_values(source, _places("comments")):
        row = fields.mapping(value)
        on = fields.number(row.get("post_id"))
        page, is_public = posts.get(on) or (page_at("", on, trouble=ImportSentence.NO_POST), True)
        yield _comment(row, page, members.find(fields.number(row.get("member_id"))), is_public=is_public)


def _places(table: str) -> set[str]:
    return {f"{before}.{table}[]".removeprefix(".") for before in _BEFORE}


def _comment(row: dict[str, Any], page: IncomingPage, member: Person, *, is_public: bool) -> Incoming:
    number = fields.number(row.get("id"))
    parent = fields.number(row.get("in_reply_to_id")) or fields.number(row.get("parent_id"))
    status = fields.text(row.get("status"))
    known = {"published": [], "hidden": [ImportSentence.HIDDEN]}
    notes = known.get(status, [ImportSentence.UNKNOWN_STATUS]) + ([] if is_public else [ImportSentence.HIDDEN_POST])
    return fields.comment(
        page,
        blog="ghost",
        number=number,
        parent=parent,
        status=Status.PENDING if notes else Status.APPROVED,
        author=member.name,
        mail=member.email,
        words=from_html(fields.text(row.get("html"))),
        at=fields.date(row.get("created_at")),
        edited=fields.date(row.get("edited_at")),
        notes=tuple(notes),
        skip=ImportSentence.DELETED if status == "deleted" else member.skip,
    )
