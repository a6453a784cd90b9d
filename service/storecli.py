"""The commands ``leave-a-reply backup`` and ``leave-a-reply restore``."""

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
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import URL, make_url

from db import backup
from service.keys import secret_path
from service.settings import Settings

LoadSettings = Callable[[], Settings]
Fail = Callable[[str], NoReturn]


def add_to(app: typer.Typer, load_settings: LoadSettings, fail: Fail) -> None:
    """Give the application its ``backup`` and ``restore``. ``fail`` says a sentence and stops."""

    @app.command("backup")
    def back_up(file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")]) -> None:
        """Copy the store into FILE while the service runs. The secret is not in it."""
        settings = load_settings()
        url = make_url(settings.database)
        store = _sqlite_file(url) or fail(_postgres_recipe(url, f"pg_dump --format=custom --file={_quoted(file)}"))
        if not store.exists():
            fail(f"There is no store at {store}. Give the command the same settings as the service.")
        try:
            with _watched("Copying") as progress:
                backup.back_up(store, file, progress)
        except (ValueError, OSError, sqlite3.Error) as error:
            fail(f"There is no backup. {error}")
        typer.echo(f"{file}: {backup.count_comments(file):,} comments, {file.stat().st_size / 1e6:,.1f} MB.")
        typer.echo(_about_the_secret(settings))

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
            there = backup.count_comments(store)
            fail(f"{store} is there, with {there:,} comments. --force puts the backup in its place, and keeps it.")
        kept = backup.kept_name(store, datetime.now(UTC))
        try:
            with _watched("Copying") as progress:
                replaced = backup.restore(file, store, kept, progress)
        except (ValueError, OSError, sqlite3.Error) as error:
            fail(f"Nothing was changed. {error}")
        typer.echo(f"{store} holds {backup.count_comments(store):,} comments now.")
        if replaced:
            typer.echo(f"The store that was there before is {kept}.")


def _sqlite_file(url: URL) -> Path | None:
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _postgres_recipe(url: URL, command: str) -> str:
    """PostgreSQL has programs of its own for this. The password is theirs to ask for."""
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
def _watched(what: str) -> Iterator[backup.Progress]:
    """A bar on a terminal that shows how many pages are copied."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
