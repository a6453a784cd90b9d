"""Searches for a word in whatever case its letters are, on each database."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_LONGEST = 1000
"""Letters of a word that are looked at: SQLite refuses patterns of more than 50,000 bytes."""

_ESCAPE = "/"


def contains_word(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """Whether a text contains a word, or any other text without blanks. Signs that mean something in patterns mean
    themselves.

    SQLite's ``lower`` and ``LIKE`` know the case of ASCII letters only. There, a word with others is searched by a
    pattern that has each letter in all its cases.
    """
    word = word[:_LONGEST]
    if word.isascii():
        return contains_ascii(column, word)
    return _Contains(column, literal(_like(word)), literal(_glob(word)))


def contains_ascii(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """Whether a text contains a word, its ASCII letters in any case. SQLite's ``LIKE`` compares so by itself; with
    ``lower`` it would take three times as long."""
    return _ContainsAscii(column, literal(_like(word)))


class _ContainsAscii(FunctionElement[bool]):
    """Of a column and a pattern of ``LIKE``."""

    name = "contains_ascii"
    type = Boolean()
    inherit_cache = True


@compiles(_ContainsAscii)
def _with_lower(element: Any, compiler: Any, **options: Any) -> str:
    column, like = element.clauses
    return str(compiler.process(func.lower(column).like(func.lower(like), escape=_ESCAPE), **options))


@compiles(_ContainsAscii, "sqlite")
def _with_like_alone(element: Any, compiler: Any, **options: Any) -> str:
    column, like = element.clauses
    return f"({compiler.process(column.like(like, escape=_ESCAPE), **options)})"


class _Contains(FunctionElement[bool]):
    """Of a column: the pattern of ``LIKE``, and that of SQLite's ``GLOB``."""

    name = "contains_word"
    type = Boolean()
    inherit_cache = True


@compiles(_Contains)
def _with_like(element: Any, compiler: Any, **options: Any) -> str:
    column, like, _ = element.clauses
    return str(compiler.process(func.lower(column).like(func.lower(like), escape=_ESCAPE), **options))


@compiles(_Contains, "sqlite")
def _with_glob(element: Any, compiler: Any, **options: Any) -> str:
    column, _, glob = element.clauses
    return f"({compiler.process(column, **options)} GLOB {compiler.process(glob, **options)})"


def _like(word: str) -> str:
    return f"%{''.join(_ESCAPE + letter if letter in '%_' + _ESCAPE else letter for letter in word)}%"


def _glob(word: str) -> str:
    return f"*{''.join(map(_any_case, word))}*"


def _any_case(letter: str) -> str:
    cases = {letter, letter.lower(), letter.upper(), letter.upper().lower(), letter.lower().upper()}
    single = sorted(case for case in cases if len(case) == 1)
    return f"[{''.join(single)}]" if len(single) > 1 or letter in "*?[" else letter
