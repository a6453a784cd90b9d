"""The commands ``leave-a-reply privacy periods``, ``export`` and ``erase``."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Connection

from service import sites
from service.action_log import Act, ActKind
from service.cli import plural
from service.cli.open_service import Yes, confirm
from service.language import language
from service.personal_data import (
    FIRST_ANSWER,
    AnswerKey,
    Erasure,
    Person,
    answers_naming,
    erase_slice,
    forget_answers,
    read_comments,
)
from service.retention import MOST_COUNTED, count_due, periods
from service.web.context import AppContext, utc_now

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's email address.")]
Opened = Callable[[], AbstractContextManager[AppContext]]


def add_to(privacy: typer.Typer, opened: Opened, fail: Callable[[str], NoReturn]) -> None:
    """Add the commands. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""
    _add_periods(privacy, opened)
    _add_export(privacy, opened, fail)
    _add_erase(privacy, opened, fail)


def _add_periods(privacy: typer.Typer, opened: Opened) -> None:
    @privacy.command("periods")
    def show_periods() -> None:
        """Show how long data is kept and how much is due for deletion. Nothing is deleted."""
        with opened() as context, context.engine.connect() as connection:
            for period in periods(context.settings):
                number = count_due(connection, period, utc_now())
                due = f"{MOST_COUNTED} or more" if number >= MOST_COUNTED else str(number)
                kept = str(period.time).removesuffix(", 0:00:00") if period.time else "until deleted"
                typer.echo(f"{period.what:12}  {kept:14}  {due:>14} due  REPLY_{period.setting.upper()}")


def _add_export(privacy: typer.Typer, opened: Opened, fail: Callable[[str], NoReturn]) -> None:
    @privacy.command("export")
    def export(email: Email) -> None:
        """Print all comments with an email address, one JSON object per line."""
        with opened() as context, context.engine.connect() as connection:
            person, after = _person(connection, email), None
            while keys := person.keys(connection, after):
                for comment in read_comments(connection, keys, status=True):
                    typer.echo(json.dumps(comment, ensure_ascii=False))
                after = keys[-1]
            if after is None:
                fail(f"No comment has the address {email}.")


def _add_erase(privacy: typer.Typer, opened: Opened, fail: Callable[[str], NoReturn]) -> None:
    @privacy.command("erase")
    def erase(
        email: Email,
        delete: Annotated[bool, typer.Option("--delete", help="Permanently delete the comments.")] = False,
        anonymise: Annotated[
            bool, typer.Option("--anonymise", help="Remove name and address, keep the texts.")
        ] = False,
        yes: Yes = False,
    ) -> None:
        """Delete a person's comments, or only their name and address. This cannot be undone."""
        if delete == anonymise:
            fail("Choose one of --delete and --anonymise (which keeps the texts).")
        total = 0
        with opened() as context:
            with context.engine.connect() as connection:
                person = _person(connection, email)
                found = sum(person.count(connection).values())
            if found:
                what = f"{plural.comments(found)} of {email}"
                confirm(f"Delete {what}?" if delete else f"Remove name and address from {what}?", yes=yes)
            act = Act(ActKind.ERASE, utc_now())
            erasure = Erasure.DELETE if delete else Erasure.ANONYMISE
            name = language(context.settings.language).gettext("Anonymous")
            while number := context.writer.run(erase_slice, person, erasure, context.keyring, name, act):
                total += number
            after: AnswerKey | None = FIRST_ANSWER
            while after is not None:
                with context.engine.connect() as connection:
                    naming, after = answers_naming(connection, person, after)
                if naming:
                    context.writer.run(forget_answers, naming)
        if not total:
            fail(f"No comment has the address {email}.")
        typer.echo(f"{plural.comments(total)} {'deleted' if delete else 'anonymised'}.")


def _person(connection: Connection, email: str) -> Person:
    return Person(email, frozenset(sites.read_sites(connection).values()))
