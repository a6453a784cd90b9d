"""Conditions that use the index of words. They only narrow down: whoever asks compares the words themselves, too."""
# ruff: noqa: S608 - all that is put into these statements is written here

import json
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Select, Text, and_, bindparam, literal_column, or_, select
from sqlalchemy.ext.compiler import compiles

from db import tables
from db.word_index import END, MARKS, NORMAL
from db.word_search import contains_ascii

_found = tables.comment.alias("found")
_GRAM, _MOST_TRIGRAMS = 3, 30
_RARELY = 0.00001
_ENTRIES_FROM_TO = (
    """(SELECT coalesce(group_concat('"' || replace(term, '"', '""') || '"', ' OR '), '"???"') """
    "FROM comment_search_words WHERE term >= {0} AND term < {1})"
)
"""A query for all entries of three letters that begin with a word of one or two."""


class _Condition(ColumnElement[bool]):
    """A condition as SQLite's indexes know it: without the ``= 1`` that SQLAlchemy adds to what it does not know."""

    inherit_cache = False
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        return self


class Rare(_Condition):
    """A condition that few rows meet. SQLite does not know that by itself, and would read all rows in the order of some
    other index."""

    inherit_cache = False

    def __init__(self, condition: ColumnElement[bool]) -> None:
        self.condition = condition


@compiles(Rare)
def _as_it_is(element: Rare, compiler: Any, **more: Any) -> str:
    return str(compiler.process(element.condition, **more))


@compiles(Rare, "sqlite")
def _with_likelihood(element: Rare, compiler: Any, **more: Any) -> str:
    return f"likelihood({compiler.process(element.condition, **more)}, {_RARELY})"


