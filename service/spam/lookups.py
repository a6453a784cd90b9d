"""The one read before a check: what is known of the site, of the words, and of who sent them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from service.spam.classifier.link_features import split_links
from service.spam.classifier.normalise import bounded, plain
from service.spam.evidence import LookedUp, hosts_of, strip_noise
from service.spam.near_duplicates import Bands, look_up
from service.spam.site_state import SiteState, SiteStates


@dataclass(frozen=True, slots=True)
class LookupRequest:
    """Who sends what. ``client`` is a keyed hash of a network; ``is_known`` asks whether the author's proof is good.

    ``bands`` are the text's. The rest is as in ``Evidence``.
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
    is_known: Callable[[Connection], bool] | None = None


def look_up_evidence(connection: Connection, sites: SiteStates, arrival: LookupRequest) -> tuple[SiteState, LookedUp]:
    """Answered by equality on keys alone."""
    hosts = hosts_of(arrival.url, split_links(plain(strip_noise(bounded(arrival.text))))[0])

    site = sites.of(connection, arrival.site_id)
    reputations, now = site.reputations, arrival.now
    background = LookedUp(
        alike=look_up(connection, arrival.site_id, arrival.bands, now),
        hosts={host: reputations.of("host", host, now) for host in hosts},
        email=reputations.of("email", arrival.email, now),
        client=reputations.of("client", arrival.client, now),
        scripts=site.scripts,
        known_author=bool(arrival.is_known and arrival.is_known(connection)),
    )
    return site, background


def with_recent_counts(background: LookedUp, number: int, *, long: bool) -> LookedUp:
    """The same, with what this process has seen within the last hour."""
    alike = background.alike
    return replace(background, alike=replace(alike, lately=max(alike.lately, number), long=long))
