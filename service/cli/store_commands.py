"""The commands ``leave-a-reply backup``, ``restore`` and ``move``."""

import shlex
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn
from rich.table import Table
from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from db import backup
from db.copy import CopyRefused, CopySummary, StoresDiffer, copy, copy_changes, count_rows, write_lock
from db.engine import migrate, open_engine
from service.cli.progress import progress_bar
from service.keys import secret_path
from service.settings import Settings

LoadSettings = Callable[[], Settings]
Fail = Callable[[str], NoReturn]


def add_to(app: typer.Typer, load_settings: LoadSettings, fail: Fail) -> None:
    """Add the commands. ``fail`` prints a sentence and exits with status 1."""
    _add_backup(app, load_settings, fail)
    _add_restore(app, load_settings, fail)
    _add_move(app, load_settings, fail)


def _add_backup(app: typer.Typer, load_settings: LoadSettings, fail: Fail) -> None:
    @app.command("backup")
    def back_up(file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")]) -> None:
        """Copy the store into FILE while the service runs. The secret is not in it."""
        settings = load_settings()
        url = make_url(settings.database)
        store = _sqlite_file(url) or fail(_postgres_recipe(url, f"pg_dump --format=custom --file={_quoted(file)}"))
        if not store.exists():
            fail(f"There is no store at {store}. Give the command the same settings as the service.")
        try:
            with _page_progress() as progress:
                backup.back_up(store, file, progress)
        except (ValueError, OSError, sqlite3.Error) as error:
            fail(f"There is no backup. {error}")
        typer.echo(f"{file}: {backup.count_comments(file):,} comments, {file.stat().st_size / 1e6:,.1f} MB.")
        typer.echo(_about_the_secret(settings))


def _add_restore(app: typer.Typer, load_settings: LoadSettings, fail: Fail) -> None:
    @app.command("restore")
    def restore(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that the backup command wrote.")],
        force: Annotated[bool, typer.Option("--force", help="Also where there is a store; that one is kept.")] = False,
    ) -> None:
        """Check FILE, and put it in the place of the store. Stop the service before."""
        settings = load_settings()
        url = make_url(settings.database)
        store = _sqlite_file(url) or fail(
            _postgres_recipe(url, f"pg_restore --clean --if-exists --no-owner {_quoted(file)} --dbname=")
        )
        if store.exists() and not force:
            number = backup.count_comments(store)
            fail(f"{store} is there, with {number:,} comments. --force puts the backup in its place, and keeps it.")
        kept = backup.kept_name(store, datetime.now(UTC))
        try:
            with _page_progress() as progress:
                replaced = backup.restore(file, store, kept, progress)
        except (ValueError, OSError, sqlite3.Error) as error:
            fail(f"Nothing was changed. {error}")
        typer.echo(f"{store} holds {backup.count_comments(store):,} comments now.")
        if replaced:
            typer.echo(f"The store that was there before is {kept}.")


def _sqlite_file(url: URL) -> Path | None:
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _postgres_recipe(url: URL, command: str) -> str:
    """The command of PostgreSQL that does the same. The password is left out: the program asks for it."""
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query).render_as_string()
    joined = f"{command}'{plain}'" if command.endswith("=") else f"{command} '{plain}'"
    return f"This store is on PostgreSQL, whose own programs do that:\n\n  {joined}"


def _quoted(file: Path) -> str:
    return shlex.quote(str(file))


def _about_the_secret(settings: Settings) -> str:
    if settings.secret.get_secret_value():
        return "The secret is not in it: it stands in REPLY_SECRET. Keep it too, and in another place."
    return f"The secret is not in it: it is {secret_path(settings)}. Keep that too, and in another place."


@contextmanager
def _page_progress() -> Iterator[backup.Progress]:
    """A bar that shows how many pages of the file are copied."""
    with progress_bar("Copying") as update:
        yield lambda done, total: update(completed=done, total=total)


def _add_move(app: typer.Typer, load_settings: LoadSettings, fail: Fail) -> None:
    @app.command()
    def move(
        to: Annotated[str, typer.Option(metavar="URL", help="The other database, as in REPLY_DATABASE_URL.")],
        wait: Annotated[bool, typer.Option(help="Hold the old store until you have started the service anew.")] = True,
    ) -> None:
        """Copy the store to another database while the service runs. Stopped anywhere, it goes on when run again."""
        current = load_settings().database
        try:
            if make_url(to) == make_url(current):
                fail("That is the store itself. Name another database.")
            with _opened(current) as source, _opened(to) as target:
                if _number_of_rows(source) == 0:
                    fail("The store is empty. Give the command the same settings as the service.")
                with _row_progress("Copying", source) as advance:
                    copy(source, target, advance)
                with write_lock(source) as connection:
                    with _row_progress("Comparing", source) as advance:
                        summaries = copy_changes(connection, target, advance)
                    _print_summaries(summaries)
                    typer.echo("Both are equal.")
                    if wait:
                        _wait_for_restart(make_url(to))
        except (CopyRefused, StoresDiffer, ValueError, OSError, ArgumentError, ImportError) as error:
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
        return count_rows(connection)


@contextmanager
def _row_progress(title: str, source: Engine) -> Iterator[Callable[[int], None]]:
    """A bar that shows how many of the rows of ``source`` are done."""
    with progress_bar(title, MofNCompleteColumn(), total=_number_of_rows(source)) as update:
        yield lambda number: update(advance=number)


def _print_summaries(summaries: list[CopySummary]) -> None:
    table = Table("table", "rows", "digest, here and there")
    for summary in summaries:
        table.add_row(summary.name, str(summary.rows), summary.digest[:16])
    Console().print(table)


def _wait_for_restart(target: URL) -> None:
    """Keep the write lock until the service runs on the new store: a comment written to the old one would be lost."""
    typer.echo(
        "Nobody can write to the old store now. Comments sent in this moment get an answer that says to try again,\n"
        "and nothing that was typed is lost. Restart the service with\n\n"
        f"  REPLY_DATABASE_URL={target.render_as_string(hide_password=True)}\n\n"
        "and then press Enter."
    )
    sys.stdin.readline()
