"""The command ``leave-a-reply site pages``."""

from typing import Annotated

import typer

from service import sites
from service.cli.site_commands import Fail, Opened, Origin, SiteStore, read_origin
from service.comments.admin_edit import correct_page
from service.doctor.site_pages import PageAnswer, ask_pages, read_pages


def add_to(site: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the command. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""

    @site.command("pages")
    def pages(
        origin: Origin,
        correct: Annotated[bool, typer.Option("--correct", help="Take over titles and spellings.")] = False,
    ) -> None:
        """List the pages that are not there. Asks each that has comments; status 1 if one is missing."""
        with opened() as context:
            known = read_origin(origin, fail)
            with context.engine.connect() as connection:
                site_id = sites.read_sites(connection).get(known) or fail(f"{known} is not registered.")
                stored = read_pages(connection, site_id)
            answers = []
            for answer in ask_pages(stored):
                answers.append(answer)
                _print(answer)
                if correct and answer.differs:
                    _correct(context, answer)
        missing, differing = sum(bool(each.problem) for each in answers), sum(each.differs for each in answers)
        done = "corrected" if correct else "have another title or spelling (--correct takes them over)"
        typer.echo(f"{len(answers)} asked: {missing} not there, {differing} {done}.")
        if missing:
            raise typer.Exit(1)


def _print(answer: PageAnswer) -> None:
    if answer.problem:
        typer.echo(f"{answer.page.url} {answer.problem}")
    elif answer.differs:
        typer.echo(f"{answer.page.url} “{answer.page.title}” is {answer.url} “{answer.title}”")


def _correct(context: SiteStore, answer: PageAnswer) -> None:
    context.writer.run(correct_page, (answer.page.site.id, answer.page.id), answer.title, answer.url)
