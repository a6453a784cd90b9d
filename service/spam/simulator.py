"""The simulator: verdicts on the last comments under other words, factors or thresholds.

Rules about the text run again; reasons about the moment (honeypot, haste, floods, reputations) are the stored ones.
Both policies are applied, so that every difference comes from the change alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from db import tables
from db.models import Status
from service.spam.evidence import Evidence, SiteClassifier
from service.spam.learning.moderator_votes import logit_of, read_votes
from service.spam.look_up_and_judge import conclude
from service.spam.rules import ABOUT_THE_MOMENT, ABOUT_THE_TEXT
from service.spam.rules.classifier_rule import CHAT, opinion, points
from service.spam.site_policy import Policy
from service.spam.verdict import Action, Reason, Verdict

LAST = 500
_comment = tables.comment.c
_MOMENT = {symbol.name for rule in ABOUT_THE_MOMENT for symbol in rule.symbols}


@dataclass(frozen=True, slots=True)
class PastComment:
    """A stored comment. ``honest``: by a moderator's vote, else by its status; None if undecided."""

    id: int
    author: str
    email: str
    url: str
    text: str
    reasons: list[dict[str, Any]]
    honest: bool | None


@dataclass(frozen=True, slots=True)
class ChangedVerdict:
    """A comment whose action would change, with both verdicts."""

    past: PastComment
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Simulation:
    """``before`` and ``after``: numbers of comments by action, under either policy. ``moved``: those that differ."""

    looked_at: int
    before: Mapping[Action, int]
    after: Mapping[Action, int]
    moved: list[ChangedVerdict]

    @property
    def lost(self) -> list[ChangedVerdict]:
        """Honest comments that the change would hold or file as spam, and the present policy would not."""
        return [change for change in self.moved if change.past.honest is True and _stricter(change)]

    @property
    def freed(self) -> list[ChangedVerdict]:
        """Honest comments that the change treats less strictly."""
        return [change for change in self.moved if change.past.honest is True and not _stricter(change)]

    @property
    def caught(self) -> list[ChangedVerdict]:
        """Spam that the change treats more strictly."""
        return [change for change in self.moved if change.past.honest is False and _stricter(change)]

    @property
    def let_in(self) -> list[ChangedVerdict]:
        """Spam that the change treats less strictly."""
        return [change for change in self.moved if change.past.honest is False and not _stricter(change)]

    @property
    def open(self) -> list[ChangedVerdict]:
        """Comments without a decision."""
        return [change for change in self.moved if change.past.honest is None]


def read_past(connection: Connection, site_id: int, last: int = LAST) -> list[PastComment]:
    """The newest comments, without the trash."""
    query = (
        select(*(_comment[name] for name in ("id", "author", "email", "url", "text", "reasons", "status")))
        .where(_comment.site_id == site_id, _comment.status != Status.TRASH)
        .order_by(_comment.id.desc())
        .limit(last)
    )

    votes = {vote.comment_id: not vote.spam for vote in read_votes(connection, site_id, 5 * last)}
    by_status = {Status.APPROVED: True, Status.SPAM: False}
    return [
        PastComment(
            row.id,
            row.author,
            row.email,
            row.url,
            row.text,
            row.reasons,
            votes.get(row.id, by_status.get(row.status)),
        )
        for row in connection.execute(query)
    ]


def simulate(
    past: Iterable[PastComment], model: SiteClassifier, now: Policy, then: Policy, max_links: int
) -> Simulation:
    """Apply both policies. Takes about 1 ms of CPU per comment."""
    before, after = dict.fromkeys(Action, 0), dict.fromkeys(Action, 0)
    moved: list[ChangedVerdict] = []
    looked_at = 0
    for comment in past:
        looked_at += 1
        first, second = (_verdict(comment, model, policy, max_links) for policy in (now, then))
        before[first.action] += 1
        after[second.action] += 1
        if first.action is not second.action:
            moved.append(ChangedVerdict(comment, first, second))
    return Simulation(looked_at, before, after, moved)


def _verdict(past: PastComment, model: SiteClassifier, policy: Policy, max_links: int) -> Verdict:
    evidence = Evidence(
        past.text, past.author, past.email, past.url, "", max_links=max_links, policy=policy, model=model
    )
    reasons = [reason for rule in ABOUT_THE_TEXT for reason in rule(evidence)]
    reasons += [*_stored(past), *_opinion(past, evidence, model)]
    return conclude(evidence, [policy.weigh(reason) for reason in reasons])


def _stored(past: PastComment) -> Iterator[Reason]:
    """Stored reasons about the moment, with their points before the site's factors."""
    for reason in past.reasons if isinstance(past.reasons, list) else ():
        if isinstance(reason, dict) and reason.get("symbol") in _MOMENT:
            weight = reason.get("base", reason.get("weight"))
            if isinstance(weight, int | float):
                yield Reason(
                    str(reason["symbol"]), weight, str(reason.get("sentence", "")), alone=_alone(reason, weight)
                )


def _alone(reason: Mapping[str, Any], base: float) -> float:
    """What a stored reason counts without the classifier, before the site's factor; in version 0.1 all its points."""
    points, weight = reason.get("alone", reason.get("trial")), reason.get("weight")
    if not isinstance(points, int | float) or not isinstance(weight, int | float):
        return base
    return points * base / weight if weight else points


def _opinion(past: PastComment, evidence: Evidence, model: SiteClassifier) -> Iterator[Reason]:
    """The stored logit under the present thresholds; the present model's opinion if none is stored, or if the prior for
    chat spam judged then and does not now, or the reverse."""
    logit = logit_of(past.reasons)
    if logit is None or _chat_judged(past) is not evidence.policy.chat_spam:
        yield from opinion(evidence)
    else:
        yield Reason("model", points(logit, model.thresholds), f"The model said {logit:+.1f}.", {"logit": logit})


def _chat_judged(past: PastComment) -> bool:
    return any(isinstance(reason, dict) and CHAT in reason for reason in past.reasons)


def _stricter(moved: ChangedVerdict) -> bool:
    return moved.after.action.or_stricter(moved.before.action) is not moved.before.action
