"""What this process knows of each site's check: policy, model and reputations, looked after once a second."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from db import tables
from db.models import Source
from service.spam.classifier import SiteModel, Thresholds, shipped
from service.spam.evidence import SiteClassifier
from service.spam.policy import Policy
from service.spam.reputation import Reputations

log = logging.getLogger(__name__)

FRESH = 1.0
"""Seconds. What another process has changed is seen after this; what was changed here, at once."""

_setting, _model = tables.spam_setting.c, tables.spam_model.c


@dataclass(frozen=True, slots=True)
class SiteState:
    """All that a site's check goes by."""

    policy: Policy
    model: SiteClassifier
    """What the verdicts on the site's own comments go by."""
    service_model: SiteClassifier
    """The same with what the check key's votes have taught: what verdicts for its clients go by."""
    reputations: Reputations
    scripts: frozenset[str] = frozenset()
    versions: tuple[int, ...] = ()


class SiteStates:
    """One for a process. ``hold`` and ``spam`` are the installation's thresholds, ``factors`` its weights."""

    def __init__(self, hold: float, spam: float, factors: Mapping[str, float]) -> None:
        self._hold, self._spam, self._factors = hold, spam, dict(factors)
        self._known: dict[int, tuple[float, SiteState]] = {}
        self._reading = threading.Lock()

    def is_fresh(self, site_id: int) -> bool:
        """Whether the site's check is known, so that ``of`` only looks in memory."""
        return self._fresh(site_id) is not None

    def known(self, site_id: int) -> SiteState | None:
        """The site's check as it was last read, however long ago."""
        return self._known.get(site_id, (0.0, None))[1]

    def of(self, connection: Connection, site_id: int) -> SiteState:
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

    def _fresh(self, site_id: int) -> SiteState | None:
        read_at, known = self._known.get(site_id, (0.0, None))
        return known if time.monotonic() - read_at < FRESH else None

    def _renew(self, connection: Connection, site_id: int) -> SiteState:
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

    def _read(self, connection: Connection, site_id: int, known: SiteState | None) -> SiteState:
        setting = connection.execute(select(_setting.version).where(_setting.site_id == site_id)).scalar() or 0
        rows = connection.execute(select(_model.source, _model.version).where(_model.site_id == site_id))
        models = {source: version for source, version in rows}  # noqa: C416 - rows
        versions = (setting, *(models.get(source, 0) for source in Source))
        if known is not None and known.versions == versions:
            return known
        if known is not None and known.versions[:1] == (setting,):
            policy = known.policy
        else:
            policy = self.policy_of(read_settings(connection, site_id))
        return _site_check(connection, site_id, policy, versions)


def read_settings(connection: Connection, site_id: int) -> dict[str, Any]:
    """What is stored for a site; nothing for one that has set nothing."""
    return connection.execute(select(_setting.settings).where(_setting.site_id == site_id)).scalar() or {}


def read_report(connection: Connection, site_id: int) -> tuple[dict[str, Any], datetime | None]:
    """How the last refit of a site went, and when that was."""
    row = connection.execute(select(_model.report, _model.at).where(*model_of(site_id, Source.MODERATOR))).first()
    return (row.report, row.at) if row is not None and row.report else ({}, None)


def model_of(site_id: int, source: Source) -> tuple[ColumnElement[bool], ...]:
    """The condition for the one row of ``spam_model`` that holds what this source has taught."""
    return _model.site_id == site_id, _model.source == source


def _site_check(connection: Connection, site_id: int, policy: Policy, versions: tuple[int, ...]) -> SiteState:
    """What moderators and, beside them, the check key have taught. The key moves the verdicts on the site's own
    comments only where the owner allows it: whoever knows the key could else teach the site's form."""
    query = select(_model.data, _model.standings, _model.report)
    own = connection.execute(query.where(*model_of(site_id, Source.MODERATOR))).first()
    by_key = connection.execute(query.where(*model_of(site_id, Source.KEY))).first()
    local, reputations = _local(own, site_id), _standings(own, site_id)
    whole, prior = local.plus(_local(by_key, site_id)), shipped()
    report = own.report if own is not None else {}
    spam = report.get("spam_from")
    thresholds = Thresholds(report.get("hold_from", prior.hold), float("inf") if spam is None else spam)
    model, service_model = SiteClassifier(prior, local, thresholds), SiteClassifier(prior, whole, thresholds)
    scripts = frozenset(report.get("scripts", ()))
    return SiteState(
        policy, service_model if policy.key_votes else model, service_model, reputations, scripts, versions
    )


def _local(row: Any, site_id: int) -> SiteModel:
    try:
        return SiteModel.from_bytes(row.data) if row is not None and row.data else SiteModel()
    except ValueError:
        log.exception("what a site has learned cannot be read", extra={"site": site_id})
        return SiteModel()


def _standings(row: Any, site_id: int) -> Reputations:
    try:
        return Reputations.from_bytes(row.standings) if row is not None and row.standings else Reputations()
    except ValueError:
        log.exception("the reputations of a site cannot be read", extra={"site": site_id})
        return Reputations()
