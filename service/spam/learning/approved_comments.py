"""What the newest approved comments show: the scripts and languages of readers, and whom honest comments name."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from db import tables
from db.models import Status
from service.spam.classifier.link_features import split_links
from service.spam.evidence import hosts_of
from service.spam.languages.text_language import MOST_LOOKED_AT, at_home
from service.spam.learning.moderator_votes import hashes_about
from service.spam.reputation import hash_of

SEEN_BY_THEN = timedelta(days=1)

_comment = tables.comment.c


@dataclass(frozen=True, slots=True)
class ApprovedComments:
    """``scripts``: names as of ``text_traits.script``. ``languages``: see ``LookedUp``. ``uses``: hash of a host or
    email address, who has an approved comment with it, and since when. ``own``: hashes of the site's own hosts."""

    scripts: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    uses: list[tuple[int, str, datetime]] = field(default_factory=list)
    own: frozenset[int] = frozenset()

    def used(self, now: datetime) -> dict[int, int]:
        """Hash of a host or email address → number of authors. A comment counts after a day: until then it may be spam
        that was published and that nobody has seen yet."""
        return Counter(about for about, _ in {(about, who) for about, who, at in self.uses if now - at > SEEN_BY_THEN})


def read_approved(connection: Connection, site_id: int) -> ApprovedComments:
    """Reads the newest MOST_LOOKED_AT comments; some 0.2 ms of CPU for each."""
    query = (
        select(_comment.text, _comment.author, _comment.email, _comment.url, _comment.created_at)
        .where(_comment.status == Status.APPROVED, _comment.site_id == site_id)
        .order_by(_comment.created_at.desc())
        .limit(MOST_LOOKED_AT)
    )
    rows = connection.execute(query).all()
    uses = [
        (about, row.email or row.author, row.created_at)
        for row in rows
        for about in hashes_about(row.text, row.url, row.email)
    ]
    return ApprovedComments(*at_home([row.text for row in rows]), uses, _own_hosts(connection, site_id))


def _own_hosts(connection: Connection, site_id: int) -> frozenset[int]:
    origin = connection.execute(select(tables.site.c.origin).where(tables.site.c.id == site_id)).scalar() or ""
    return frozenset(hash_of("host", host) for host in hosts_of(origin, split_links("")[0]))
