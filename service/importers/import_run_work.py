"""Does what an import is to do next: its dry run, the import, or the undo. It says how far it is, and can be stopped.

All that it writes goes with a renewal of the lease, in the same transaction: a process that was taken for dead and
comes back writes nothing more.
"""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from db.engine import UNAVAILABLE
from db.writer import ALONE, Writer
from service.action_log import Act, ActKind, record
from service.importers import import_run_rows
from service.importers.file_import import FileImport
from service.importers.import_report import ImportReport
from service.importers.import_run_rows import Run, RunState, Stopped, WorkLease
from service.importers.import_sentences import ImportSentence
from service.importers.import_target import Places
from service.importers.source_file import BadSource, open_source
from service.importers.store_comments import rehearse
from service.importers.undo_import import Undo
from service.known_sites import KnownSite, read_site
from service.web_origin import BadPage

log = logging.getLogger(__name__)

T = TypeVar("T")
P = ParamSpec("P")

BEAT_EVERY = timedelta(seconds=2)
"""Between two words on how far it is, where nothing is written that could carry them."""


@dataclass(slots=True)
class RunWork:
    """``file`` is where an upload lies. ``lease`` is taken already."""

    engine: Engine
    writer: Writer
    key: import_run_rows.Key
    file: Path
    lease: WorkLease
    clock: Callable[[], datetime]
    _state: RunState = RunState.DONE
    _progress: dict[str, int] = field(default_factory=dict)
    _said_at: datetime | None = None

    def perform(self) -> None:
        """Do the work, and note what came of it. Ends early if the import is to do something else meanwhile."""
        with self.engine.connect() as connection:
            run = import_run_rows.find(connection, self.key)
            site = read_site(connection, self.key[0])
        if run is None or site is None or run.state not in import_run_rows.WORK:
            return
        self._state = run.state
        try:
            self._work_on(run, site)
        except Stopped:
            log.info("an import was stopped", extra={"import": run.id})
        except UNAVAILABLE:
            raise  # another try follows: nothing can be noted now
        except (BadSource, BadPage) as error:
            self._end(RunState.FAILED, said=str(error))
        except SQLAlchemyError as error:
            log.exception("an import failed", extra={"import": run.id})
            said = ImportSentence.DATABASE_REFUSED % {"reason": error}
            self._end(RunState.FAILED, said=said)

    def _work_on(self, run: Run, site: KnownSite) -> None:
        if run.state is RunState.UNDO:
            self._undo(run)
            return
        is_dry = run.state is RunState.CHECK
        places = Places.of(run.options, str(import_run_rows.redirects_of(self.file))).read(site)
        job = FileImport(
            *(run.file, run.format, places, rehearse(self.engine) if is_dry else self._write, self.clock()),
            dry_run=is_dry,
            run_id=run.id,
            reading=lambda done, total: self._say(done=done, total=total),
            writing=lambda done, total: self._say(done=done, total=total),
        )
        with closing(open_source(str(self.file))) as source:
            source.path = None  # its name here says nothing; a folder cannot be uploaded
            report = job.take(source)
        if report.broken and not report.has_comments:
            raise BadSource(report.broken)
        if is_dry:
            self._end(RunState.CHECKED, rehearsed=report.as_dict(), format=job.format)
        else:
            self._taken(run, report)

    def _taken(self, run: Run, report: ImportReport) -> None:
        def end(connection: Connection) -> None:
            values = {"report": report.as_dict(), "finished_at": self.clock()}
            if import_run_rows.change(connection, run.key, [RunState.WRITE], RunState.DONE, self.clock(), **values):
                record_import(connection, run.key, run.file, report, run.admin_id, self.clock())

        self._write(end)

    def _undo(self, run: Run) -> None:
        work = Undo(run.key, run.admin_id, self._write, self.clock(), run.kept, run.removed)
        done = 0
        for number in work.work():
            done += number
            self._progress = {"done": done, "removed": work.removed, "kept": work.kept}

    def _end(self, state: RunState, **values: Any) -> None:
        self._write(import_run_rows.change, self.key, [self._state], state, self.clock(), **values)

    def _say(self, **progress: int) -> None:
        """Note how far it is, with what is written next or alone if that is too long ago."""
        self._progress = progress
        if self._said_at is None or self.clock() - self._said_at >= BEAT_EVERY:
            self._write(lambda _connection: None)

    def _write(self, function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a job alone in its transaction, together with the renewal and a word on how far the work is."""
        at = self.clock()

        def job(connection: Connection) -> T:
            self.lease.renew(connection, at)
            import_run_rows.beat(connection, self.key, self._state, at, **self._progress)
            return function(connection, *args, **kwargs)

        result = self.writer.submit(job, ALONE).result()
        self.lease.renewed(at)
        self._said_at = at
        return result


def record_import(
    connection: Connection,
    key: import_run_rows.Key,
    file: str,
    report: ImportReport,
    admin_id: int | None,
    at: datetime,
) -> None:
    """Log an import that took something."""
    if number := report.taken.total():
        content = {"name": file} if file else None
        record(connection, key[0], Act(ActKind.IMPORT, at, admin_id, batch=key[1], number=number, content=content))
