"""One refit of a site: read the log, fit, compare, and return what to store. Seconds of CPU for thousands of votes."""

import time
import zlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isinf
from typing import Any

from sqlalchemy import Connection

from db.models import VoteSource
from service.spam.classifier import (
    DecidedComment,
    Prior,
    Sample,
    SiteModel,
    Thresholds,
    site_thresholds,
    usable_decisions,
)
from service.spam.classifier.site_model import SLIPS, refit_examples
from service.spam.learning.approved_comments import ApprovedComments, read_approved
from service.spam.learning.key_votes import read_submitted, submitted_mark
from service.spam.learning.moderator_votes import KeptVote, Vote, read_approved_logits, read_mark, read_votes
from service.spam.learning.template_anchors import anchors
from service.spam.reputation import Reputations, ReputationVote, compute_reputations, hash_of

BELOW, ABOVE = 2.0, 3.0
"""Greatest distance of a site's own threshold from the shipped one, in logits: it bounds the effect of a site whose
readers are all alike, and of spam approved by mistake."""

SURE, MOST_SLIPS = 2.0, 0.05
"""The logit above the shipped threshold from which on approved comments are taken for spam approved by mistake, and the
greatest share of them. Quantiles are without them: when one spam in a hundred approved comments was a slip, the
threshold went to where spam is, and sites held half of it."""


@dataclass(frozen=True, slots=True)
class ExcludedVotes:
    """Moderators (ids) and days (ISO dates) whose decisions are left out of training."""

    moderators: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "ExcludedVotes":
        """From a site's settings."""
        stored = settings.get("left_out", {})
        return cls(frozenset(stored.get("moderators", ())), frozenset(stored.get("days", ())))

    def as_json(self) -> dict[str, list[str]]:
        """The form stored with a site's settings."""
        return {"moderators": sorted(self.moderators), "days": sorted(self.days)}

    @property
    def mark(self) -> str:
        """A short hash of what is left out."""
        return f"{zlib.crc32(repr((sorted(self.moderators), sorted(self.days))).encode()):08x}"


@dataclass(frozen=True, slots=True)
class TrainingMaterial:
    """Everything that a refit needs."""

    mark: str
    votes: list[Vote]
    approved: list[float]
    left_out: ExcludedVotes
    shown: ApprovedComments = field(default_factory=ApprovedComments)


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """The result of a refit."""

    model: SiteModel
    reputations: Reputations
    report: dict[str, Any]
    fresh: list[dict[str, Any]]
    """Rows to store for comments that are learned from for the first time."""


def read_material(
    connection: Connection, site_id: int, left_out: ExcludedVotes, source: VoteSource = VoteSource.MODERATOR
) -> TrainingMaterial:
    """Read everything that a refit needs. A key's votes say nothing about thresholds of the site's own comments."""
    mark = full_mark(connection, site_id, left_out, source)
    if source is VoteSource.KEY:
        return TrainingMaterial(mark, read_submitted(connection, site_id), [], ExcludedVotes())
    votes, approved = read_votes(connection, site_id), read_approved_logits(connection, site_id)
    return TrainingMaterial(mark, votes, approved, left_out, read_approved(connection, site_id))


def full_mark(
    connection: Connection, site_id: int, left_out: ExcludedVotes, source: VoteSource = VoteSource.MODERATOR
) -> str:
    """Changes with the log and with what is left out: ``newest:undone:left out``."""
    if source is VoteSource.KEY:
        return submitted_mark(connection, site_id)
    return f"{read_mark(connection, site_id)}:{left_out.mark}"


