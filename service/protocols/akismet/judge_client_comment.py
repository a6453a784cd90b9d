"""The verdict on a comment of another program: the same rules, policy and models as for our own form."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from service.sites import SiteAccess
from service.spam.classifier.features import Sample
from service.spam.look_up_and_judge import LookupRequest
from service.spam.near_duplicates import Bands
from service.spam.rules import RULES, Finder
from service.spam.verdict import Verdict
from service.web.context import AppContext
from service.web.http.request_client import parse_address, pseudonym_of
from service.web.spam_check import spam_check

log = logging.getLogger("service.protocols.akismet")

DISCARD = 12.0
"""``Verdict.sure`` from which clients are told that they may discard the comment: twice the spam threshold."""


@dataclass(frozen=True, slots=True)
class ClientComment:
    """A comment of another program. The commenter's IP ``address`` and user agent ``program`` are not stored.

    ``test``: a trial that is not counted. ``again``: a recheck of a comment that was counted before.
    """

    text: str
    author: str = ""
    email: str = ""
    url: str = ""
    page_url: str = ""
    address: str = field(default="", repr=False)
    program: str = field(default="", repr=False)
    language: str = ""
    title: str = ""
    fill_seconds: float | None = None
    honeypot_filled: bool = False
    test: bool = False
    again: bool = False

    @property
    def sample(self) -> Sample:
        """The classifier's input."""
        return Sample(self.text, self.author, self.email, self.url)


def digest(context: AppContext, comment: ClientComment) -> bytes:
    """A keyed hash that identifies the same comment later."""
    fields = "\x00".join((comment.author, comment.email, comment.url, comment.text))
    return context.keyring.pseudonym("checked", fields)


async def judge(context: AppContext, site: SiteAccess, comment: ClientComment, *rules: Finder) -> Verdict:
    """The verdict, with ``rules`` in addition to the usual ones. A failed lookup holds the comment."""
    bands, now = Bands.of(comment.text), context.clock()
    lookup = LookupRequest(
        site_id=site.id,
        text=comment.text,
        bands=bands,
        author=comment.author,
        email=comment.email,
        url=comment.url,
        page_url=comment.page_url,
        client=pseudonym_of(parse_address(comment.address), context),
        now=now,
        fill_seconds=comment.fill_seconds,
        honeypot_filled=comment.honeypot_filled,
        language=comment.language,
        sender=(comment.address, comment.program),
        title=comment.title,
        vouched=True,
        trial=comment.test,
    )

    def recent() -> int:
        return _count_near_duplicates(context, site, comment, bands, now)

    verdict, _ = await spam_check(context, lookup, recent, lambda _: None, [*RULES, *rules], for_key=True)
    context.metrics.verdicts["service", verdict.action.value] += 1
    return verdict


def _count_near_duplicates(
    context: AppContext, site: SiteAccess, comment: ClientComment, bands: Bands, now: datetime
) -> int:
    """Near duplicates of the last hour. A recheck does not count the comment itself a second time."""
    recent = context.spam.recent_counts
    if comment.test:
        return recent.look(site.id, bands, now)
    return max(0, recent.look(site.id, bands, now) - 1) if comment.again else recent.count(site.id, bands, now)
