"""The single read before a check: the site's state, near-duplicates, and the sender's reputations."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from service.spam.classifier.link_features import split_links
from service.spam.classifier.normalise_text import bounded, plain
from service.spam.evidence import LookedUp, hosts_of, strip_noise
from service.spam.near_duplicates import Bands, look_up
from service.spam.site_blocks import CommentSender
from service.spam.site_state import SiteState, SiteStates


@dataclass(frozen=True, slots=True)
class LookupRequest:
    """A comment to look up. ``client``: keyed hash of the sender's network; ``known_website``: the website of the
    approved comment that the author has a proof of, None without a valid proof; ``bands``: those of the text;
    ``trial``: it is judged and not counted. The other fields are as in ``Evidence``.
    """

    site_id: int
    text: str
    bands: Bands
    author: str
    email: str
    url: str
    page_url: str
    client: bytes
    now: datetime
    fill_seconds: float | None
    honeypot_filled: bool
    language: str
    sender: tuple[str, ...] = field(repr=False)
    title: str = ""
    vouched: bool = False
    trial: bool = False
    known_website: Callable[[Connection], str | None] | None = None


def look_up_evidence(connection: Connection, sites: SiteStates, request: LookupRequest) -> tuple[SiteState, LookedUp]:
    """Reads by primary keys only, so its time does not grow with the tables."""
    text = plain(strip_noise(bounded(request.text)))
    hosts = hosts_of(request.url, split_links(text)[0])
    site = sites.of(connection, request.site_id)
    reputations, now = site.reputations, request.now
    address = request.sender[0] if request.sender else ""
    website = request.known_website(connection) if request.known_website else None
    background = LookedUp(
        alike=look_up(connection, request.site_id, request.bands, now),
        hosts={host: reputations.of("host", host, now) for host in hosts},
        email=reputations.of("email", request.email, now),
        client=reputations.of("client", request.client, now),
        scripts=site.scripts,
        languages=site.languages,
        known_author=website is not None,
        known_website=website or "",
        blocked=site.blocks.hits(CommentSender(request.author, request.email, address, hosts, text), now),
    )
    return site, background


def with_recent_counts(background: LookedUp, number: int, *, long: bool) -> LookedUp:
    """A copy that includes ``number``, the near-duplicates that this process has seen within the last hour."""
    alike = background.alike
    return replace(background, alike=replace(alike, last_hour=max(alike.last_hour, number), long=long))
