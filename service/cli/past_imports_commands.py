"""The commands ``leave-a-reply imports list`` and ``undo``."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Annotated, Concatenate, NoReturn, ParamSpec, TypeVar

import typer
from rich.progress import MofNCompleteColumn
from sqlalchemy import Connection

from db.writer import ALONE
from service.cli import plural
from service.cli.open_service import Yes, confirm
from service.cli.progress import RateColumn, progress_bar
from service.importers import import_run_rows
from service.importers.import_run_rows import Run, RunState, WorkLease
from service.importers.undo_import import Undo
from service.sites import read_sites
from service.web.context import AppContext, utc_now

T = TypeVar("T")
P = ParamSpec("P")

Opened = Callable[[], AbstractContextManager[AppContext]]
Fail = Callable[[str], NoReturn]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The import’s number, from imports list.")]


def add_to(imports: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the commands. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""
    _add_list(imports, opened)
    _add_undo(imports, opened, fail)


def _add_list(imports: typer.Typer, opened: Opened) -> None:
    @imports.command("list")
    def list_imports(as_json: AsJson = False) -> None:
        """List the newest imports, from the command line and the admin."""
        with opened() as context, context.engine.connect() as connection:
            origins = {number: origin for origin, number in read_sites(connection).items()}
            found = import_run_rows.newest(connection)
        if as_json:
            typer.echo(json.dumps([_as_dict(run, origins[run.site_id]) for run in found]))
            return
        for run in found:
            name = run.file or "standard input"
            typer.echo(f"{run.id}  {run.created_at:%Y-%m-%d %H:%M}  {_state(run)}  {origins[run.site_id]}  {name}")


def _add_undo(imports: typer.Typer, opened: Opened, fail: Fail) -> None:
    @imports.command("undo")
    def undo(number: Number, as_json: AsJson = False, yes: Yes = False) -> None:
        """Delete what an import added.

        Comments that have since been moderated, edited or replied to are kept.
        """
        with opened() as context:
            with context.engine.connect() as connection:
                run = import_run_rows.find_by_id(connection, number)
            if run is None:
                fail(f"There is no import {number}. Run “leave-a-reply imports list”.")
            now = utc_now()
            if not (run.can_be_undone(now) or run.state is RunState.UNDO):
                fail(f"Import {number} cannot be undone: {_state(run)}.")
            confirm(f"Delete the comments that import {number} added ({_state(run)})?", yes=yes)
            lease = WorkLease()
            if not context.writer.run(lease.take, now):
                fail("Another import is running. Try again when it has finished.")
            try:
                done = _undo(context, run, lease)
            finally:
                context.writer.run(lease.give_back)
        values = {"removed": done.removed, "kept": done.kept}
        kept = f"; {done.kept:,} kept, because they have since been changed or replied to" if done.kept else ""
        typer.echo(json.dumps(values) if as_json else f"Deleted: {plural.comments(done.removed)}{kept}.")


def _undo(context: AppContext, run: Run, lease: WorkLease) -> Undo:
    if run.state is not RunState.UNDO:
        context.writer.run(import_run_rows.change, run.key, [run.state], RunState.UNDO, utc_now())

    def write(function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        at = utc_now()

        def job(connection: Connection) -> T:
            lease.renew(connection, at)
            import_run_rows.beat(connection, run.key, RunState.UNDO, at, removed=work.removed, kept=work.kept)
            return function(connection, *args, **kwargs)

        result = context.writer.submit(job, ALONE).result()
        lease.renewed(at)
        return result

    work = Undo(run.key, None, write, utc_now(), run.kept, run.removed)
    with progress_bar("Undoing", MofNCompleteColumn(), RateColumn()) as update:
        for count in work.work():
            update(advance=count)
    return work


def _state(run: Run) -> str:
    """What an import is, in words."""
    words = {
        RunState.CHECK: "preview running",
        RunState.CHECKED: "preview only",
        RunState.WRITE: "interrupted" if run.is_silent(utc_now()) else "running",
        RunState.DONE: f"done, {plural.comments(_taken(run))}",
        RunState.STOPPED: "stopped",
        RunState.FAILED: "failed",
        RunState.UNDO: "being undone",
        RunState.UNDONE: f"undone, {plural.comments(run.kept)} kept",
        RunState.DISCARDED: "discarded",
    }
    return words[run.state]


def _taken(run: Run) -> int:
    report = run.report or {}
    return sum(report.get(status, 0) for status in ("approved", "pending", "spam", "trash"))


def _as_dict(run: Run, origin: str) -> dict[str, object]:
    return {
        "import": run.id,
        "site": origin,
        "state": run.state.value,
        "format": run.format,
        "file": run.file,
        "at": run.created_at.isoformat(),
        "report": run.report,
        "removed": run.removed,
        "kept": run.kept,
    }
