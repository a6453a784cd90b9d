"""All commands but ``serve``, in their groups. Those of secret, mail, get and train are here, others in their files."""

import asyncio
import sys
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Annotated

import typer

from service import secret_keys
from service.cli import (
    admin_commands,
    doctor_command,
    export_command,
    import_command,
    page_commands,
    past_imports_commands,
    privacy_commands,
    redirect_command,
    site_commands,
    store_commands,
    token_commands,
    webhook_commands,
)
from service.cli.command_summaries import SUMMARIES
from service.cli.open_service import fail, load_settings, opened
from service.language import admin_language
from service.mail import admin_messages
from service.mail.reader_messages import MailSender
from service.mail.smtp_delivery import ERRORS, connect, describe_error
from service.smtp_url import mailbox
from service.spam.training.train import NoNumpy, train
from service.web.context import utc_now


def _group(name: str = "") -> typer.Typer:
    """A group of commands, with help as plain text; without a name, of all of them."""
    return typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=SUMMARIES.get(name))


app = _group()
sites = _group("site")
admin = _group("admin")
secret = _group("secret")
mail = _group("mail")
webhook = _group("webhook")
imports = _group("imports")
token = _group("token")
privacy = _group("privacy")
app.add_typer(sites, name="site")
app.add_typer(mail, name="mail")
app.add_typer(webhook, name="webhook")
app.add_typer(imports, name="imports")
app.add_typer(admin, name="admin")
app.add_typer(token, name="token")
app.add_typer(privacy, name="privacy")
app.add_typer(secret, name="secret")


@secret.command("rotate")
def secret_rotate() -> None:
    """Create a new secret. Restart the service afterwards. Open forms stay valid until the next rotation."""
    settings = load_settings()
    if settings.secret.get_secret_value():
        fail("The secret is in REPLY_SECRET: add the new one there, after the old one and a space.")
    secret_keys.load_keyring(settings)
    typer.echo(f"{secret_keys.rotate(settings)} holds a new secret. Restart the service to use it.")


@mail.command("test")
def mail_test(address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The recipient.")]) -> None:
    """Send a test mail to ADDRESS and print the mail server's answer. The database is not opened."""
    settings = load_settings()
    if settings.mail_server is None:
        fail("No mail server is configured: set REPLY_SMTP_URL=smtps://user:password@mail.example.com")
    sender = MailSender(mailbox(settings.mail_from), settings.public_url)
    try:
        message = admin_messages.trial_message(sender, mailbox(address), utc_now(), admin_language(settings.language))
    except ValueError as error:
        fail(str(error))
    try:
        with connect(settings.mail_server, sender.hostname) as send:
            send(message)
    except ERRORS as error:
        server = f"{settings.mail_server.host}:{settings.mail_server.port}"
        advice = "" if isinstance(error, SMTPRecipientsRefused) else " Check REPLY_SMTP_URL."
        fail(f"{server}: {describe_error(error).rstrip('.')}.{advice}")
    typer.echo(f"{settings.mail_server.host} accepted a test mail to {address}. Check that it arrives.")


@app.command()
def get(path: Annotated[str, typer.Argument(metavar="PATH", help="Path and query, such as /healthz.")]) -> None:
    """Print the answer to one GET request. The exit status is 1 for an error."""
    from service.app import create_app
    from service.server.single_request import answer_once

    settings = load_settings()
    status, body = asyncio.run(answer_once(create_app(settings), path, settings.public_url))
    sys.stdout.buffer.write(body)
    raise typer.Exit(0 if status < 400 else 1)


site_commands.add_to(sites, opened, fail)
page_commands.add_to(sites, opened, fail)
redirect_command.add_to(sites, opened, fail)
admin_commands.add_to(admin, opened, fail)
webhook_commands.add_to(webhook, opened, fail)
token_commands.add_to(token, opened, fail)
privacy_commands.add_to(privacy, opened, fail)
import_command.add_to(app, opened, fail)
past_imports_commands.add_to(imports, opened, fail)
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
    """Train the classifier with labelled comments. It reports on held-out sources."""
    if missing := next((file for file in files if not file.is_file()), None):
        fail(f"There is no file {missing}.")
    try:
        report = train(files, out, lambda step: typer.echo(step, err=True))
    except (NoNumpy, OSError, ValueError) as error:
        fail(str(error))
    typer.echo(report.as_markdown())
