"""A comment of a foreign form, judged as ours are: the same rules, the site's policy, and what it has learned."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from service.siteaccess import SiteAccess
from service.spam.background import Arrival, look, with_lately
from service.spam.check import check
from service.spam.classifier.sample import Sample
from service.spam.evidence import Evidence
from service.spam.rules import RULES, Rule
from service.spam.sightings import Bands
from service.spam.verdict import Verdict
from service.web.client import network_of, parse_address
from service.web.state import Core

log = logging.getLogger("service.akismet")

DISCARD = 12.0
"""Points from which on a client may throw the comment away: twice what files it as spam."""


@dataclass(frozen=True, slots=True)
class Foreign:
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


def digest(core: Core, comment: Foreign) -> bytes:
    """A keyed hash by which the same comment is known again."""
    said = "\x00".join((comment.author, comment.email, comment.url, comment.text))
    return core.keyring.pseudonym("checked", said)


async def judge(core: Core, site: SiteAccess, comment: Foreign, *rules: Rule) -> Verdict:
    """The verdict; ``rules`` come on top of the usual ones. What cannot be looked up holds the comment."""
    now = core.clock()
    bands = Bands.of(comment.text)
    arrival = Arrival(site.id, comment.text, comment.email, comment.url, _client(core, comment.address, now), now)
    known, background = await core.read(look, core.spam.sites, arrival, bands)
    number = _came_before(core, site, comment, bands, now)
    evidence = Evidence(
        text=comment.text,
        author=comment.author,
        email=comment.email,
        url=comment.url,
        page_url=comment.page_url,
        fill_seconds=comment.fill_seconds,
        honeypot_filled=comment.honeypot_filled,
        min_fill_seconds=core.settings.min_fill_seconds,
        max_links=core.settings.max_links,
        language=comment.language,
        sender=(comment.address, comment.program),
        background=with_lately(background, number, long=bands.long),
        policy=known.policy,
        model=known.service_model,
    )
    verdict = check(evidence, (*RULES, *rules))
    core.metrics.verdicts["service", verdict.action.value] += 1
    return verdict


def _came_before(core: Core, site: SiteAccess, comment: Foreign, bands: Bands, now: datetime) -> int:
    """How often nearly the same came within the last hour. Who asks twice about a comment has not had it twice."""
    lately = core.spam.lately
    if comment.test:
        return lately.look(site.id, bands, now)
    return max(0, lately.look(site.id, bands, now) - 1) if comment.again else lately.count(site.id, bands, now)


def _client(core: Core, address: str, now: datetime) -> bytes:
    """As ``service.web.client`` keeps a reader's network: a keyed hash of the /24 or /64, with the day's key."""
    return core.keyring.pseudonym(f"client|{now.date()}", network_of(parse_address(address)))
