"""What all commands share: the settings, an open service, and how a command ends with an error."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from errno import ENOSPC
from typing import Annotated, Any, NoReturn, Protocol

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from db.engine import BadDatabaseUrl, DatabaseAway, file_of
from service.app import open_context
from service.secret_keys import WeakSecret
from service.settings import DOTENV, Settings
from service.web.context import AppContext
from service.web_origin import BadPage

WRONG_SETTING = (WeakSecret, BadPage, OSError, SQLAlchemyError, ValueError)
"""What opening the service raises when a setting, a folder or a database is not as it should be."""


_DISK_FULL = "The disk is full. Free some space, and try again."
_SQLITE_SENTENCES = {
    "attempt to write a readonly database": "The database cannot be written. Check its owner and rights.",
    "unable to open database file": "The database cannot be opened. Check owner and rights of its file and folder.",
    "database or disk is full": _DISK_FULL,
}


class Opened(Protocol):
    """Opens the service for one command; fails with a sentence if that is impossible. Only a command that adds
    something may ``create`` a database: a list read in the wrong folder must not leave an empty one there."""

    def __call__(self, *, create: bool = False) -> AbstractContextManager[AppContext]: ...


def fail(message: str) -> NoReturn:
    """Print an error and exit with status 1."""
    typer.secho(message, fg="red", err=True)
    raise typer.Exit(1)


Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
"""The option of every command whose effect the log cannot undo."""


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone; fails unless somebody agrees. ``yes``: they have agreed already."""
    try:
        agreed = yes or typer.confirm(f"{question} This cannot be undone.", err=True)
    except typer.Abort:  # Ctrl-C, or a script without an answer
        typer.echo(err=True)
        agreed = False
    if not agreed:
        fail("Nothing was changed. To run this without being asked, add --yes.")


def load_settings(**changes: Any) -> Settings:
    """The settings of the environment with ``changes``; fails with a sentence for each invalid one."""
    try:
        return Settings(**changes)
    except OSError as error:
        fail(f"{error.filename} cannot be read: {error.strerror}. Run this as the user of the service, in its folder.")
    except UnicodeDecodeError:
        fail(f"{DOTENV} is not UTF-8 text. Save it as UTF-8.")
    except ValidationError as error:
        # "default_factory_not_called" only follows from another error
        wrong = [item for item in error.errors() if item["type"] != "default_factory_not_called"]
        fail("\n".join(f"REPLY_{'_'.join(map(str, item['loc'])).upper()}: {_invalid(item)}." for item in wrong))


def _invalid(item: Mapping[str, Any]) -> str:
    """What is wrong with a value, for somebody who does not know Pydantic. The value is not told: it may be secret."""
    limits = item.get("ctx", {})
    match item["type"]:
        case "value_error":
            return str(limits["error"]).rstrip(".")
        case "int_parsing" | "int_from_float":
            return "must be a whole number"
        case "float_parsing":
            return "must be a number"
        case "bool_parsing":
            return "must be true or false"
        case "greater_than_equal":
            return f"must be at least {limits['ge']:g}"
        case "less_than_equal":
            return f"must be at most {limits['le']:,}"
        case "literal_error":
            return f"must be {limits['expected']}"
        case _:
            return str(item["msg"])


def sentence(error: Exception) -> str:
    """What somebody can do about an error of ``WRONG_SETTING``."""
    match error:
        case BadDatabaseUrl():
            return f"REPLY_DATABASE_URL: {error}"
        case DatabaseAway():
            return str(error)
        case SQLAlchemyError():
            reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
            return _SQLITE_SENTENCES.get(reason, f"The database refused: {reason}")
        case sqlite3.Error():
            return _SQLITE_SENTENCES.get(str(error), str(error))
        case BadPage():
            return f"REPLY_SITES or REPLY_PUBLIC_URL: {error}"
        case OSError():
            return os_reason(error)
        case _:
            return str(error)


def os_reason(error: OSError) -> str:
    """An error of the system without its number. Our own errors have no number, and are sentences already."""
    if not error.strerror:
        return str(error)
    if error.errno == ENOSPC:
        return _DISK_FULL
    return f"{error.filename} cannot be used: {error.strerror}." if error.filename else f"{error.strerror}."


@contextmanager
def opened(*, create: bool = False) -> Iterator[AppContext]:
    """See ``Opened``."""
    settings = load_settings()
    file = file_of(settings.database)
    if file and not file.exists() and not create:
        fail(f"There is no database at {file.absolute()}. Run this in the folder of the service, or set REPLY_DATA.")
    if file and not file.exists():
        typer.secho(f"A new database is created: {file.absolute()}", err=True)
    try:
        context = open_context(settings, demo=False)
    except WRONG_SETTING as error:
        fail(sentence(error))
    try:
        yield context
    finally:
        context.close()
