"""Each site's policy, models and reputations, kept in memory and refreshed once a second."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from db import tables
from db.models import VoteSource
from service.spam.classifier import Prior, SiteModel, Thresholds, shipped
from service.spam.evidence import SiteClassifier
from service.spam.reputation import Reputations
from service.spam.site_blocks import NO_BLOCKS, Blocks, read_blocks
from service.spam.site_policy import Policy

log = logging.getLogger(__name__)

FRESH = 1.0
"""Seconds after which a change made by another process is seen. Changes made here are seen at once."""

_setting, _model = tables.spam_setting.c, tables.spam_model.c


@dataclass(frozen=True, slots=True)
class SiteState:
    """Everything a site's check depends on. ``versions`` change with it."""

    policy: Policy
    model: SiteClassifier
    """For verdicts on the site's own comments."""
    service_model: SiteClassifier
    """For verdicts that clients with the check key ask for: it has learned from their votes too."""
    reputations: Reputations
    scripts: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    versions: tuple[int, ...] = ()
    blocks: Blocks = NO_BLOCKS


class SiteStates:
    """One per process. ``hold``, ``spam`` and ``factors`` are the installation's thresholds and factors."""

    def __init__(self, hold: float, spam: float, factors: Mapping[str, float]) -> None:
        self._hold, self._spam, self._factors = hold, spam, dict(factors)
        self._known: dict[int, tuple[float, SiteState]] = {}
        self._reading = threading.Lock()

    def is_fresh(self, site_id: int) -> bool:
        """Whether ``of`` would answer from memory."""
        return self._fresh(site_id) is not None

    def known(self, site_id: int) -> SiteState | None:
        """The state as last read, however long ago; None if it never was."""
        return self._known.get(site_id, (0.0, None))[1]

    def of(self, connection: Connection, site_id: int) -> SiteState:
        """The site's state, from memory while fresh. Preparing a long word list takes a second, so one thread reads at
        a time; the others use the old state, and wait only without one."""
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
        """Make the next call of ``of`` read the database: something was changed here."""
        if entry := self._known.get(site_id):
            self._known[site_id] = (time.monotonic() - FRESH, entry[1])

    def policy_of(self, stored: Mapping[str, Any]) -> Policy:
        """The policy of stored settings, on top of the installation's."""
        factors = self._factors | dict(stored.get("factors", {}))
        return Policy.of({**stored, "factors": factors}, self._hold, self._spam)

    def _read(self, connection: Connection, site_id: int, known: SiteState | None) -> SiteState:
        setting = connection.execute(select(_setting.version).where(_setting.site_id == site_id)).scalar() or 0
        rows = connection.execute(select(_model.source, _model.version).where(_model.site_id == site_id))
        models = {source: version for source, version in rows}  # noqa: C416 - rows
        versions = (setting, *(models.get(source, 0) for source in VoteSource))
        if known is not None and known.versions == versions:
            return known
        if known is not None and known.versions[:1] == (setting,):
            policy, blocks = known.policy, known.blocks
        else:
            policy, blocks = self.policy_of(read_settings(connection, site_id)), read_blocks(connection, site_id)
        return replace(_site_check(connection, site_id, policy, versions), blocks=blocks)


def read_settings(connection: Connection, site_id: int) -> dict[str, Any]:
    """The site's stored settings; empty if it has none."""
    return connection.execute(select(_setting.settings).where(_setting.site_id == site_id)).scalar() or {}


def read_report(connection: Connection, site_id: int) -> tuple[dict[str, Any], datetime | None]:
    """The report of the site's last refit and its time; empty and None before the first."""
    row = connection.execute(select(_model.report, _model.at).where(*model_of(site_id, VoteSource.MODERATOR))).first()
    return (row.report, row.at) if row is not None and row.report else ({}, None)


def model_of(site_id: int, source: VoteSource) -> tuple[ColumnElement[bool], ...]:
    """Condition for the row of ``spam_model`` fitted on this source's votes."""
    return _model.site_id == site_id, _model.source == source


def _site_check(connection: Connection, site_id: int, policy: Policy, versions: tuple[int, ...]) -> SiteState:
    """Models from the votes of moderators and of the check key. The key's votes affect the site's own comments only if
    the owner allows it: otherwise anyone with the key could teach the site's form."""
    query = select(_model.data, _model.standings, _model.report)
    own = connection.execute(query.where(*model_of(site_id, VoteSource.MODERATOR))).first()
    by_key = connection.execute(query.where(*model_of(site_id, VoteSource.KEY))).first()
    local, reputations = _local(own, site_id), _standings(own, site_id)
    whole, prior = local.plus(_local(by_key, site_id)), shipped()
    report = own.report if own is not None else {}
    thresholds = _thresholds(report, prior)
    model = SiteClassifier(prior, local, thresholds)
    service_model = SiteClassifier(prior, whole, thresholds)
    return SiteState(
        policy,
        service_model if policy.key_votes else model,
        service_model,
        reputations,
        frozenset(report.get("scripts", ())),
        frozenset(report.get("languages", ())),
        versions,
    )


def _thresholds(report: Mapping[str, Any], prior: Prior) -> Thresholds:
    spam = report.get("spam_from")
    return Thresholds(report.get("hold_from", prior.hold), float("inf") if spam is None else spam)


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
