"""What moderators decided, as the classifier learns from it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from service.spam.classifier.features import Sample
from service.spam.classifier.minhash import clusters

PER_CLUSTER = 5  # decisions of each label that count for a cluster of near-duplicates
NEWEST = 5000  # decisions looked at


@dataclass(frozen=True, slots=True)
class DecidedComment:
    """A human's explicit decision on a comment. The filter's own verdicts and readers' flags are not decisions.

    `comment` is the comment's id: only its last decision counts. `fingerprint` is that of its text; without one the
    limit per cluster does not apply. `day` is an ISO date.
    """

    sample: Sample
    spam: bool
    comment: str
    fingerprint: tuple[int, ...] = ()
    moderator: str = ""
    day: str = ""


def usable_decisions(
    decisions: Iterable[DecidedComment],
    without_moderators: Collection[str] = (),
    without_days: Collection[str] = (),
) -> list[DecidedComment]:
    """The decisions to learn from, oldest first: the last one for each comment, the newest PER_CLUSTER of each label
    and cluster, NEWEST in all, without the given moderators and days."""
    left = (d for d in decisions if d.moderator not in without_moderators and d.day not in without_days)
    last: dict[str, DecidedComment] = {}
    for decision in left:
        last.pop(decision.comment, None)
        last[decision.comment] = decision
    kept = list(last.values())[-NEWEST:]
    votes: dict[tuple[int, bool], int] = {}
    taught: list[DecidedComment] = []
    for decision, cluster in reversed(list(zip(kept, clusters([d.fingerprint for d in kept]), strict=True))):
        vote = (cluster, decision.spam)
        votes[vote] = votes.get(vote, 0) + 1
        if votes[vote] <= PER_CLUSTER:
            taught.append(decision)
    return taught[::-1]
