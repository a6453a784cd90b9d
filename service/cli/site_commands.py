"""The commands ``leave-a-reply site …``: add, renew, show, list, key-votes, chat-spam and remove."""

import json
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, NoReturn, Protocol
from urllib.parse import urlsplit

import typer
from sqlalchemy import Engine

from db.writer import Writer
from service import sites
from service.cli import plural
from service.cli.open_service import Opened, Yes, confirm
from service.cli.snippets import for_new_site, to_paste
from service.known_sites import known_sites
from service.settings import Settings
from service.spam.change_spam_settings import change_settings
from service.web.context import utc_now
from service.web_origin import BadPage, NotThisMachine, site_origin


class Switch(StrEnum):
    """The values of an argument that switches something."""

    ON = "on"
    OFF = "off"


class SiteStore(Protocol):
    """The parts of an open service that the commands use."""

    @property
    def engine(self) -> Engine: ...
    @property
    def writer(self) -> Writer: ...
    @property
    def settings(self) -> Settings: ...


Fail = Callable[[str], NoReturn]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Origin = Annotated[str, typer.Argument(metavar="ORIGIN", help="Such as https://example.com.")]


def add_to(site: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the commands. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""
    _add_keys(site, opened, fail)
    _add_show_and_list(site, opened, fail)
    _add_switches(site, opened, fail)
    _add_remove(site, opened, fail)


def _add_keys(site: typer.Typer, opened: Opened, fail: Fail) -> None:
    @site.command("add")
    def add(origin: Origin, as_json: AsJson = False) -> None:
        """Register a site and print the snippets to paste."""
        known = read_origin(origin, fail)
        if urlsplit(origin).path.strip("/"):
            typer.secho(f"A site is an origin, so the path is ignored: {known} covers all its pages.", err=True)
        with opened(create=True) as context:
            new = context.writer.run(sites.register, origin, utc_now())
            if new is None:
                with context.engine.connect() as connection:
                    owner = known_sites(connection).of(known)
                if owner is not None and owner.origin != known:
                    fail(f"{known} already belongs to {owner.origin}: its pages can have comments.")
                fail(
                    f"{known} is already registered. leave-a-reply site show {known} prints the snippets, "
                    f"leave-a-reply site renew {known} creates new keys."
                )
            _print_site(context, new, as_json=as_json)

    @site.command("renew")
    def renew(origin: Origin, as_json: AsJson = False) -> None:
        """Give a site new keys and print the snippets. The old secret and check key stop working."""
        with opened() as context:
            known = read_origin(origin, fail)
            renewed = context.writer.run(sites.renew, known)
            if renewed is None:
                fail(f"{known} is not registered: leave-a-reply site add {known}")
            _print_site(context, renewed, as_json=as_json)


def _add_show_and_list(site: typer.Typer, opened: Opened, fail: Fail) -> None:
    @site.command("show")
    def show(origin: Origin) -> None:
        """Print the snippets of a registered site."""
        with opened() as context, context.engine.connect() as connection:
            known = read_origin(origin, fail)
            if known not in sites.read_sites(connection):
                fail(f"{known} is not registered: leave-a-reply site add {known}")
            typer.echo(to_paste(known, context.settings.public_url))

    @site.command("list")
    def list_all(as_json: AsJson = False) -> None:
        """List the registered sites."""
        with opened() as context, context.engine.connect() as connection:
            origins = list(sites.read_sites(connection))
        typer.echo(json.dumps(origins) if as_json else "\n".join(origins))


def _add_switches(site: typer.Typer, opened: Opened, fail: Fail) -> None:
    def switch(origin: str, name: str, say: Switch) -> str:
        """Store a site's setting; returns the origin as registered."""
        with opened() as context:
            known = read_origin(origin, fail)
            with context.engine.connect() as connection:
                site_id = sites.read_sites(connection).get(known) or fail(f"{known} is not registered.")
            context.writer.run(change_settings, site_id, {name: say is Switch.ON}, None, utc_now())
        return known

    @site.command("key-votes")
    def key_votes(origin: Origin, say: Switch) -> None:
        """Let votes with the check key train the filter of the site itself."""
        known = switch(origin, "key_votes", say)
        train = "now train" if say is Switch.ON else "no longer train"
        typer.echo(f"Decisions sent with the check key {train} the filter of {known} itself.")

    @site.command("chat-spam")
    def chat_spam(origin: Origin, say: Switch) -> None:
        """Also filter gambling and chat spam on a site."""
        known = switch(origin, "chat_spam", say)
        state = "on" if say is Switch.ON else "off"
        typer.echo(f"Gambling and chat spam on {known}: the additional filter is {state}.")


def _add_remove(site: typer.Typer, opened: Opened, fail: Fail) -> None:
    @site.command("remove")
    def remove(
        origin: Origin,
        with_comments: Annotated[bool, typer.Option("--with-comments", help="Also delete its comments.")] = False,
        yes: Yes = False,
    ) -> None:
        """Remove a site. With --with-comments its comments are deleted permanently."""
        known = read_origin(origin, fail)
        with opened() as context:
            if reason := sites.reason_to_keep(context.settings, known):
                fail(reason)
            with context.engine.connect() as connection:
                site_id = sites.read_sites(connection).get(known) or fail(f"{known} is not registered.")
                number = sites.count_comments(connection, site_id)
            if number and not with_comments:
                fail(
                    f"{known} has {plural.comments(number)}, including pending ones, spam and trash. To delete them "
                    f"permanently, first run leave-a-reply backup FILE, then "
                    f"leave-a-reply site remove {known} --with-comments"
                )
            contents = f"its {plural.comments(number)} and keys" if number else "its keys"
            confirm(f"Delete {known} with {contents}?", yes=yes)
            try:
                log = sites.Removal(site_id, known, None, utc_now()).logged(number)
                for job in sites.remove(site_id, with_comments=with_comments, log=log):
                    context.writer.run(job)
            except sites.HasComments:
                fail(f"Somebody has just commented on {known}, so it was not removed.")
        typer.echo(f"{known} was removed{f' with {plural.comments(number)}' if number else ''}.")


def _print_site(context: SiteStore, new: sites.AddedSite, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"origin": new.origin, "key": new.key, "check_key": new.check_key, "secret": new.secret}))
    else:
        typer.echo(for_new_site(new, context.settings.public_url))


def read_origin(address: str, fail: Fail) -> str:
    """The origin of a typed address; fails with a sentence if it has none."""
    try:
        return site_origin(address)
    except NotThisMachine as error:
        fail(str(error))
    except BadPage:
        fail(f"“{address}” is not an origin; write {_suggested(address)}")


def _suggested(address: str) -> str:
    """The origin that somebody may have meant. A machine of one's own rarely has a certificate."""
    host = address.rpartition("://")[2].partition("/")[0] or "example.com"
    return f"http://{host}" if re.match(r"(localhost|127\.0\.0\.1)(:|\Z)", host) else f"https://{host}"