def fit_site(
    material: TrainingMaterial, prior: Prior, previous: SiteModel | None, mark: str, now: datetime
) -> TrainingResult:
    """Fit a site. ``mark`` is that of the ``previous`` model: if decisions were undone or left out since, that model
    may have learned from them, so the new one is compared with the prior alone."""
    began = time.monotonic()
    if mark.partition(":")[2] != material.mark.partition(":")[2]:
        previous = None
    included = [(vote, _kept_vote(vote, prior)) for vote in material.votes if _is_included(vote, material.left_out)]
    kept_by_id = {str(vote.comment_id): kept for vote, kept in included}
    decisions = usable_decisions(_decision(vote, kept) for vote, kept in included)
    examples = [kept_by_id[one.comment].example(spam=one.spam) for one in decisions]
    fitted = refit_examples(examples, previous, anchors())
    spam = sum(decision.spam for decision in decisions)
    limits = own_thresholds(material.approved, prior, SLIPS * len(decisions) / max(1, len(decisions) - spam))
    report = {
        "learned": fitted.model.learned,
        "heard": len(decisions),
        "votes": len(material.votes),
        "spam": spam,
        "taken": fitted.taken,
        "loss": fitted.loss,
        "loss_before": fitted.loss_before,
        "approved": len(material.approved),
        "hold_from": limits.hold,
        "spam_from": None if isinf(limits.spam) else limits.spam,
        "scripts": material.shown.scripts,
        "languages": material.shown.languages,
        "seconds": round(time.monotonic() - began, 2),
    }
    fresh = [_row(vote, kept) for vote, kept in included if vote.kept is None]
    shown = material.shown
    about = [_reputation_vote(vote, kept, shown.own) for vote, kept in included]
    return TrainingResult(fitted.model, compute_reputations(about, now, shown.used(now)), report, fresh)


def own_thresholds(approved: Sequence[float], prior: Prior, slips: float = SLIPS) -> Thresholds:
    """The site's own quantiles, no further BELOW or ABOVE the shipped threshold; before there are enough approved
    comments, the shipped threshold. ``slips``: the share of ``approved`` that may be spam approved by mistake."""
    own = site_thresholds(_without_slips(approved, prior.hold + SURE, min(slips, MOST_SLIPS)), prior.hold)
    hold = min(max(own.hold, prior.hold - BELOW), prior.hold + ABOVE)
    return Thresholds(hold, max(own.spam, prior.hold + 1.0))


def _without_slips(approved: Sequence[float], sure: float, most: float) -> list[float]:
    """The logits in order, without the highest, at most this share, as far as they are ``sure`` to be of spam."""
    logits = sorted(approved)
    slips = min(len(logits) - bisect_left(logits, sure), int(most * len(logits)))
    return logits[: len(logits) - slips]


def _is_included(vote: Vote, left_out: ExcludedVotes) -> bool:
    return vote.moderator not in left_out.moderators and vote.day not in left_out.days


def _kept_vote(vote: Vote, prior: Prior) -> KeptVote:
    return vote.kept or KeptVote.of(Sample(vote.text or "", vote.author, vote.email, vote.url), prior)


def _decision(vote: Vote, kept: KeptVote) -> DecidedComment:
    return DecidedComment(Sample(""), vote.spam, str(vote.comment_id), kept.fingerprint, vote.moderator, vote.day)


def _reputation_vote(vote: Vote, kept: KeptVote, own: frozenset[int]) -> ReputationVote:
    """Where the network is not known, the decisions of a day count as about one."""
    client = hash_of("client", vote.client) if vote.client else None
    network = hash_of("day", vote.day) if vote.network is None else vote.network
    about = tuple(one for one in kept.about if one not in own)
    return ReputationVote(about, vote.spam, vote.at.timestamp(), network, vote.batch, client)


def _row(vote: Vote, kept: KeptVote) -> dict[str, Any]:
    reasons = [
        {name: value for name, value in reason.items() if name != "sentence"}
        for reason in vote.reasons
        if isinstance(reason, dict)
    ]
    row = {"source": VoteSource.MODERATOR, "comment_id": vote.comment_id}
    return {**row, **kept.as_row(), "score": vote.score, "reasons": reasons, "at": vote.at, "network": vote.network}
