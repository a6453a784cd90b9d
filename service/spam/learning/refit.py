"""One refit of a site: read the log, fit, prove, and what to store. Some seconds of CPU for thousands of decisions."""

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isinf
from typing import Any

from sqlalchemy import Connection

from service.spam.classifier import (
    Decision,
    LocalModel,
    Prior,
    Sample,
    Thresholds,
    fingerprint,
    heard,
    refit,
    site_thresholds,
)
from service.spam.classifier.links import taken
from service.spam.classifier.normal import bounded, plain
from service.spam.evidence import hosts_of, tame
from service.spam.learning.log import Vote, read_approved_logits, read_mark, read_votes
from service.spam.standings import Heard, Standings, work_out

FAR = 3.0
"""Logits that a site's own threshold may lie from the shipped one: approved spam that nobody saw must not open the
door, nor a quiet site's friendly readers close it."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Moderators, by their number, and days, as ISO dates, whose decisions do not teach."""

    moderators: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "LeftOut":
        """Out of a site's settings."""
        stored = settings.get("left_out", {})
        return cls(frozenset(stored.get("moderators", ())), frozenset(stored.get("days", ())))

    def as_json(self) -> dict[str, list[str]]:
        """As it is stored with a site's settings."""
        return {"moderators": sorted(self.moderators), "days": sorted(self.days)}

    @property
    def mark(self) -> str:
        """Changes with what is left out."""
        return f"{zlib.crc32(repr((sorted(self.moderators), sorted(self.days))).encode()):08x}"


@dataclass(frozen=True, slots=True)
class Material:
    """What a refit works on, read at once."""

    mark: str
    votes: list[Vote]
    approved: list[float]
    left_out: LeftOut


@dataclass(frozen=True, slots=True)
class Learned:
    """What a refit has come to."""

    model: LocalModel
    standings: Standings
    report: dict[str, Any]


def read_material(connection: Connection, site_id: int, left_out: LeftOut) -> Material:
    """A question to the database."""
    mark = full_mark(connection, site_id, left_out)
    return Material(mark, read_votes(connection, site_id), read_approved_logits(connection, site_id), left_out)


def full_mark(connection: Connection, site_id: int, left_out: LeftOut) -> str:
    """``newest:undone:left out``."""
    return f"{read_mark(connection, site_id)}:{left_out.mark}"


def learn(material: Material, prior: Prior, previous: LocalModel | None, mark: str, now: datetime) -> Learned:
    """Fit anew. ``mark`` is that of the fit before: if decisions were undone or left out since, the model before may
    have heard them, so the new one is measured against the prior alone and nothing of the old one stays."""
    began = time.monotonic()
    if mark.partition(":")[2] != material.mark.partition(":")[2]:
        previous = None
    counted = [vote for vote in material.votes if _counts(vote, material.left_out)]
    decisions = heard(map(_decision, counted))
    fitted = refit(decisions, prior, previous)
    limits = own_thresholds(material.approved, prior)
    report = {
        "learned": fitted.model.learned,
        "heard": len(decisions),
        "votes": len(material.votes),
        "spam": sum(decision.spam for decision in decisions),
        "taken": fitted.taken,
        "loss": fitted.loss,
        "loss_before": fitted.loss_before,
        "approved": len(material.approved),
        "hold_from": limits.hold,
        "spam_from": None if isinf(limits.spam) else limits.spam,
        "seconds": round(time.monotonic() - began, 2),
    }
    return Learned(fitted.model, work_out(map(_heard, counted), now), report)


def own_thresholds(approved: Sequence[float], prior: Prior) -> Thresholds:
    """The site's own quantiles, not FAR from the shipped threshold."""
    own = site_thresholds(approved, prior.hold)
    hold = min(max(own.hold, prior.hold - FAR), prior.hold + FAR)
    return Thresholds(hold, max(own.spam, prior.hold + 1.0))


def _counts(vote: Vote, left_out: LeftOut) -> bool:
    return vote.moderator not in left_out.moderators and vote.day not in left_out.days


def _decision(vote: Vote) -> Decision:
    text = tame(bounded(vote.text))
    sample = Sample(text, vote.author, vote.email, vote.url)
    return Decision(sample, vote.spam, str(vote.comment_id), fingerprint(text), vote.moderator, vote.day)


def _heard(vote: Vote) -> Heard:
    hosts = hosts_of(vote.url, taken(plain(tame(bounded(vote.text))))[0])
    about: list[tuple[str, str | bytes]] = [("host", host) for host in hosts]
    if vote.email:
        about.append(("email", vote.email))
    if vote.client:
        about.append(("client", vote.client))
    return Heard(tuple(about), vote.spam, vote.at.timestamp())
