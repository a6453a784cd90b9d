"""The command ``leave-a-reply move``."""

import sys
from collections.abc import Callable
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from db.engine import migrate, open_engine
from db.mirror import rows_of
from service.moving import Copied, NotEmpty, copy, copy_the_rest, nobody_writes
from service.settings import Settings

T = TypeVar("T")
Fail = Callable[[str], NoReturn]


def add_to(app: typer.Typer, load_settings: Callable[[], Settings], fail: Fail) -> None:
    """Give the application its ``move``. ``fail`` says a sentence and stops."""

    @app.command()
    def move(
        to: Annotated[str, typer.Option(metavar="URL", help="The other database, as in REPLY_DATABASE_URL.")],
        wait: Annotated[bool, typer.Option(help="Hold the old store until you have started the service anew.")] = True,
    ) -> None:
        """Copy the store to another database while the service runs. Stopped anywhere, it goes on when run again."""
        here = load_settings().database
        if to == here:
            fail("That is the store itself. Name another database.")
        try:
            source, target = _opened(here), _opened(to)
            _bar("Copying", source, lambda tell: copy(source, target, tell))
            with nobody_writes(source) as connection:
                copied = _bar("Comparing", source, lambda tell: copy_the_rest(connection, target, tell))
                _show(copied)
                if wait and sys.stdin.isatty():
                    _wait()
        except (NotEmpty, LookupError, ValueError) as error:
            fail(str(error))
        except SQLAlchemyError as error:
            fail(f"The database refused: {error}. What was copied is kept; run the command again.")
        typer.echo("Both are equal. From now on: REPLY_DATABASE_URL with the address that you have named.")


def _opened(url: str) -> Engine:
    engine = open_engine(url)
    migrate(engine)
    return engine


def _bar(title: str, source: Engine, work: Callable[[Callable[[int], None]], T]) -> T:
    with source.connect() as connection:
        total = sum(rows_of(connection).values())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task(title, total=total)
        return work(lambda number: progress.advance(task, number))


def _show(copied: list[Copied]) -> None:
    table = Table("table", "rows", "digest, here and there")
    for each in copied:
        table.add_row(each.name, str(each.rows), each.digest)
    Console().print(table)


def _wait() -> None:
    """Until the service runs on the new store, nobody may write to the old one, or it would be lost."""
    typer.echo(
        "Nobody can write to the old store now. Comments that are sent in this moment are answered by a sentence, and\n"
        "keep what was typed. Stop the service, set REPLY_DATABASE_URL, start it. Then press Enter."
    )
    sys.stdin.readline()
