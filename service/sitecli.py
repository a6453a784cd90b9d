"""``leave-a-reply site remove``: a site goes for good, and says before what goes with it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Annotated, NoReturn, Protocol

import typer
from sqlalchemy import Engine

from db.writer import Writer
from service import sites
from service.pages import origin_of
from service.settings import Settings


class Store(Protocol):
    """What the command needs of an opened service."""

    @property
    def engine(self) -> Engine: ...
    @property
    def writer(self) -> Writer: ...
    @property
    def settings(self) -> Settings: ...


Opened = Callable[[], AbstractContextManager[Store]]
Fail = Callable[[str], NoReturn]


def add_to(site: typer.Typer, opened: Opened, origin: Callable[[str], str], fail: Fail) -> None:
    """Give the group its ``remove``. ``origin`` is that of an address, ``fail`` says a sentence and stops."""

    @site.command("remove")
    def remove(
        address: Annotated[str, typer.Argument(metavar="ORIGIN", help="Such as https://example.com.")],
        with_comments: Annotated[bool, typer.Option("--with-comments", help="Also a site that has comments.")] = False,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ) -> None:
        """Take a site off, with all that belongs to it. Its comments are deleted for good, if it is told to."""
        known = origin(address)
        with opened() as core:
            if reason := _kept_by(core.settings, known):
                fail(reason)
            with core.engine.connect() as connection:
                site_id = sites.read_sites(connection).get(known) or fail(f"{known} is not registered.")
                number = sites.count_comments(site_id)(connection)
            if number and not with_comments:
                fail(
                    f"{known} has {_comments(number)}, with those that are pending, spam or trash. They would be "
                    f"deleted for good. First: leave-a-reply backup FILE. "
                    f"Then: leave-a-reply site remove {known} --with-comments"
                )
            if not yes:
                lost = f"its {_comments(number)} and keys" if number else "its keys"
                typer.confirm(f"Delete {known} with {lost}?", abort=True, err=True)
            try:
                for job in sites.remove(site_id, with_comments=with_comments):
                    core.writer.run(job)
            except sites.HasComments:
                fail(f"Somebody has commented on {known} just now. It is still there.")
        typer.echo(f"{known} is removed{f' with {_comments(number)}' if number else ''}.")


def _kept_by(settings: Settings, origin: str) -> str:
    """Why a site would be registered again at once, if it would."""
    if origin in map(origin_of, settings.sites):
        return f"{origin} is listed in REPLY_SITES, and would be back at the next start: take it off there first."
    if settings.demo and origin == origin_of(settings.public_url):
        return f"{origin} is the demo’s, and would be back at the next start: set REPLY_DEMO=false first."
    return ""


def _comments(number: int) -> str:
    return f"{number:,} comment{'' if number == 1 else 's'}"
