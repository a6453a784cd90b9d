"""The program that works on one import, beside the service, which starts it: see ``service.web.import_worker``.

A process of its own, since an import computes for minutes: no reader waits for it, and its memory is given back.
"""

import logging
import os
import sys
import threading
from datetime import datetime
from pathlib import Path

from db.engine import UNAVAILABLE, open_engine
from db.writer import Writer
from service.importers.import_run_rows import WorkLease
from service.importers.import_run_work import RunWork
from service.settings import Settings
from service.telemetry import logs
from service.web.context import utc_now
from service.web.import_worker import TRY_AGAIN

log = logging.getLogger(__name__)

NICENESS = 10


def main(site_id: str, run_id: str, file: str, lease_taken_at: str) -> None:
    """Work on the import ``run_id``, whose upload is ``file``, with the lease that was taken at that instant."""
    os.nice(NICENESS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    settings, lease = Settings(), WorkLease()
    lease.renewed(datetime.fromisoformat(lease_taken_at))
    with logs.to_standard_error(settings.log_level, settings.log_format):
        engine = open_engine(settings.database)
        writer = Writer(engine)
        try:
            RunWork(engine, writer, (int(site_id), int(run_id)), Path(file), lease, utc_now).perform()
            writer.run(lease.give_back)
        except UNAVAILABLE:
            log.warning("the database is away, and an import waits", extra={"import": int(run_id)})
            raise SystemExit(TRY_AGAIN) from None
        finally:
            writer.close()
            engine.dispose()


def _end_with_parent() -> None:
    """Nothing is ever written to this pipe: reading ends when its other end closes. What is written stays whole."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
