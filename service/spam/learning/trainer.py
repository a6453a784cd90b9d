"""The trainer: a thread that refits sites whose log of votes has changed.

Every replica has one. The first to claim a site's row does the work; the others load its result.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import IntegrityError

from db import tables
from db.dialect_sql import insert_if_absent
from db.integrity_errors import is_site_gone
from db.models import VoteSource
from db.writer import Writer, WriterClosed
from service.spam.classifier import SiteModel, shipped
from service.spam.learning.moderator_votes import keep
from service.spam.learning.refit import (
    ExcludedVotes,
    TrainingMaterial,
    TrainingResult,
    fit_site,
    full_mark,
    read_material,
)
from service.spam.site_state import SiteStates, model_of, read_settings

log = logging.getLogger(__name__)

CLAIM_SECONDS = timedelta(minutes=5)
"""How long a claim lasts. If the process dies, another may refit the site after this."""

REST = 20
"""Pause after a refit, in multiples of its duration: learning takes at most 5 % of a core."""

OLD = timedelta(hours=1)
"""Age at which a model is refitted without new decisions, since approved comments move the thresholds."""

_Log = tuple[int, VoteSource]
_MANY = 100  # votes, beyond which a fit takes a while

_model = tables.spam_model.c
_AT_ONCE = 100  # rows a job, so that no comment waits behind a first refit
_SECONDS_TO_END = 0.5
_SLICE = 1.0  # seconds until a closed process is noticed


class Trainer:
    """One per process. ``seconds``: the interval between rounds; 0 switches it off."""

    def __init__(
        self, engine: Engine, writer: Writer, sites: SiteStates, clock: Callable[[], datetime], seconds: float
    ) -> None:
        self._engine, self._writer, self._sites, self._clock, self._seconds = engine, writer, sites, clock, seconds
        self._watched: dict[_Log, float] = {}  # earliest next refit, monotonic clock
        self._resting: dict[_Log, float] = {}  # the same, for logs with many votes
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, site_id: int, source: VoteSource = VoteSource.MODERATOR) -> None:
        """Refit this log from now on whenever it changes."""
        if self._seconds and (site_id, source) not in self._watched:
            self._watched[site_id, source] = 0.0
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="spam trainer", daemon=True)
                    self._thread.start()

    def retrain_soon(self, site_id: int) -> None:
        """Something was decided here: refit without waiting for the next round."""
        self.watch(site_id)
        self._watched[site_id, VoteSource.MODERATOR] = 0.0
        self._wake.set()

    def close(self) -> None:
        """End the thread, for a writer that is closed, and wait for what it reads: its connection would outlive the
        engine. A fit that is being computed is not waited for.
        """
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_SECONDS_TO_END)

    def refit_now(self, site_id: int, source: VoteSource) -> None:
        """Refit in this thread. A log of many votes is left to the trainer's thread for a while afterwards."""
        log_of, began = (site_id, source), time.monotonic()
        if began < self._resting.get(log_of, 0.0) or not self.refit_if_changed(site_id, source):
            self.watch(site_id, source)

    def refit_if_changed(self, site_id: int, source: VoteSource = VoteSource.MODERATOR) -> bool:
        """Refit the site's model of this source if its log has changed. Returns whether this call refitted it."""
        began = time.monotonic()
        material, previous, mark = self._material(site_id, source)
        if material is None or not self._writer.run(_claim, site_id, source, self._clock()):
            return False
        learned = fit_site(material, shipped(), previous, mark, self._clock())
        for at in range(0, len(learned.fresh), _AT_ONCE):
            self._writer.run(keep, site_id, learned.fresh[at : at + _AT_ONCE], self._clock())
        self._writer.run(_store, site_id, source, material.mark, learned, self._clock())
        self._sites.forget(site_id)
        if len(material.votes) > _MANY:
            self._resting[site_id, source] = time.monotonic() + REST * (time.monotonic() - began)
        log.info("learned", extra={"site": site_id, "source": source.value, **learned.report})
        return True

    def _material(self, site_id: int, source: VoteSource) -> tuple[TrainingMaterial | None, SiteModel | None, str]:
        with self._engine.connect() as connection:
            query = select(_model.mark, _model.data, _model.at).where(*model_of(site_id, source))
            row = connection.execute(query).first()
            left_out = ExcludedVotes.of(read_settings(connection, site_id))
            mark = full_mark(connection, site_id, left_out, source)
            if row is not None and row.mark == mark and self._clock() - row.at < OLD:
                return None, None, mark
            material = read_material(connection, site_id, left_out, source)
        return material, _previous(row), row.mark if row is not None else ""

    def _work(self) -> None:
        while self._rest():
            for log_of, not_before in list(self._watched.items()):
                if time.monotonic() < not_before:
                    continue
                began = time.monotonic()
                try:
                    self.refit_if_changed(*log_of)
                except WriterClosed:
                    return
                except Exception as error:
                    if isinstance(error, IntegrityError) and is_site_gone(error):
                        del self._watched[log_of]  # the site was removed
                        continue
                    log.exception("learning failed", extra={"site": log_of[0]})
                self._watched[log_of] = time.monotonic() + REST * (time.monotonic() - began)

    def _rest(self) -> bool:
        """Wait for the next round. Returns False when the process is closing."""
        until = time.monotonic() + self._seconds
        while self._writer.alive and (left := until - time.monotonic()) > 0:
            if self._wake.wait(min(left, _SLICE)):
                self._wake.clear()
                break
        return self._writer.alive


def _previous(row: Any) -> SiteModel | None:
    if row is None or not row.data:
        return None
    try:
        return SiteModel.from_bytes(row.data)
    except ValueError:
        return None


def _claim(connection: Connection, site_id: int, source: VoteSource, now: datetime) -> bool:
    """Claim the site's model of this source. Returns False if another process holds it."""
    row = {
        "site_id": site_id,
        "source": source,
        "version": 0,
        "mark": "",
        "claimed_until": now + CLAIM_SECONDS,
        "data": None,
        "standings": None,
        "report": {},
        "at": now,
    }
    free = update(tables.spam_model).where(*model_of(site_id, source), _model.claimed_until <= now)

    if insert_if_absent(connection, tables.spam_model, row):
        return True
    return connection.execute(free.values(claimed_until=now + CLAIM_SECONDS)).rowcount == 1


def _store(
    connection: Connection, site_id: int, source: VoteSource, mark: str, learned: TrainingResult, now: datetime
) -> None:
    values = {
        "version": _model.version + 1,
        "mark": mark,
        "claimed_until": now,
        "data": learned.model.to_bytes(),
        "standings": learned.reputations.to_bytes(),
        "report": learned.report,
        "at": now,
    }

    connection.execute(update(tables.spam_model).where(*model_of(site_id, source)).values(**values))
