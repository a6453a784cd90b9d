"""The commands ``leave-a-reply admin``: who may moderate."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Connection

from service import admin_accounts, admin_logins, passkeys, second_factor
from service.admin_accounts import AdminAccount, LastOwner
from service.admin_rights import Role
from service.cli.open_service import Opened, Yes, confirm
from service.sites import read_sites
from service.web.context import AppContext, utc_now

Fail = Callable[[str], NoReturn]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The login name.")]
RoleOption = Annotated[Role, typer.Option("--role", help="What the admin may do.")]
SiteOption = Annotated[
    list[str] | None, typer.Option("--site", metavar="ORIGIN", help="Only on this site; repeatable.")
]
_NO_OWNER = "There must be an owner. Make somebody else an owner first."


def add_to(group: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the commands. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""
    _add_accounts(group, opened, fail)
    _add_roles(group, opened, fail)
    _add_login(group, opened, fail)


def _add_accounts(group: typer.Typer, opened: Opened, fail: Fail) -> None:
    @group.command("add")
    def add(name: Name, role: RoleOption = Role.OWNER, site: SiteOption = None) -> None:
        """Add an admin. The password is asked for, or read from standard input."""
        with opened(create=True) as context:
            sites = _sites(context, role, site or [], fail)
            try:
                name = admin_logins.check_name(name)
                password_hash = admin_logins.hash_password(_ask_password(), name)
            except ValueError as error:
                fail(str(error))

            def job(connection: Connection) -> bool:
                admin_id = admin_logins.add(connection, name, password_hash, utc_now())
                if admin_id is not None:
                    admin_accounts.added(connection, admin_id, role, sites, None, utc_now())
                return admin_id is not None

            if not context.writer.run(job):
                fail(f"An admin called {name} already exists.")
            typer.echo(f"{name} can now log in at {context.address('/admin')}")

    @group.command("password")
    def password(name: Name) -> None:
        """Change an admin's password, and log that admin out everywhere."""
        with opened() as context:
            _find(context, name, fail)
            try:
                password_hash = admin_logins.hash_password(_ask_password(), name)
            except ValueError as error:
                fail(str(error))
            context.writer.run(admin_logins.set_password, name, password_hash)
            typer.echo(
                "Password changed. App passwords, tokens and passkeys stay valid: see Account in the admin pages."
            )


def _add_roles(group: typer.Typer, opened: Opened, fail: Fail) -> None:
    @group.command("list")
    def list_people() -> None:
        """List the admins: name, role, sites, last login."""
        with opened() as context, context.engine.connect() as connection:
            origins = {site_id: origin for origin, site_id in read_sites(connection).items()}
            for person in admin_accounts.read_people(connection):
                typer.echo(_line(person, origins))

    @group.command("role")
    def role_of(
        name: Name, role: Annotated[Role, typer.Argument(help="What the admin may do.")], site: SiteOption = None
    ) -> None:
        """Give an admin another role, on all sites or some."""
        with opened() as context:
            person, sites = _find(context, name, fail), _sites(context, role, site or [], fail)
            try:
                context.writer.run(admin_accounts.set_role, person.id, role, sites, None, utc_now())
            except LastOwner:
                fail(_NO_OWNER)
            typer.echo(f"{person.name} now has the role {role}.")

    @group.command("remove")
    def remove(name: Name, yes: Yes = False) -> None:
        """Remove an admin, with all logins and app passwords."""
        with opened() as context:
            person = _find(context, name, fail)
            try:
                with context.engine.connect() as connection:
                    admin_accounts.keep_an_owner(connection, person.id)
                confirm(f"Remove {person.name}, with all logins and app passwords?", yes=yes)
                context.writer.run(admin_accounts.remove, person.id, None, utc_now())
            except LastOwner:
                fail(_NO_OWNER)
            typer.echo(f"{person.name} was removed.")


def _add_login(group: typer.Typer, opened: Opened, fail: Fail) -> None:
    @group.command("no-code")
    def no_code(name: Name, yes: Yes = False) -> None:
        """Turn an admin's two-step login off."""
        with opened() as context:
            person = _find(context, name, fail)
            with context.engine.connect() as connection:
                if not second_factor.is_on(connection, person.id):
                    fail(f"{name} has no two-step login.")
            confirm(f"Turn two-step login off for {person.name}, and delete the recovery codes?", yes=yes)
            context.writer.run(second_factor.turn_off, person.id, None, utc_now())
            typer.echo(f"Two-step login is off for {name}.")

    @group.command("no-passkeys")
    def no_passkeys(name: Name, yes: Yes = False) -> None:
        """Remove an admin's passkeys."""
        with opened() as context:
            person = _find(context, name, fail)
            with context.engine.connect() as connection:
                if not passkeys.of_admin(connection, person.id):
                    fail(f"{name} has no passkeys.")
            confirm(f"Remove all passkeys of {person.name}?", yes=yes)
            context.writer.run(passkeys.remove_all, person.id, utc_now())
            typer.echo(f"All passkeys of {name} were removed.")


def _line(person: AdminAccount, origins: Mapping[int, str]) -> str:
    places = ["all sites"] if person.sites is None else [origins[each] for each in sorted(person.sites)]
    seen = person.seen_at.date().isoformat() if person.seen_at else "not logged in"
    return "\t".join((person.name, person.role, " ".join(places) or "no site", seen))


def _find(context: AppContext, name: str, fail: Fail) -> AdminAccount:
    with context.engine.connect() as connection:
        found = [each for each in admin_accounts.read_people(connection) if each.name == " ".join(name.split())]
    if not found:
        fail(f"There is no admin called {name}. Run “leave-a-reply admin list” to see who there is.")
    return found[0]


def _sites(context: AppContext, role: Role, origins: Sequence[str], fail: Fail) -> set[int] | None:
    """The ids of sites; None for all."""
    if not origins:
        return None
    if role is Role.OWNER:
        fail("Owners have all sites: omit --site, or choose another role.")
    with context.engine.connect() as connection:
        known = read_sites(connection)
    if unknown := [origin for origin in origins if origin.rstrip("/") not in known]:
        fail(f"{unknown[0]} is not registered: leave-a-reply site add {unknown[0]}")
    return {known[origin.rstrip("/")] for origin in origins}


def _ask_password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
