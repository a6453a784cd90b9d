"""The commands ``leave-a-reply token add``, ``list`` and ``revoke``: programs that use the JSON API."""

import json
from datetime import timedelta
from typing import Annotated

import typer

from service import admin_logins, api_tokens
from service.admin_rights import CurrentAdmin
from service.api_tokens import LONGEST_DAYS, LONGEST_NAME, MOST, ListedToken, NewToken, Scope
from service.cli.admin_commands import Fail
from service.cli.open_service import Opened, Yes, confirm
from service.visible_text import one_line
from service.web.context import AppContext, utc_now

AdminName = Annotated[str, typer.Argument(metavar="ADMIN", help="The admin whose rights it has.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Scopes = Annotated[list[Scope], typer.Option("--scope", help="A permission; repeatable.")]


def add_to(group: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the commands. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""
    _add_add(group, opened, fail)
    _add_list_and_revoke(group, opened, fail)


def _add_add(group: typer.Typer, opened: Opened, fail: Fail) -> None:
    @group.command("add")
    def add(
        admin: AdminName,
        name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the token, for lists and the log.")],
        scope: Scopes,
        days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="Days until it expires.")] = 90,
        as_json: AsJson = False,
    ) -> None:
        """Create a token and print it. It is shown only once."""
        if not 1 <= len(one_line(name)) <= LONGEST_NAME:
            fail(f"A name must have 1 to {LONGEST_NAME} characters.")
        now = utc_now()
        new = NewToken(one_line(name), api_tokens.read_scopes(scope), now + timedelta(days=days))
        with opened() as context:
            owner = _find(context, admin, fail)
            made = context.writer.run(api_tokens.add, context.keyring, owner.id, new, now)
        if made is None:
            fail(f"{owner.name} already has {MOST} tokens. Revoke one that is no longer used.")
        typer.echo(json.dumps({"id": made[0].id, "token": made[1]}) if as_json else made[1])


def _add_list_and_revoke(group: typer.Typer, opened: Opened, fail: Fail) -> None:
    @group.command("list")
    def list_tokens(admin: AdminName) -> None:
        """List an admin's tokens.

        A line has number, name, scopes, expiry, last use, and by which token it was created.
        """
        with opened() as context:
            owner = _find(context, admin, fail)
            with context.engine.connect() as connection:
                found = api_tokens.of_admin(connection, owner.id)
        for token in found:
            typer.echo(_line(token))

    @group.command("revoke")
    def revoke(
        admin: AdminName,
        number: Annotated[int, typer.Argument(metavar="NUMBER", help="From token list.")],
        yes: Yes = False,
    ) -> None:
        """Revoke a token, and those it has created."""
        with opened() as context:
            owner = _find(context, admin, fail)
            with context.engine.connect() as connection:
                found = next((each for each in api_tokens.of_admin(connection, owner.id) if each.id == number), None)
            if found:
                confirm(f"Revoke the token “{found.name}” of {owner.name}, and those it has created?", yes=yes)
            if not context.writer.run(api_tokens.revoke, owner.id, number, utc_now()):
                fail(f"{owner.name} has no token {number}: leave-a-reply token list {owner.name}")
        typer.echo("Token revoked.")


def _find(context: AppContext, name: str, fail: Fail) -> CurrentAdmin:
    with context.engine.connect() as connection:
        found = admin_logins.find(connection, name)
    return found[0] if found else fail(f"There is no admin called {name}.")


def _line(token: ListedToken) -> str:
    used = f"used about {token.used_at:%F}" if token.used_at else "not used"
    maker = (f"created by {token.made_by}",) if token.made_by else ()
    return "\t".join((str(token.id), token.name, " ".join(token.scopes), f"until {token.expires_at:%F}", used, *maker))
