"""The commands ``leave-a-reply site …``: add, renew, show, list, key-votes, chat-spam and remove."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Annotated, NoReturn, Protocol

import typer
from sqlalchemy import Engine

from db.writer import Writer
from service import sites
from service.known_sites import known_sites
from service.settings import Settings
from service.sites import NewSite
from service.spam.change_settings import change_settings
from service.urls import BadPage, origin_of
from service.web.context import utc_now


def for_new_site(site: NewSite, public_url: str) -> str:
    """The site's keys and secret, and its snippets, as text for a terminal."""
    return f"""\
{site.origin} is registered: every page of it may carry comments.

  key         {site.key}
  check key   {site.check_key}
  secret      {site.secret}

The key stands in pages. Programs that ask the spam check need the check key, those that ask the captcha the secret.
Keep the check key and the secret: they are not shown again.

{to_paste(site.origin, public_url)}"""


def to_paste(origin: str, public_url: str) -> str:
    """The snippets that embed comments into a page of ``origin``."""
    return _SNIPPETS.format(public_url=public_url, page=f"{origin}/your-article")


_SNIPPETS = """\
Paste one of these where the comments should stand.

1. Script. Works in any page, styled by your own CSS:

   <script src="{public_url}/embed.js" async></script>
   <leave-a-reply>
     <a href="{public_url}/page?page={page}&amp;title=Your+article">Read and write comments</a>
   </leave-a-reply>

2. Frame. Keeps your page and ours apart; it sizes itself if you add the script as well:

   <iframe src="{public_url}/page?frame=1&amp;page={page}&amp;title=Your+article"
           data-leave-a-reply title="Comments" width="100%" height="900" style="border: 0"></iframe>

3. Server-side include. No JavaScript at all; nginx with `ssi on`:

   <link rel="stylesheet" href="{public_url}/embed.css">
   <!--#include virtual="/comments-thread?page={page}" -->

   location = /comments-thread {{
       internal;
       proxy_pass {public_url}/thread;
       proxy_pass_request_headers off;
       proxy_set_header X-Forwarded-For $remote_addr;
       proxy_set_header Accept-Language $http_accept_language;
   }}

4. Plain form. For static and cached pages; the question is asked in one more step:

   <form action="{public_url}/comments" method="post" accept-charset="utf-8">
     <input type="hidden" name="page" value="{page}">
     <input type="hidden" name="title" value="Your article">
     <p><label>Comment *<br><textarea name="comment" rows="8" cols="45" required></textarea></label></p>
     <p><label>Name *<br><input name="author" autocomplete="name" required></label></p>
     <p><label>Email *<br><input name="email" inputmode="email" autocomplete="email" required></label></p>
     <p><label>Website<br><input name="url" inputmode="url" autocomplete="url"></label></p>
     <p><button>Post Comment</button></p>
   </form>
"""


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


Opened = Callable[[], AbstractContextManager[SiteStore]]
Fail = Callable[[str], NoReturn]
AsJson = Annotated[bool, typer.Option("--json", help="Answer for a program.")]
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
        """Register a site, and print what to paste."""
        with opened() as context:
            known = read_origin(origin, fail)
            new = context.writer.run(sites.register, known, utc_now())
            if new is None:
                with context.engine.connect() as connection:
                    owner = known_sites(connection).of(known)
                if owner is not None and owner.origin != known:
                    fail(f"{known} is an address of {owner.origin} already: its pages may carry comments.")
                fail(
                    f"{known} is registered already. leave-a-reply site show {known} prints what to paste, "
                    f"leave-a-reply site renew {known} makes new keys."
                )
            _print_site(context, new, as_json=as_json)

    @site.command("renew")
    def renew(origin: Origin, as_json: AsJson = False) -> None:
        """Give a site new keys, and print what to paste. Its old secret and check key are no longer good."""
        with opened() as context:
            known = read_origin(origin, fail)
            renewed = context.writer.run(sites.renew, known)
            if renewed is None:
                fail(f"{known} is not registered: leave-a-reply site add {known}")
            _print_site(context, renewed, as_json=as_json)


def _add_show_and_list(site: typer.Typer, opened: Opened, fail: Fail) -> None:
    @site.command("show")
    def show(origin: Origin) -> None:
        """Print again what to paste for a registered site."""
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
        """Let votes by the check key count on the own form."""
        known = switch(origin, "key_votes", say)
        counts = "counts" if say is Switch.ON else "does not count"
        typer.echo(f"What is submitted with the check key {counts} on {known} itself.")

    @site.command("chat-spam")
    def chat_spam(origin: Origin, say: Switch) -> None:
        """Look for gambling and chat spam on a site, too."""
        known = switch(origin, "chat_spam", say)
        looks = "now looks" if say is Switch.ON else "does not look"
        typer.echo(f"The check {looks} for gambling and chat spam on {known}.")


def _add_remove(site: typer.Typer, opened: Opened, fail: Fail) -> None:
    @site.command("remove")
    def remove(
        origin: Origin,
        with_comments: Annotated[bool, typer.Option("--with-comments", help="Also a site that has comments.")] = False,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ) -> None:
        """Take a site off, with all that belongs to it. Its comments are deleted for good, if it is told to."""
        known = read_origin(origin, fail)
        with opened() as context:
            if reason := sites.reason_to_keep(context.settings, known):
                fail(reason)
            with context.engine.connect() as connection:
                site_id = sites.read_sites(connection).get(known) or fail(f"{known} is not registered.")
                number = sites.count_comments(connection, site_id)
            if number and not with_comments:
                fail(
                    f"{known} has {_comments(number)}, with those that are pending, spam or trash. They would be "
                    f"deleted for good. First: leave-a-reply backup FILE. "
                    f"Then: leave-a-reply site remove {known} --with-comments"
                )
            if not yes:
                contents = f"its {_comments(number)} and keys" if number else "its keys"
                typer.confirm(f"Delete {known} with {contents}?", abort=True, err=True)
            try:
                log = sites.Removal(site_id, known, None, utc_now()).logged(number)
                for job in sites.remove(site_id, with_comments=with_comments, log=log):
                    context.writer.run(job)
            except sites.HasComments:
                fail(f"Somebody has commented on {known} just now. It is still there.")
        typer.echo(f"{known} is removed{f' with {_comments(number)}' if number else ''}.")


def _print_site(context: SiteStore, new: sites.NewSite, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"origin": new.origin, "key": new.key, "check_key": new.check_key, "secret": new.secret}))
    else:
        typer.echo(for_new_site(new, context.settings.public_url))


def read_origin(address: str, fail: Fail) -> str:
    """The origin of a typed address; fails with a sentence if it has none."""
    try:
        return origin_of(address)
    except BadPage:
        fail(f"“{address}” is no address of a site. Write it whole, such as https://example.com")


def _comments(number: int) -> str:
    return f"{number:,} comment{'' if number == 1 else 's'}"
