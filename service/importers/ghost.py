"""Ghost's JSON, if the comments are in it: what its admin exports leaves them out."""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import typed_values
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingPage
from service.importers.json_stream import json_keys, json_values
from service.importers.shown_text import from_html
from service.importers.source_accounts import SourceAccount, SourceAccounts
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import FirstReading, Opening, Source

_BEFORE = ("db[].data", "data", "")


def sniff(opening: Opening) -> bool:
    """Whether a source begins as an export of Ghost."""
    return {"db", "meta", "exported_on"} <= json_keys(opening)


def read(source: Source) -> Iterator[Incoming]:
    """The comments of an export, which is read twice. A post's page is ``/SLUG/``. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    posts: dict[str, tuple[IncomingPage, bool]] = {}
    members = SourceAccounts()
    reading = FirstReading(json_values(source, _places("posts") | _places("members")))
    for place, value in reading:
        row = typed_values.mapping(value)
        number = typed_values.number(row.get("id"))
        if place.endswith("posts[]"):
            slug = typed_values.text(row.get("slug")).strip("/")
            page = page_at(f"/{slug}/" if slug else "", number, slug, title=typed_values.text(row.get("title")))
            posts[number] = page, row.get("visibility") == "public" and row.get("status") == "published"
        else:
            members.add(number, SourceAccount(row.get("name"), row.get("email")))
    members.broken = reading.broken
    for _, value in json_values(source, _places("comments")):
        row = typed_values.mapping(value)
        on = typed_values.number(row.get("post_id"))
        page, is_public = posts.get(on) or (page_at("", on, trouble=ImportSentence.NO_POST), True)
        yield _comment(row, page, members.find(typed_values.number(row.get("member_id"))), is_public=is_public)


def _places(table: str) -> set[str]:
    return {f"{before}.{table}[]".removeprefix(".") for before in _BEFORE}


def _comment(row: dict[str, Any], page: IncomingPage, member: SourceAccount, *, is_public: bool) -> Incoming:
    number = typed_values.number(row.get("id"))
    parent = typed_values.number(row.get("in_reply_to_id")) or typed_values.number(row.get("parent_id"))
    status = typed_values.text(row.get("status"))
    known = {"published": [], "hidden": [ImportSentence.HIDDEN]}
    notes = known.get(status, [ImportSentence.UNKNOWN_STATUS]) + ([] if is_public else [ImportSentence.HIDDEN_POST])
    return typed_values.comment(
        page,
        blog="ghost",
        number=number,
        parent=parent,
        status=Status.PENDING if notes else Status.APPROVED,
        author=member.name,
        mail=member.email,
        words=from_html(typed_values.text(row.get("html"))),
        at=typed_values.date(row.get("created_at")),
        edited=typed_values.date(row.get("edited_at")),
        notes=tuple(notes),
        skip=ImportSentence.DELETED if status == "deleted" else member.skip,
    )
