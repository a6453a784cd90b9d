"""The command ``leave-a-reply site pages``."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from service import sites
from service.cli.open_service import Opened
from service.cli.site_commands import Fail, Origin, SiteStore, read_origin
from service.doctor.site_pages import AskedPage, PageAnswer, ask_pages, note_answer, read_pages


def add_to(site: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the command. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""

    @site.command("pages")
    def pages(
        origin: Origin,
        correct: Annotated[bool, typer.Option("--correct", help="Update titles and addresses.")] = False,
        noted: Annotated[bool, typer.Option("--noted", help="Fetch nothing; list the problems already known.")] = False,
    ) -> None:
        """Fetch every page that has comments and list missing ones. The exit status is 1 if a page is missing."""
        if correct and noted:
            fail("Choose one of --correct and --noted.")
        with opened() as context:
            known = read_origin(origin, fail)
            with context.engine.connect() as connection:
                site_id = sites.read_sites(connection).get(known) or fail(f"{known} is not registered.")
                stored = read_pages(connection, site_id)
            answers = list(_noted(stored) if noted else _asked(context, stored, correct=correct))
        missing = sum(bool(each.problem) for each in answers)
        typer.echo(f"{len(answers)} checked: {missing} missing{'' if noted else _differing(answers, correct=correct)}.")
        if missing:
            raise typer.Exit(1)


def _noted(stored: list[AskedPage]) -> Iterator[PageAnswer]:
    """What the service noted of the pages that it has asked."""
    for page in stored:
        if page.problem is not None:
            answer = PageAnswer(page, page.problem, "", page.url)
            _print(answer)
            yield answer


def _asked(context: SiteStore, stored: list[AskedPage], *, correct: bool) -> Iterator[PageAnswer]:
    for answer in ask_pages(stored):
        _print(answer)
        if correct:
            context.writer.run(note_answer, answer, datetime.now(UTC))
        yield answer


def _differing(answers: list[PageAnswer], *, correct: bool) -> str:
    number = sum(each.differs or each.confirms for each in answers)
    done = "corrected" if correct else "with another title or address (--correct updates them)"
    return f", {number} {done}"


def _print(answer: PageAnswer) -> None:
    page = answer.page
    if answer.problem:
        typer.echo(f"{page.url} {answer.problem}")
    elif answer.differs:
        typer.echo(f"{page.url} “{page.title}” is {answer.url} “{answer.title or page.title}”")
    elif answer.confirms:
        typer.echo(f"{page.url} “{page.title}” is the correct title, now confirmed")
