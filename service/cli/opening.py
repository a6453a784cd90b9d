"""What all commands share: the settings, an open service, and how a command ends with an error."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from service.app import open_context
from service.keys import WeakSecret
from service.settings import Settings
from service.urls import BadPage
from service.web.context import AppContext


def fail(message: str) -> NoReturn:
    """Print an error and exit with status 1."""
    typer.secho(message, fg="red", err=True)
    raise typer.Exit(1)


def load_settings(**changes: Any) -> Settings:
    """The settings of the environment with ``changes``; fails with a sentence for each invalid one."""
    try:
        return Settings(**changes)
    except ValidationError as error:
        # "default_factory_not_called" only follows from another error
        wrong = [item for item in error.errors() if item["type"] != "default_factory_not_called"]
        fail("\n".join(f"REPLY_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in wrong))


@contextmanager
def opened() -> Iterator[AppContext]:
    """Open the service for one command; fails with a sentence if that is impossible."""
    settings = load_settings()
    try:
        file = Path(make_url(settings.database).database or "")
        if settings.database.startswith("sqlite") and not file.exists():
            typer.secho(f"There is no {file.absolute()} yet: it is made. REPLY_DATA names another folder.", err=True)
        context = open_context(settings, demo=False)
    except (WeakSecret, BadPage, OSError, SQLAlchemyError, ValueError) as error:
        fail(str(error))
    try:
        yield context
    finally:
        context.close()
