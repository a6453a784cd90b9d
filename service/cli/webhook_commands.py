"""The commands ``leave-a-reply webhook add``, ``list``, ``remove``, ``test``, ``log`` and ``replay``."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

import typer

from service import sites
from service.cli.open_service import Opened, Yes, confirm
from service.cli.site_commands import read_origin
from service.web.background_tasks import courier
from service.web.context import AppContext, utc_now
from service.webhooks import manage_webhooks, message_queue, site_webhooks
from service.webhooks.site_webhooks import BadWebhook, Event, Kind, SiteWebhook, Wanted

Fail = Callable[[str], NoReturn]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Origin = Annotated[str, typer.Argument(metavar="ORIGIN", help="A site, such as https://example.com.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The receiver's address.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The webhook’s number, from webhook list.")]
Events = Annotated[list[Event] | None, typer.Option("--event", help="Only this event; repeatable.")]
Token = Annotated[str, typer.Option(metavar="TOKEN", help="Sent as Authorization: Bearer.", envvar="WEBHOOK_TOKEN")]


@dataclass(frozen=True, slots=True)
class _Shell:
    """``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""

    opened: Opened
    fail: Fail

    def webhook(self, context: AppContext, number: int) -> SiteWebhook:
        """The webhook with this number; fails with a sentence if it does not exist."""
        with context.engine.connect() as connection:
            found = site_webhooks.find(connection, number)
        return found or self.fail(f"There is no webhook {number}: leave-a-reply webhook list")

    def site(self, context: AppContext, origin: str) -> int:
        """The id of a site; fails with a sentence if it is not registered."""
        known = read_origin(origin, self.fail)
        with context.engine.connect() as connection:
            return sites.read_sites(connection).get(known) or self.fail(f"{known} is not registered.")


def add_to(webhook: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the commands."""
    shell = _Shell(opened, fail)
    _add_add(webhook, shell)
    _add_list_and_remove(webhook, shell)
    _add_test(webhook, shell)
    _add_log_and_replay(webhook, shell)


def _add_add(webhook: typer.Typer, shell: _Shell) -> None:
    @webhook.command("add")
    def add(
        origin: Origin,
        address: Address,
        kind: Annotated[Kind, typer.Option(help="Kind of receiver.")] = Kind.STANDARD,
        event: Events = None,
        token: Token = "",
        room: Annotated[str, typer.Option(metavar="ROOM", help="Telegram chat or Matrix room.")] = "",
        with_email: Annotated[bool, typer.Option("--with-email", help="Include readers’ email addresses.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Send comments to another program, and print the signing secret."""
        wanted = Wanted(kind, address, event or (), token, room, with_email)
        with shell.opened(create=True) as context:
            site_id = shell.site(context, origin)
            try:
                new = context.writer.run(manage_webhooks.add, site_id, wanted, None, utc_now())
            except BadWebhook as error:
                shell.fail(str(error))
        if as_json:
            typer.echo(json.dumps({"id": new.id, "secret": new.secret}))
            return
        typer.echo(f"Webhook {new.id} added. Test it: leave-a-reply webhook test {new.id}")
        if new.secret:
            typer.echo(f"Signing secret, shown only now: {new.secret}")


def _add_list_and_remove(webhook: typer.Typer, shell: _Shell) -> None:
    @webhook.command("list")
    def list_all(as_json: AsJson = False) -> None:
        """List the webhooks of all sites, without their secrets."""
        with shell.opened() as context, context.engine.connect() as connection:
            origins = {number: origin for origin, number in sites.read_sites(connection).items()}
            found = site_webhooks.read_all(connection)
        if as_json:
            typer.echo(json.dumps([_as_json(hook, origins[hook.site_id]) for hook in found]))
            return
        for hook in found:
            state = "  stopped: the receiver answered 410 Gone" if hook.stopped_at else ""
            what = "builds" if hook.kind.is_build else " ".join(hook.events)
            typer.echo(f"{hook.id}  {origins[hook.site_id]}  {hook.kind}  {hook.place}  {what}{state}")

    @webhook.command("remove")
    def remove(number: Number, yes: Yes = False) -> None:
        """Remove a webhook, with its log and queued messages."""
        with shell.opened() as context:
            hook = shell.webhook(context, number)
            confirm(f"Remove webhook {number} ({hook.place}) with its queued messages?", yes=yes)
            context.writer.run(manage_webhooks.remove, hook, None, utc_now())
        typer.echo(f"Webhook {number} removed.")


def _add_test(webhook: typer.Typer, shell: _Shell) -> None:
    @webhook.command("test")
    def test(number: Number) -> None:
        """Send a test message and print the receiver's answer."""
        with shell.opened() as context:
            outcome = courier(context).send_test(shell.webhook(context, number))
        if outcome.said:
            shell.fail(f"{outcome.status or 'No answer'}: {outcome.said}")
        typer.echo(f"The receiver answered {outcome.status} within {outcome.milliseconds} milliseconds.")


def _add_log_and_replay(webhook: typer.Typer, shell: _Shell) -> None:
    @webhook.command("log")
    def show_log(
        number: Number,
        most: Annotated[int, typer.Option(min=1, max=1000, help="Number of messages.")] = 20,
        as_json: AsJson = False,
    ) -> None:
        """List the newest messages with the result of the last attempt."""
        with shell.opened() as context:
            hook = shell.webhook(context, number)
            with context.engine.connect() as connection:
                rows = message_queue.log(connection, hook, most)
        if as_json:
            typer.echo(json.dumps([dict(row._mapping) for row in rows], default=str))
            return
        for row in rows:
            typer.echo(_log_line(row))

    @webhook.command("replay")
    def replay(
        number: Number,
        message: Annotated[int | None, typer.Argument(metavar="MESSAGE", help="From webhook log.")] = None,
    ) -> None:
        """Resend one message, or all that failed."""
        with shell.opened() as context:
            hook = shell.webhook(context, number)
            count = context.writer.run(manage_webhooks.replay, hook, None, utc_now(), message)
        if message and not count:
            shell.fail(f"Webhook {number} has no settled message {message}: leave-a-reply webhook log {number}")
        typer.echo(f"{count} message{'' if count == 1 else 's'} will be sent again by the running service.")


def _as_json(hook: SiteWebhook, origin: str) -> dict[str, Any]:
    return {
        "id": hook.id,
        "site": origin,
        "kind": hook.kind.value,
        "place": hook.place,
        "events": hook.events,
        "with_email": hook.with_email,
        "stopped": hook.stopped_at is not None,
    }


def _log_line(row: Any) -> str:
    state = "delivered" if row.delivered else "failed" if row.done_at else f"waits until {row.due_at:%F %R}"
    answer = f"  {row.status or 'no answer'}, {row.milliseconds} ms" if row.at else ""
    why = f"  {row.said}" if row.said else ""
    return f"{row.id}  {row.created_at:%F %T}  {row.event}  {state}, {row.attempts} tried{answer}{why}"
