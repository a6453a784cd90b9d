"""The command ``leave-a-reply import``."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, Protocol

import typer
from rich.progress import DownloadColumn, MofNCompleteColumn, TransferSpeedColumn
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from db.writer import Writer
from service.cli.progress import RateColumn, progress_bar
from service.importers.load import Import, rehearse
from service.importers.model import Incoming, PageMappings
from service.importers.moved import moved_pages, read_redirects
from service.importers.registry import FORMATS, read_source, recognise
from service.importers.source import BadSource, Source, open_source
from service.importers.summary import ImportReport
from service.importers.unknown import describe
from service.known_sites import known_sites
from service.urls import BadPage, origin_of


class ImportStore(Protocol):
    """The parts of an open service that the command uses."""

    @property
    def engine(self) -> Engine: ...
    @property
    def writer(self) -> Writer: ...


Opened = Callable[[], AbstractContextManager[ImportStore]]
Fail = Callable[[str], NoReturn]


@dataclass(frozen=True, slots=True)
class _Places:
    """The options that say where pages go, as typed."""

    site: str
    pages: Iterable[str]
    moved: Iterable[str]
    redirects: str
    hosts: Iterable[str]
    slugs: str

    def read(self, store: ImportStore) -> PageMappings:
        """Raises BadPage for an option that is none."""
        origin = origin_of(self.site)
        with store.engine.connect() as connection:
            site = known_sites(connection).of(origin)
        if site is None:
            raise BadPage(f"{origin} is not registered here. Do that first: leave-a-reply site add {origin}")
        moved = moved_pages(self.moved, site.origin)
        if self.redirects:
            moved += read_redirects(self.redirects, site.origin)
        return PageMappings.of(
            site.id, site.origin, self.pages, rules=site.rules, moved=moved, hosts=self.hosts, slugs=self.slugs
        )


def _several(metavar: str, help_text: str, *names: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=f"{help_text}; repeatable.")


_File = Annotated[
    list[str], typer.Argument(metavar="[FORMAT] FILE", help="An export, plain, gzip or zip; - reads standard input.")
]
_Site = Annotated[str, typer.Option(metavar="ORIGIN", help="The site whose pages get the comments.")]
_Format = Annotated[
    str, typer.Option("--format", metavar="NAME", help=f"If it is not found out: {', '.join(FORMATS)}.")
]
_Page = Annotated[list[str] | None, _several("POST=URL", "A post, by number, slug or address, is this page")]
_Map = Annotated[list[str] | None, _several("OLD=NEW", "Addresses that begin with OLD begin with NEW", "--map")]
_Redirects = Annotated[str, typer.Option(metavar="CSV", help="A table of old and new addresses of pages.")]
_Host = Annotated[list[str] | None, _several("HOST", "Pages on this host are the blog's, too")]
_Slugs = Annotated[str, typer.Option(metavar="PATH", help="Where pages named by a slug are: /blog/{slug}/")]


def add_to(app: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the command. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""

    @app.command("import")
    def import_comments(
        file: _File,
        site: _Site,
        form: _Format = "",
        page: _Page = None,
        moved: _Map = None,
        redirects: _Redirects = "",
        host: _Host = None,
        slugs: _Slugs = "",
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Answer for a program.")] = False,
    ) -> None:
        """Take in the comments of another system. A second run adds only what is new."""
        name = file.pop(0) if len(file) > 1 else form
        if len(file) > 1:
            fail("One file at a time, please.")
        if name and name not in FORMATS:
            fail(f"There is no format {name}. There is: {', '.join(FORMATS)}.")
        try:
            with opened() as store:
                places = _Places(site, page or (), moved or (), redirects, host or (), slugs).read(store)
                report = _import(store, name, file[0], places, dry_run=dry_run)
        except (BadPage, BadSource) as error:
            fail(str(error))
        except SQLAlchemyError as error:
            fail(f"The database refused: {error}. What was taken until then is kept; run the import again.")
        if report.broken and not report.has_comments:
            fail(report.broken)
        typer.echo(json.dumps(report.as_dict()) if as_json else str(report))
        if not report.is_whole:
            raise typer.Exit(1)


def _import(store: ImportStore, name: str, file: str, places: PageMappings, *, dry_run: bool) -> ImportReport:
    """Import a file in the format ``name``; if that is empty, in the one that it is found to be."""
    run = rehearse(store.engine) if dry_run else store.writer.run
    source = open_source(file)
    try:
        opening = source.opening()
        found = recognise(opening)
        if not (name or found):
            raise BadSource(f"{file} is no export that is known here. It seems to be {describe(opening)}.")
        name = name or found
        report = ImportReport(dry_run=dry_run, format=FORMATS[name].title)
        with _WritingBar() as bar:
            Import(name, places, run, datetime.now(UTC), report, bar.move).take(_with_bar(name, source))
        if report.broken and not report.has_comments and found != name:
            seems = f"{FORMATS[found].title}: --format {found}" if found else describe(opening)
            report.broken += f" It seems to be {seems}."
        return report
    finally:
        source.close()


def _with_bar(name: str, source: Source) -> Iterator[Incoming]:
    """What the source holds, with a bar that shows how much of the file is read."""
    with progress_bar("Reading", DownloadColumn(), TransferSpeedColumn(), total=source.size or None) as update:
        for count, item in enumerate(read_source(name, source)):
            if count % 100 == 0:
                update(completed=source.position)
            yield item


class _WritingBar(ExitStack):
    """A bar that begins when the first comments are written."""

    _update: Callable[..., None] | None = None

    def move(self, done: int, total: int) -> None:
        """Show that so many of ``total`` comments are written."""
        if self._update is None:
            columns = (MofNCompleteColumn(), RateColumn())
            self._update = self.enter_context(progress_bar("Writing", *columns, total=total))
        self._update(completed=done)