class MayHaveWord(_Condition):
    """A condition on ``comment``: false only where no spelling of a word occurs in the comment, or in the address or
    title of its page. It is expected of few comments, see ``Rare``."""

    inherit_cache = False

    def __init__(self, spellings: list[str]) -> None:
        self.spellings = spellings

    def on_pages(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Columns of the comments, as ``found``, whose page has the word."""
        page = tables.page.alias("found_page")
        has_word = [contains_ascii(column, one) for column in (page.c.url, page.c.title) for one in self.spellings]
        same = and_(_found.c.site_id == page.c.site_id, _found.c.page_id == page.c.id)
        return select(*columns).select_from(page).join(_found, same).where(or_(*has_word))


@compiles(MayHaveWord)
def _anywhere(_element: MayHaveWord, _compiler: Any, **_more: Any) -> str:
    return "1 = 1"


@compiles(MayHaveWord, "sqlite")
def _sqlite(element: MayHaveWord, compiler: Any, **more: Any) -> str:
    options = {"ids": more.pop("ids", False)}

    def bound(value: str) -> str:
        return str(compiler.process(bindparam(None, value, type_=Text, unique=True), **more))

    if len(element.spellings[0]) >= _GRAM:
        match = bound(" OR ".join(f"({_trigrams(one)})" for one in element.spellings))
    else:
        lower = dict.fromkeys(each.lower() for each in element.spellings)
        ranges = [(bound(each), bound(each + chr(0x10FFFF))) for each in lower]
        match = " || ' OR ' || ".join(_ENTRIES_FROM_TO.format(*each) for each in ranges)
    pages = compiler.process(element.on_pages(literal_column("found.rowid")), **more)
    return _listed(match, f" UNION ALL {pages}", options)


def _listed(match: str, more_ids: str, options: dict[str, Any]) -> str:
    """SQLite's condition that the index finds a comment, or that it is not entered yet; the ids alone for
    ``CountFound``."""
    behind = "SELECT rowid FROM comment WHERE rowid > (SELECT until FROM comment_search_state)"
    ids = f"SELECT rowid FROM comment_search WHERE comment_search MATCH {match} UNION ALL {behind}{more_ids}"
    return ids if options.get("ids") else f"likelihood(comment.rowid IN ({ids}), {_RARELY})"


class MayBe(_Condition):
    """A condition on ``comment``: false only where the ``language``, the ``author`` or every ``reason`` (``kind``) is
    another, regardless of case."""

    inherit_cache = False

    def __init__(self, kind: str, value: str) -> None:
        self.kind, self.value = kind, value


@compiles(MayBe)
def _always(_element: MayBe, _compiler: Any, **_more: Any) -> str:
    return "1 = 1"


@compiles(MayBe, "sqlite")
def _entered(element: MayBe, compiler: Any, **more: Any) -> str:
    ids = bool(more.pop("ids", False))
    whole = f"{MARKS[element.kind]}{element.value}{END}"
    few = dict.fromkeys((whole[:3], whole[-3:], whole[-4:-1] if len(whole) > 3 else whole[:3]))  # more cost more
    match = " AND ".join('"' + each.replace('"', '""') + '"' for each in few)
    bound = str(compiler.process(bindparam(None, match, type_=Text, unique=True), **more))
    return _listed(bound, "", {"ids": ids})


_EQUAL = {
    "author": "lower(comment.author) = lower({})",
    "language": "comment.language = {}",
    "reason": "comment.reasons::jsonb @> {}::jsonb",
}


@compiles(MayBe, "postgresql")
def _equal(element: MayBe, compiler: Any, **more: Any) -> str:
    value = json.dumps([{"symbol": element.value}]) if element.kind == "reason" else element.value
    return _EQUAL[element.kind].format(compiler.process(bindparam(None, value, type_=Text, unique=True), **more))


class CountFound(ColumnElement[int]):
    """How many comments an index finds by a condition, ``most`` at most."""

    inherit_cache = False
    type = Integer()

    def __init__(self, condition: ColumnElement[bool], most: int) -> None:
        self.condition, self.most = condition, most


@compiles(CountFound)
def _count(element: CountFound, compiler: Any, **more: Any) -> str:
    condition = compiler.process(element.condition, **more)
    return f"(SELECT count(*) FROM (SELECT 1 FROM comment WHERE {condition} LIMIT {int(element.most)}) AS found)"


@compiles(CountFound, "sqlite")
def _count_ids(element: CountFound, compiler: Any, **more: Any) -> str:
    """Without a list of all ids, which the condition itself would make first."""
    if not isinstance(element.condition, MayBe | MayHaveWord):
        return _count(element, compiler, **more)
    ids = compiler.process(element.condition, ids=True, **more)
    return f"(SELECT count(*) FROM (SELECT 1 FROM ({ids}) LIMIT {int(element.most)}))"


def _trigrams(word: str) -> str:
    found = dict.fromkeys(word[at : at + 3] for at in range(min(len(word) - 2, _MOST_TRIGRAMS)))
    return " AND ".join('"' + each.replace('"', '""') + '"' for each in found)


@compiles(MayHaveWord, "postgresql")
def _postgresql(element: MayHaveWord, compiler: Any, **more: Any) -> str:
    """By the beginning of words: PostgreSQL's parser knows no other way without an extension."""
    if not any(letter.isalnum() for letter in element.spellings[0]):
        return "true"
    columns = (f"found.{name}" for name in ("text", "author", "email", "url"))
    vector = f"to_tsvector('simple', {NORMAL})".format(" || ' ' || ".join(columns))
    queries = []
    for one in element.spellings:
        word = compiler.process(bindparam(None, one, type_=Text, unique=True), **more)
        queries.append(
            f"{vector} @@ (nullif(phraseto_tsquery('simple', {NORMAL.format(word)})::text, '') || ':*')::tsquery"
        )
    pages = compiler.process(element.on_pages(_found.c.site_id, _found.c.id), **more)
    found = f"SELECT found.site_id, found.id FROM comment AS found WHERE {' OR '.join(queries)}"
    return f"(comment.site_id, comment.id) IN ({found} UNION ALL {pages})"
