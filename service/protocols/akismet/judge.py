"""A comment of a foreign form, judged as ours are: the same rules, the site's policy, and what it has learned."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from service.sites import SiteAccess
from service.spam.classifier.features import Sample
from service.spam.lookups import LookupRequest
from service.spam.near_duplicates import Bands
from service.spam.rules import RULES, Finder
from service.spam.verdict import Verdict
from service.web.context import AppContext
from service.web.http.client import parse_address, pseudonym_of
from service.web.spam_check import spam_check

log = logging.getLogger("service.protocols.akismet")

DISCARD = 12.0
"""Points from which on a client may throw the comment away: twice what files it as spam."""


@dataclass(frozen=True, slots=True)
class ClientComment:
    """A comment of a foreign form. ``address`` is the commenter's, ``program`` what sent it: neither is kept.

    ``test``: it is none, so it is not counted; ``again``: it was asked about before.
    """

    text: str
    author: str = ""
    email: str = ""
    url: str = ""
    page_url: str = ""
    address: str = field(default="", repr=False)
    program: str = field(default="", repr=False)
    language: str = ""
    fill_seconds: float | None = None
    honeypot_filled: bool = False
    test: bool = False
    again: bool = False

    @property
    def sample(self) -> Sample:
        """As the classifier takes it."""
        return Sample(self.text, self.author, self.email, self.url)


def digest(context: AppContext, comment: ClientComment) -> bytes:
    """A keyed hash by which the same comment is known again."""
    said = "\x00".join((comment.author, comment.email, comment.url, comment.text))
    return context.keyring.pseudonym("checked", said)


async def judge(context: AppContext, site: SiteAccess, comment: ClientComment, *rules: Finder) -> Verdict:
    """The verdict; ``rules`` come on top of the usual ones. What cannot be looked up holds the comment."""
    bands, now = Bands.of(comment.text), context.clock()
    arrival = LookupRequest(
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
    )

    def recent() -> int:
        return _came_before(context, site, comment, bands, now)

    verdict, _ = await spam_check(context, arrival, recent, lambda _: None, [*RULES, *rules], for_key=True)
    context.metrics.verdicts["service", verdict.action.value] += 1
    return verdict


def _came_before(context: AppContext, site: SiteAccess, comment: ClientComment, bands: Bands, now: datetime) -> int:
    """How often nearly the same came within the last hour. Who asks twice about a comment has not had it twice."""
    recent = context.spam.recent_counts
    if comment.test:
        return recent.look(site.id, bands, now)
    return max(0, recent.look(site.id, bands, now) - 1) if comment.again else recent.count(site.id, bands, now)
