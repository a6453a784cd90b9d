"""The command ``leave-a-reply``: serve, admin, secret, mail, get and train. Other commands have files of their own."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from service import keys
from service.app import open_context
from service.cli import (
    admin_commands,
    doctor_command,
    export_command,
    import_command,
    page_commands,
    site_commands,
    store_commands,
    token_commands,
    webhook_commands,
)
from service.keys import WeakSecret
from service.mail import messages
from service.mail.messages import Sender
from service.mail.smtp_delivery import ERRORS, connect, describe_error
from service.settings import Settings, misspelt
from service.smtp_url import mailbox
from service.spam.training.train import NoNumpy, train
from service.urls import BadPage
from service.version import VERSION
from service.web.context import AppContext, utc_now


def _group(summary: str) -> typer.Typer:
    """A group of commands, with help as plain text."""
    return typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=summary)


app = _group("A comment form with a captcha and a spam check.")
sites = _group("Sites whose pages may carry comments.")
admin = _group("People who may moderate.")
secret = _group("The secret that signs tokens.")
mail = _group("Whether mail works.")
webhook = _group("Other programs that hear of comments.")
token = _group("Programs that use the JSON API.")
app.add_typer(sites, name="site")
app.add_typer(mail, name="mail")
app.add_typer(webhook, name="webhook")
app.add_typer(admin, name="admin")
app.add_typer(token, name="token")
app.add_typer(secret, name="secret")


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


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"leave-a-reply {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Options that go with no command."""


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


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(metavar="PORT", help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(metavar="NUMBER", help="Processes that serve.")] = None,
    fd: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Serve on this open socket, such as systemd's 3.")
    ] = None,
) -> None:
    """Serve, and say where."""
    from service.server.run import run

    given = {"host": host, "port": port, "workers": workers}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    for name, meant in misspelt(os.environ):
        guess = f" Is {meant} meant?" if meant else ""
        typer.secho(f"{name} is no setting, and does nothing.{guess}", fg="yellow", err=True)
    try:
        run(settings, fd)
    except (WeakSecret, BadPage, OSError, SQLAlchemyError, ValueError) as error:
        fail(str(error))


@secret.command("rotate")
def secret_rotate() -> None:
    """Make a new secret. Forms that are open now stay valid until the next rotation; restart the service after it."""
    settings = load_settings()
    if settings.secret.get_secret_value():
        fail("REPLY_SECRET holds the secret: add the new one behind the old one there, with a space between.")
    keys.load_keyring(settings)
    typer.echo(f"{keys.rotate(settings)} holds a new secret. Restart the service to use it.")


@mail.command("test")
def mail_test(address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Who gets it.")]) -> None:
    """Send a test mail to ADDRESS, and say what the mail server said. The database is not opened."""
    settings = load_settings()
    if settings.mail_server is None:
        fail("No mail server is set: REPLY_SMTP_URL=smtps://user:password@mail.example.com")
    sender = Sender(mailbox(settings.mail_from), settings.public_url)
    try:
        message = messages.trial_message(sender, mailbox(address), utc_now())
    except ValueError as error:
        fail(str(error))
    try:
        with connect(settings.mail_server, sender.hostname) as send:
            send(message)
    except ERRORS as error:
        fail(describe_error(error))
    typer.echo(f"{settings.mail_server.host} took a test mail for {address}. Look whether it arrives.")


@app.command()
def get(path: Annotated[str, typer.Argument(metavar="PATH", help="With its query, such as /healthz.")]) -> None:
    """Answer one GET request and stop. It prints the body as the service would send it; status 1 for an error."""
    from service.app import create_app
    from service.server.single_request import answer_once

    settings = load_settings()
    status, body = asyncio.run(answer_once(create_app(settings), path, settings.public_url))
    sys.stdout.buffer.write(body)
    raise typer.Exit(0 if status < 400 else 1)


site_commands.add_to(sites, opened, fail)
page_commands.add_to(sites, opened, fail)
admin_commands.add_to(admin, opened, fail)
webhook_commands.add_to(webhook, opened, fail)
token_commands.add_to(token, opened, fail)
import_command.add_to(app, opened, fail)
export_command.add_to(app, opened, load_settings, fail)
store_commands.add_to(app, load_settings, fail)
doctor_command.add_to(app, opened, fail)


@app.command("train")
def train_prior(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="JSON lines: text, author, email, url, label, source, cluster."),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for prior.bin, MODEL.md and MODEL.json.")] = Path(
        "model"
    ),
) -> None:
    """Rebuild the classifier from labelled comments. It reports on sources that were left out."""
    try:
        report = train(files, out, lambda step: typer.echo(step, err=True))
    except (NoNumpy, OSError, ValueError) as error:
        fail(str(error))
    typer.echo(report.as_markdown())
