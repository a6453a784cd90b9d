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
from sqlalchemy import URL, Engine
from sqlalchemy.exc import SQLAlchemyError

from db import backup
from db.copy_store import CopyRefused, CopySummary, StoresDiffer, copy, copy_changes, count_rows, write_lock
from db.engine import BadDatabaseUrl, file_of, migrate, open_engine, parse_url
from service.cli import plural
from service.cli.open_service import sentence
from service.cli.progress import progress_bar
from service.secret_keys import secret_path
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
    def back_up(file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")]) -> None:
        """Copy the database to FILE while the service runs. The secret is not included."""
        settings = load_settings()
        recipe = f"pg_dump --format=custom --file={_quoted(file)}"
        store = file_of(settings.database) or fail(_postgres_recipe(settings, recipe, fail))
        if not store.exists():
            fail(f"There is no database at {store}. Run this in the folder of the service, or set REPLY_DATA.")
        try:
            with _page_progress() as progress:
                backup.back_up(store, file, progress)
        except (ValueError, OSError, sqlite3.Error) as error:
            fail(f"Not backed up: {sentence(error)}")
        typer.echo(f"{file}: {plural.comments(backup.count_comments(file))}, {file.stat().st_size / 1e6:,.1f} MB.")
        typer.echo(_about_the_secret(settings))


def _add_restore(app: typer.Typer, load_settings: LoadSettings, fail: Fail) -> None:
    @app.command("restore")
    def restore(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that the backup command wrote.")],
        force: Annotated[bool, typer.Option("--force", help="Replace a database, which is kept aside.")] = False,
    ) -> None:
        """Check FILE and make it the database. Stop the service first."""
        settings = load_settings()
        recipe = f"pg_restore --clean --if-exists --no-owner {_quoted(file)} --dbname="
        store = file_of(settings.database) or fail(_postgres_recipe(settings, recipe, fail))
        if not file.is_file():
            fail(f"There is no file {file}.")
        if store.exists() and not force:
            number = backup.count_comments(store)
            fail(f"{store} exists, with {plural.comments(number)}. --force replaces it and keeps a copy of it.")
        kept = backup.kept_name(store, datetime.now(UTC))
        try:
            with _page_progress() as progress:
                replaced = backup.restore(file, store, kept, progress)
        except (ValueError, OSError, sqlite3.Error) as error:
            fail(f"Nothing was changed. {sentence(error)}")
        typer.echo(f"{store} now holds {plural.comments(backup.count_comments(store))}.")
        if replaced:
            typer.echo(f"The previous database is {kept}.")


def _postgres_recipe(settings: Settings, command: str, fail: Fail) -> str:
    """The command of PostgreSQL that does the same. The password is left out: the program asks for it."""
    try:
        url = parse_url(settings.database)
    except BadDatabaseUrl as error:
        fail(f"REPLY_DATABASE_URL: {error}.")
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query).render_as_string()
    joined = f"{command}'{plain}'" if command.endswith("=") else f"{command} '{plain}'"
    return f"The database is on PostgreSQL. Use PostgreSQL’s own program:\n\n  {joined}"


def _quoted(file: Path) -> str:
    return shlex.quote(str(file))


def _about_the_secret(settings: Settings) -> str:
    if settings.secret.get_secret_value():
        return "The secret is not included: it is in REPLY_SECRET. Keep a copy of it in another place."
    return f"The secret is not included: it is in {secret_path(settings)}. Keep a copy of it in another place."


@contextmanager
def _page_progress() -> Iterator[backup.Progress]:
    """A bar that shows how many pages of the file are copied."""
    with progress_bar("Copying") as update:
        yield lambda done, total: update(completed=done, total=total)


def _add_move(app: typer.Typer, load_settings: LoadSettings, fail: Fail) -> None:
    @app.command()
    def move(
        to: Annotated[str, typer.Option(metavar="URL", help="The other database, as in REPLY_DATABASE_URL.")],
        wait: Annotated[bool, typer.Option(help="Keep the old database locked until the service is restarted.")] = True,
    ) -> None:
        """Copy everything to another database while the service runs. If interrupted, run it again to continue."""
        current = load_settings().database
        try:
            if parse_url(to) == parse_url(current):
                fail("That is the current database. Choose another one.")
            with _opened(current) as source, _opened(to) as target:
                if _number_of_rows(source) == 0:
                    fail("The database is empty. Run this in the folder of the service, or set REPLY_DATA.")
                with _row_progress("Copying", source) as advance:
                    copy(source, target, advance)
                with write_lock(source) as connection:
                    with _row_progress("Comparing", source) as advance:
                        summaries = copy_changes(connection, target, advance)
                    _print_summaries(summaries)
                    typer.echo("Both databases are equal.")
                    if wait:
                        _wait_for_restart(parse_url(to))
        except (CopyRefused, StoresDiffer, ValueError, OSError) as error:
            fail(str(error))
        except SQLAlchemyError as error:
            fail(f"The database refused: {error}. What was copied is kept; run the command again to continue.")


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
    """Keep the write lock until the service runs on the new database: comments in the old one would be lost."""
    typer.echo(
        "The old database is locked. Readers who post now are asked to try again and lose nothing that they typed.\n"
        "Restart the service with this setting, your password in place of ***:\n\n"
        f"  REPLY_DATABASE_URL={target.render_as_string(hide_password=True)}\n\n"
        "then press Enter."
    )
    sys.stdin.readline()
