"""The command ``leave-a-reply move``."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from db.engine import migrate, open_engine
from service.moving import Copied, Refused, Unequal, copy, copy_the_rest, nobody_writes, number_of_rows
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
        try:
            if make_url(to) == make_url(here):
                fail("That is the store itself. Name another database.")
            with _opened(here) as source, _opened(to) as target:
                if _number_of_rows(source) == 0:
                    fail("The store is empty. Give the command the same settings as the service.")
                _watched("Copying", source, lambda tell: copy(source, target, tell))
                with nobody_writes(source) as connection:
                    _show(_watched("Comparing", source, lambda tell: copy_the_rest(connection, target, tell)))
                    typer.echo("Both are equal.")
                    if wait:
                        _wait(make_url(to))
        except (Refused, Unequal, ValueError, OSError, ArgumentError, ImportError) as error:
            fail(str(error))
        except SQLAlchemyError as error:
            fail(f"The database refused: {error}. What was copied is kept; run the command again.")


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def _number_of_rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return number_of_rows(connection)


def _watched(title: str, source: Engine, work: Callable[[Callable[[int], None]], T]) -> T:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task(title, total=_number_of_rows(source))
        return work(lambda number: progress.advance(task, number))


def _show(copied: list[Copied]) -> None:
    table = Table("table", "rows", "digest, here and there")
    for each in copied:
        table.add_row(each.name, str(each.rows), each.digest[:16])
    Console().print(table)


def _wait(target: URL) -> None:
    """Until the service runs on the new store, nobody may write to the old one, or it would be lost."""
    typer.echo(
        "Nobody can write to the old store now. Comments sent in this moment get an answer that says to try again,\n"
        "and nothing that was typed is lost. Restart the service with\n\n"
        f"  REPLY_DATABASE_URL={target.render_as_string(hide_password=True)}\n\n"
        "and then press Enter."
    )
    sys.stdin.readline()
