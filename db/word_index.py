"""The index of words in comments: FTS5 on SQLite, GIN over a tsvector on PostgreSQL, none elsewhere.

An index only narrows a search down: whoever asks compares the words themselves, too. So it may hold too much, and must
not hold too little.

On SQLite an entry costs a third of a post. So new comments are entered later, in slices (``index_slice``), and until
then a search reads those behind the last entry. Triggers keep what is entered right when a comment is changed or
deleted, in the same transaction, so that no words of a deleted comment stay in the index. The entries are known by
SQLite's row ids, which ``VACUUM`` keeps for a table with an index (``sqlite/src/vacuum.c``; a test looks).

The index also knows the author, the language and the reasons of a comment as wholes, so these filters are fast, and
cost a post nothing. ``db.search_conditions`` has the conditions that use it.
"""
# ruff: noqa: S608 - all that is put into these statements is written here

from sqlalchemy import Connection

NAMES = ("comment_search", "ix_comment_words")
"""Prefixes of the names of tables, triggers and indexes that are not in the metadata."""

AT_ONCE = 100
"""Comments that a job enters: some 30 milliseconds, for which comments that are posted wait."""

MARKS = {"language": "\ue000", "reason": "\ue002", "author": "\ue003"}
END = "\ue001"
"""Signs for private use, around what is entered as a whole."""


def _marked(kind: str, value: str) -> str:
    return f"char({ord(MARKS[kind])}) || {value} || char({ord(END)})"


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
NORMAL = f"regexp_replace({_APART}, '([\u2e80-\u9fff\uf900-\ufaff])', ' \\1 ', 'g')"
"""Words of addresses apart, and each Chinese character a word: PostgreSQL takes a sentence of them for one."""
_VECTOR = f"to_tsvector('simple', {NORMAL})".format("text || ' ' || author || ' ' || email || ' ' || url")

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
