"""What this process knows of each site's check: policy, model and reputations, looked after once a second."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from db import tables
from service.spam.classifier import LocalModel, Thresholds, shipped
from service.spam.model import Model
from service.spam.policy import Policy
from service.spam.standings import Standings

log = logging.getLogger(__name__)

FRESH = 1.0
"""Seconds. What another process has changed is seen after this; what was changed here, at once."""

_setting, _model = tables.spam_setting.c, tables.spam_model.c


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """All that a site's check goes by."""

    policy: Policy
    model: Model
    standings: Standings
    scripts: frozenset[str] = frozenset()
    setting_version: int = 0
    model_version: int = 0


class SiteChecks:
    """One for a process. ``hold`` and ``spam`` are the installation's thresholds, ``factors`` its weights."""

    def __init__(self, hold: float, spam: float, factors: Mapping[str, float]) -> None:
        self._hold, self._spam, self._factors = hold, spam, dict(factors)
        self._known: dict[int, tuple[float, SiteCheck]] = {}
        self._reading = threading.Lock()

    def is_fresh(self, site_id: int) -> bool:
        """Whether the site's check is known, so that ``of`` only looks in memory."""
        return self._fresh(site_id) is not None

    def known(self, site_id: int) -> SiteCheck | None:
        """The site's check as it was last read, however long ago."""
        return self._known.get(site_id, (0.0, None))[1]

    def of(self, connection: Connection, site_id: int) -> SiteCheck:
        """The site's check, from memory while it is fresh. One thread at a time reads it anew, since a long word list
        takes a second to prepare; meanwhile the others go by what is known, and wait only if nothing is."""
        known = self._fresh(site_id)
        if known is not None:
            return known
        if not self._reading.acquire(blocking=site_id not in self._known):
            return self._known[site_id][1]
        try:
            return self._fresh(site_id) or self._renew(connection, site_id)
        finally:
            self._reading.release()

    def _fresh(self, site_id: int) -> SiteCheck | None:
        read_at, known = self._known.get(site_id, (0.0, None))
        return known if time.monotonic() - read_at < FRESH else None

    def _renew(self, connection: Connection, site_id: int) -> SiteCheck:
        now = time.monotonic()
        known = self._known.get(site_id, (0.0, None))[1]
        fresh = self._read(connection, site_id, known)
        self._known[site_id] = (now, fresh)
        return fresh

    def forget(self, site_id: int) -> None:
        """Something was changed here: the next one who asks reads it."""
        if entry := self._known.get(site_id):
            self._known[site_id] = (time.monotonic() - FRESH, entry[1])

    def policy_of(self, stored: Mapping[str, Any]) -> Policy:
        """A policy out of what is stored, or would be, over the installation's."""
        factors = self._factors | dict(stored.get("factors", {}))
        return Policy.of({**stored, "factors": factors}, self._hold, self._spam)

    def _read(self, connection: Connection, site_id: int, known: SiteCheck | None) -> SiteCheck:
        setting = connection.execute(select(_setting.version).where(_setting.site_id == site_id)).scalar() or 0
        model = connection.execute(select(_model.version).where(_model.site_id == site_id)).scalar() or 0
        if known is not None and (known.setting_version, known.model_version) == (setting, model):
            return known
        if known is not None and known.setting_version == setting:
            policy = known.policy
        else:
            policy = self.policy_of(read_settings(connection, site_id))
        learned, standings, scripts = _read_model(connection, site_id)
        return SiteCheck(policy, learned, standings, scripts, setting, model)


def read_settings(connection: Connection, site_id: int) -> dict[str, Any]:
    """What is stored for a site; nothing for one that has set nothing."""
    return connection.execute(select(_setting.settings).where(_setting.site_id == site_id)).scalar() or {}


def read_report(connection: Connection, site_id: int) -> tuple[dict[str, Any], datetime | None]:
    """How the last refit of a site went, and when that was."""
    row = connection.execute(select(_model.report, _model.at).where(_model.site_id == site_id)).first()
    return (row.report, row.at) if row is not None and row.report else ({}, None)


def _read_model(connection: Connection, site_id: int) -> tuple[Model, Standings, frozenset[str]]:
    row = connection.execute(
        select(_model.data, _model.standings, _model.report).where(_model.site_id == site_id)
    ).first()
    prior = shipped()
    if row is None:
        return Model(prior, LocalModel(), Thresholds(prior.hold)), Standings(), frozenset()
    try:
        local = LocalModel.from_bytes(row.data) if row.data else LocalModel()
        standings = Standings.from_bytes(row.standings) if row.standings else Standings()
    except ValueError:
        log.exception("what a site has learned cannot be read", extra={"site": site_id})
        local, standings = LocalModel(), Standings()
    spam = row.report.get("spam_from")
    hold = row.report.get("hold_from", prior.hold)
    model = Model(prior, local, Thresholds(hold, float("inf") if spam is None else spam))
    return model, standings, frozenset(row.report.get("scripts", ()))
