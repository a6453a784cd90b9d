"""The index of words in comments: FTS5 on SQLite, GIN over a tsvector on PostgreSQL, none elsewhere.

An index only narrows a search down: whoever asks compares the words themselves, too. So it may hold too much, and must
not hold too little.

On SQLite an entry costs a third of a post. So new comments are entered later, in slices (``index_slice``), and until
then a search reads those behind the last entry. Triggers keep what is entered right when a comment is changed or
deleted, in the same transaction, so that no words of a deleted comment stay in the index. The entries are known by
SQLite's row ids, which ``VACUUM`` keeps for a table with an index (``sqlite/src/vacuum.c``; a test looks).

The index also knows the author, the language and the reasons of a comment as wholes: ``MayBe``. So these filters are
fast, and cost a post nothing.
"""
# ruff: noqa: S608 - all that is put into these statements is written here

import json
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles

from db import tables

NAMES = ("comment_search", "ix_comment_words")
"""Prefixes of the names of tables, triggers and indexes that are not in the metadata."""

AT_ONCE = 100
"""Comments that a job enters: some 30 milliseconds, for which comments that are posted wait."""

_found = tables.comment.alias("found")
_GRAM, _MOST_TRIGRAMS = 3, 30
_RARELY = 0.00001
_MARKS = {"language": "\ue000", "reason": "\ue002", "author": "\ue003"}
_END = "\ue001"
"""Signs for private use, around what is entered as a whole."""


def _marked(kind: str, value: str) -> str:
    return f"char({ord(_MARKS[kind])}) || {value} || char({ord(_END)})"


_SYMBOL = "json_extract({0}.reasons, fullkey || '.symbol')"
_REASONS = (  # imported comments may hold any JSON
    f"(SELECT group_concat({_marked('reason', _SYMBOL)}, '') "
    "FROM json_each(CASE WHEN json_valid({0}.reasons) THEN {0}.reasons ELSE '[]' END))"
)
_WORDS = (
    "{0}.text || ' ' || {0}.author || ' ' || {0}.email || ' ' || {0}.url || '  ' || "
    f"{_marked('author', '{0}.author')} || coalesce({_marked('language', '{0}.language')}, '') || "
    f"coalesce({_REASONS}, '')"
)
_SIGNS = "@./:_-?=&#+~|()[]"
_APART = f"translate({{0}}, '{_SIGNS}', '{' ' * len(_SIGNS)}')"
_NORMAL = f"regexp_replace({_APART}, '([\u2e80-\u9fff\uf900-\ufaff])', ' \\1 ', 'g')"
"""Words of addresses apart, and each Chinese character a word: PostgreSQL takes a sentence of them for one."""
_VECTOR = f"to_tsvector('simple', {_NORMAL})".format("text || ' ' || author || ' ' || email || ' ' || url")

_SQLITE = (
    "CREATE VIRTUAL TABLE comment_search USING fts5(words, content='', tokenize='trigram', detail=none, columnsize=0)",
    "CREATE VIRTUAL TABLE comment_search_words USING fts5vocab(comment_search, row)",
    "CREATE TABLE comment_search_state (until INTEGER NOT NULL)",
    "INSERT INTO comment_search_state VALUES (0)",
    "CREATE TRIGGER comment_search_changed AFTER UPDATE OF text, author, email, url, language, reasons ON comment "
    "WHEN old.rowid <= (SELECT until FROM comment_search_state) BEGIN "
    f"INSERT INTO comment_search(comment_search, rowid, words) VALUES ('delete', old.rowid, {_WORDS.format('old')}); "
    f"INSERT INTO comment_search(rowid, words) VALUES (new.rowid, {_WORDS.format('new')}); END",
    "CREATE TRIGGER comment_search_deleted AFTER DELETE ON comment "
    "WHEN old.rowid <= (SELECT until FROM comment_search_state) BEGIN "
    f"INSERT INTO comment_search(comment_search, rowid, words) VALUES ('delete', old.rowid, {_WORDS.format('old')}); "
    # the next comment may get the row id of the last one that was deleted
    "UPDATE comment_search_state SET until = min(until, (SELECT coalesce(max(rowid), 0) FROM comment)); END",
)
_POSTGRESQL = (
    f"CREATE INDEX ix_comment_words ON comment USING gin ({_VECTOR})",
    "CREATE INDEX ix_comment_words_author ON comment (lower(author))",
    "CREATE INDEX ix_comment_words_language ON comment (language)",
    "CREATE INDEX ix_comment_words_reason ON comment USING gin ((reasons::jsonb) jsonb_path_ops)",
)


_ENTRIES_FROM_TO = (
    """(SELECT coalesce(group_concat('"' || replace(term, '"', '""') || '"', ' OR '), '"???"') """
    "FROM comment_search_words WHERE term >= {0} AND term < {1})"
)
"""A query for all entries of three letters that begin with a word of one or two."""


def create_search(connection: Connection) -> None:
    """Create the index, empty on SQLite."""
    statements = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}.get(connection.dialect.name, ())
    for statement in statements:
        connection.exec_driver_sql(statement)


def renew_search(connection: Connection) -> None:
    """Make the index of an older version that of this one: on SQLite all comments are entered again, in slices."""
    if connection.dialect.name == "sqlite":
        for name in ("changed", "deleted"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS comment_search_{name}")
        for name in ("words", "state"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS comment_search_{name}")
        connection.exec_driver_sql("DROP TABLE IF EXISTS comment_search")
    for suffix in ("", "_author", "_language", "_reason") if connection.dialect.name == "postgresql" else ():
        connection.exec_driver_sql(f"DROP INDEX IF EXISTS ix_comment_words{suffix}")
    create_search(connection)


def index_slice(connection: Connection) -> int:
    """Enter the next ``AT_ONCE`` comments. Returns their number; always 0 but on SQLite."""
    if connection.dialect.name != "sqlite":
        return 0
    behind = "FROM comment WHERE rowid > (SELECT until FROM comment_search_state) ORDER BY rowid LIMIT ?"
    found = connection.exec_driver_sql(f"SELECT rowid {behind}", (AT_ONCE,)).scalars().all()
    if found:
        words = _WORDS.format("comment")
        insert = f"INSERT INTO comment_search(rowid, words) SELECT rowid, {words} {behind}"
        connection.exec_driver_sql(insert, (AT_ONCE,))
        connection.exec_driver_sql("UPDATE comment_search_state SET until = ?", (found[-1],))
    return len(found)


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
        has_word = [
            column.icontains(one, autoescape=True) for column in (page.c.url, page.c.title) for one in self.spellings
        ]
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
    whole = f"{_MARKS[element.kind]}{element.value}{_END}"
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
    vector = f"to_tsvector('simple', {_NORMAL})".format(" || ' ' || ".join(columns))
    queries = []
    for one in element.spellings:
        word = compiler.process(bindparam(None, one, type_=Text, unique=True), **more)
        queries.append(
            f"{vector} @@ (nullif(phraseto_tsquery('simple', {_NORMAL.format(word)})::text, '') || ':*')::tsquery"
        )
    pages = compiler.process(element.on_pages(_found.c.site_id, _found.c.id), **more)
    found = f"SELECT found.site_id, found.id FROM comment AS found WHERE {' OR '.join(queries)}"
    return f"(comment.site_id, comment.id) IN ({found} UNION ALL {pages})"
