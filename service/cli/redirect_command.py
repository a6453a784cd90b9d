"""The command ``leave-a-reply site redirects``."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from db.column_types import new_id
from service.cli import plural
from service.cli.open_service import Opened
from service.cli.site_commands import Fail, SiteStore, read_origin
from service.known_sites import KnownSite, known_sites
from service.pages.move_page import MoveOutcome
from service.pages.page_changes import Click
from service.pages.redirect_plan import RedirectPlan, RedirectRun, plan_redirects
from service.redirects import SkippedLine, read_map
from service.web.context import utc_now
from service.web_origin import BadPage


def add_to(site: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the command. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""

    @site.command("redirects")
    def redirects(
        origin: Annotated[str, typer.Argument(metavar="ORIGIN", help="The site, such as https://example.com.")],
        file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, _redirects or Apache’s Redirect lines.")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
        merge: Annotated[bool, typer.Option("--merge", help="Merge pages that both have comments.")] = False,
    ) -> None:
        """Move comments along the redirects of your site. To undo it, use the log in the admin."""
        try:
            text = file.read_text("utf-8")
        except UnicodeError:
            fail(f"{file} cannot be read: it is not UTF-8 text.")
        except OSError as error:
            fail(f"{file} cannot be read: {error.strerror}.")
        with opened() as context:
            known = read_origin(origin, fail)
            with context.engine.connect() as connection:
                found = known_sites(connection).of(known) or fail(f"{known} is not registered.")
                try:
                    moved, skipped = read_map(text, found.origin)
                except BadPage as error:
                    fail(str(error))
                plan = plan_redirects(connection, found, moved)
            _print(plan, skipped)
            left = 0 if merge else plan.merges
            done = 0 if dry_run else _apply(context, found, plan if merge else _without_merges(plan))
        if left:
            typer.echo(f"{left} not merged: both pages have comments. --merge merges them.")
        typer.echo("Nothing was changed." if dry_run else f"{done} done.")


def _without_merges(plan: RedirectPlan) -> RedirectPlan:
    return replace(plan, steps=[step for step in plan.steps if not step.into])


def _apply(context: SiteStore, site: KnownSite, plan: RedirectPlan) -> int:
    run = RedirectRun(site.id, plan, Click(new_id(), utc_now(), None, quiet=True))
    for job in run.jobs():
        context.writer.run(job)
    return run.outcomes[MoveOutcome.DONE]


def _print(plan: RedirectPlan, skipped: list[SkippedLine]) -> None:
    for step in plan.steps:
        typer.echo(
            f"{step.kind.value} {step.page.url} → {step.to} ({plural.comments(step.page.shown + step.page.others)})"
        )
    for old, new in plan.aliases:
        typer.echo(f"alias {old} → {new}")
    for line in skipped:
        typer.echo(f"skipped: line {line.number}, {line.text}: {line.reason}")
    for url, reason in plan.skipped:
        typer.echo(f"skipped: {url}: {reason}")
