"""One refit of a site: read the log, fit, prove, and what to store. Some seconds of CPU for thousands of decisions."""

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isinf
from typing import Any

from sqlalchemy import Connection

from db.models import Source
from service.spam.classifier import (
    DecidedComment,
    Prior,
    Sample,
    SiteModel,
    Thresholds,
    site_thresholds,
    usable_decisions,
)
from service.spam.classifier.site_model import refit_examples
from service.spam.learning.key_votes import read_submitted, submitted_mark
from service.spam.learning.votes import KeptVote, Vote, read_approved_logits, read_mark, read_scripts, read_votes
from service.spam.reputation import Reputations, ReputationVote, compute_reputations, hash_of

FAR = 3.0
"""Logits that a site's own threshold may lie from the shipped one: approved spam that nobody saw must not open the
door, nor a quiet site's friendly readers close it."""


@dataclass(frozen=True, slots=True)
class ExcludedVotes:
    """Moderators, by their number, and days, as ISO dates, whose decisions do not teach."""

    moderators: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "ExcludedVotes":
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
class TrainingMaterial:
    """What a refit works on, read at once."""

    mark: str
    votes: list[Vote]
    approved: list[float]
    left_out: ExcludedVotes
    scripts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a refit has come to."""

    model: SiteModel
    reputations: Reputations
    report: dict[str, Any]
    fresh: list[dict[str, Any]]
    """Rows to be kept of comments that teach for the first time."""


def read_material(
    connection: Connection, site_id: int, left_out: ExcludedVotes, source: Source = Source.MODERATOR
) -> TrainingMaterial:
    """All that a refit needs. What a key has voted says nothing of the site's own comments."""
    mark = full_mark(connection, site_id, left_out, source)
    if source is Source.KEY:
        return TrainingMaterial(mark, read_submitted(connection, site_id), [], ExcludedVotes())
    votes, approved = read_votes(connection, site_id), read_approved_logits(connection, site_id)
    return TrainingMaterial(mark, votes, approved, left_out, read_scripts(connection, site_id))


def full_mark(connection: Connection, site_id: int, left_out: ExcludedVotes, source: Source = Source.MODERATOR) -> str:
    """``newest:undone:left out``."""
    if source is Source.KEY:
        return submitted_mark(connection, site_id)
    return f"{read_mark(connection, site_id)}:{left_out.mark}"


def fit_site(
    material: TrainingMaterial, prior: Prior, previous: SiteModel | None, mark: str, now: datetime
) -> TrainingResult:
    """Fit anew. ``mark`` is that of the fit before: if decisions were undone or left out since, the model before may
    have heard them, so the new one is measured against the prior alone and nothing of the old one stays."""
    began = time.monotonic()
    if mark.partition(":")[2] != material.mark.partition(":")[2]:
        previous = None
    counted = [(vote, _kept(vote, prior)) for vote in material.votes if _counts(vote, material.left_out)]
    by_name = {str(vote.comment_id): kept for vote, kept in counted}
    decisions = usable_decisions(_decision(vote, kept) for vote, kept in counted)
    fitted = refit_examples([by_name[each.comment].lesson(spam=each.spam) for each in decisions], previous)
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
        "scripts": material.scripts,
        "seconds": round(time.monotonic() - began, 2),
    }
    fresh = [_row(vote, kept) for vote, kept in counted if vote.kept is None]
    return TrainingResult(fitted.model, compute_reputations((_heard(*each) for each in counted), now), report, fresh)


def own_thresholds(approved: Sequence[float], prior: Prior) -> Thresholds:
    """The site's own quantiles, not FAR from the shipped threshold."""
    own = site_thresholds(approved, prior.hold)
    hold = min(max(own.hold, prior.hold - FAR), prior.hold + FAR)
    return Thresholds(hold, max(own.spam, prior.hold + 1.0))


def _counts(vote: Vote, left_out: ExcludedVotes) -> bool:
    return vote.moderator not in left_out.moderators and vote.day not in left_out.days


def _kept(vote: Vote, prior: Prior) -> KeptVote:
    return vote.kept or KeptVote.of(Sample(vote.text or "", vote.author, vote.email, vote.url), prior)


def _decision(vote: Vote, kept: KeptVote) -> DecidedComment:
    return DecidedComment(Sample(""), vote.spam, str(vote.comment_id), kept.fingerprint, vote.moderator, vote.day)


def _heard(vote: Vote, kept: KeptVote) -> ReputationVote:
    client = (hash_of("client", vote.client),) if vote.client else ()  # kept no longer than the comment keeps it
    return ReputationVote((*kept.about, *client), vote.spam, vote.at.timestamp())


def _row(vote: Vote, kept: KeptVote) -> dict[str, Any]:
    reasons = [
        {name: value for name, value in reason.items() if name != "sentence"}
        for reason in vote.reasons
        if isinstance(reason, dict)
    ]
    row = {"source": Source.MODERATOR, "comment_id": vote.comment_id}
    return {**row, **kept.as_row(), "score": vote.score, "reasons": reasons, "at": vote.at}
