"""The simulator: how would the last comments have been filed by other words, weights or thresholds?

What is about the text is asked again; what was about the moment (the honeypot, haste, floods, reputations) is taken
from what was stored. Both policies are asked, so that what differs comes from the change alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from db import tables
from db.models import Status
from service.spam.check import conclude
from service.spam.evidence import Evidence, SiteClassifier
from service.spam.learning.votes import logit_of, read_votes
from service.spam.policy import Policy
from service.spam.rules import ABOUT_THE_TEXT
from service.spam.rules.classifier import opinion, points
from service.spam.verdict import Action, Reason, Verdict

LAST = 500
_comment = tables.comment.c
_MOMENT = {"honeypot", "haste", "foreign_script", "near_duplicate", "spam_again", "known_author"} | {
    f"bad_{who}" for who in ("host", "email", "network")
}


@dataclass(frozen=True, slots=True)
class PastComment:
    """A comment that came, and whether it was honest: by a moderator's vote, else by where it stands. None: open."""

    id: int
    author: str
    email: str
    url: str
    text: str
    reasons: list[dict[str, Any]]
    honest: bool | None


@dataclass(frozen=True, slots=True)
class ChangedVerdict:
    """A comment that would have been filed elsewhere, with why it is there."""

    past: PastComment
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Simulation:
    """``before`` and ``after`` count by action. ``lost``: honest ones that would have been kept back and were not."""

    looked_at: int
    before: Mapping[Action, int]
    after: Mapping[Action, int]
    moved: list[ChangedVerdict]

    @property
    def lost(self) -> list[ChangedVerdict]:
        """Honest comments that would no longer have been published, or would have been filed instead of held."""
        return [each for each in self.moved if each.past.honest is True and _stricter(each)]

    @property
    def freed(self) -> list[ChangedVerdict]:
        """Honest comments that would have come out sooner."""
        return [each for each in self.moved if each.past.honest is True and not _stricter(each)]

    @property
    def caught(self) -> list[ChangedVerdict]:
        """Spam that would have been kept back, or filed at once."""
        return [each for each in self.moved if each.past.honest is False and _stricter(each)]

    @property
    def let_in(self) -> list[ChangedVerdict]:
        """Spam that would have got further."""
        return [each for each in self.moved if each.past.honest is False and not _stricter(each)]

    @property
    def open(self) -> list[ChangedVerdict]:
        """Comments that nobody has decided on yet."""
        return [each for each in self.moved if each.past.honest is None]


def read_past(connection: Connection, site_id: int, last: int = LAST) -> list[PastComment]:
    """The newest comments but for the trash."""
    query = (
        select(*(_comment[name] for name in ("id", "author", "email", "url", "text", "reasons", "status")))
        .where(_comment.site_id == site_id, _comment.status != Status.TRASH)
        .order_by(_comment.id.desc())
        .limit(last)
    )

    votes = {vote.comment_id: not vote.spam for vote in read_votes(connection, site_id, 5 * last)}
    standing = {Status.APPROVED: True, Status.SPAM: False}
    return [
        PastComment(
            row.id,
            row.author,
            row.email,
            row.url,
            row.text,
            row.reasons,
            votes.get(row.id, standing.get(row.status)),
        )
        for row in connection.execute(query)
    ]


def simulate(
    past: Iterable[PastComment], model: SiteClassifier, now: Policy, then: Policy, max_links: int
) -> Simulation:
    """Ask both policies. About 1 ms of CPU a comment."""
    before, after = dict.fromkeys(Action, 0), dict.fromkeys(Action, 0)
    moved: list[ChangedVerdict] = []
    looked_at = 0
    for each in past:
        looked_at += 1
        first, second = (_verdict(each, model, policy, max_links) for policy in (now, then))
        before[first.action] += 1
        after[second.action] += 1
        if first.action is not second.action:
            moved.append(ChangedVerdict(each, first, second))
    return Simulation(looked_at, before, after, moved)


def _verdict(past: PastComment, model: SiteClassifier, policy: Policy, max_links: int) -> Verdict:
    evidence = Evidence(
        past.text, past.author, past.email, past.url, "", max_links=max_links, policy=policy, model=model
    )
    found = [reason for rule in ABOUT_THE_TEXT for reason in rule(evidence)]
    found += [*_stored(past), *_opinion(past, evidence, model)]
    return conclude(evidence, [policy.weigh(reason) for reason in found])


def _stored(past: PastComment) -> Iterator[Reason]:
    """What was about the moment, with the points that it has by itself."""
    for reason in past.reasons if isinstance(past.reasons, list) else ():
        if isinstance(reason, dict) and reason.get("symbol") in _MOMENT:
            weight = reason.get("base", reason.get("weight"))
            if isinstance(weight, int | float):
                yield Reason(str(reason["symbol"]), float(weight), str(reason.get("sentence", "")))


def _opinion(past: PastComment, evidence: Evidence, model: SiteClassifier) -> Iterator[Reason]:
    """What the model said then, read by the thresholds of now; for a comment it never judged, what it says now."""
    logit = logit_of(past.reasons)
    if logit is None:
        yield from opinion(evidence)
    else:
        yield Reason("model", points(logit, model.thresholds), f"The model said {logit:+.1f}.", {"logit": logit})


def _stricter(moved: ChangedVerdict) -> bool:
    order = list(Action)
    return order.index(moved.after.action) > order.index(moved.before.action)
