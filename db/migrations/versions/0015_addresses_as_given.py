"""Keys of pages without the tracking parameters known since, and addresses such as ``index.php?/2020/hello`` as given.

A page whose new key another page has already is reported and left alone: its comments are not merged.
"""

import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote_plus

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

log = logging.getLogger("db.migrations")
AT_ONCE = 500
TRACKING = re.compile(
    r"(?:(?:utm|mtm|matomo|pk|piwik|hsa|_x_tr)_.*|gclsrc|gad_source|gad_campaignid|srsltid|ysclid|_openstat|ymclid|bd_vid"
    r"|igsh|ttclid|li_fat_id|epik|sccid|rdt_cid|isappinstalled|nsukey|mc_tc|_hsenc|_hsmi|__hssc|__hstc|__hsfp"
    r"|hsctatracking|mkt_tok|_ke|_kx|__s|vero_id|vero_conv|oly_enc_id|oly_anon_id|iterable_campaign|ml_subscriber"
    r"|ml_subscriber_hash|s_kwcid|ef_id|cjevent|irclickid|wickedid|_branch_match_id|_branch_referrer|wprov"
    r"|fbclid|gclid|gbraid|wbraid|dclid|msclkid|twclid|yclid|igshid|mc_[ce]id|_ga|_gl|ref_src"
    r"|from=(?:singlemessage|groupmessage|timeline))",
    re.IGNORECASE,
)

page = sa.table(
    "page", sa.column("site_id", sa.Integer), sa.column("id", sa.BigInteger), sa.column("key"), sa.column("url")
)
post = sa.table("wordpress_post", sa.column("site_id", sa.Integer), sa.column("page_key"), sa.column("page_url"))


def upgrade() -> None:
    connection = op.get_bind()
    order = sa.tuple_(page.c.site_id, page.c.id)
    query = sa.select(page).where(page.c.url.contains("?", autoescape=True)).order_by(page.c.site_id, page.c.id)
    rows = connection.execute(query.limit(AT_ONCE)).all()
    while rows:
        for row in rows:
            _move(connection, row)
        last = sa.tuple_(sa.literal(rows[-1].site_id), sa.literal(rows[-1].id, sa.BigInteger))
        rows = connection.execute(query.where(order > last).limit(AT_ONCE)).all()


def _move(connection: sa.Connection, row: sa.Row[tuple[int, int, str, str]]) -> None:
    key = _with_query(row.key, _kept(row.key))
    url = _with_query(row.url, [_as_given(piece) for piece in _kept(row.url)])
    if (key, url) == (row.key, row.url):
        return
    if key != row.key:
        same = (page.c.site_id == row.site_id, page.c.key == key)
        if (other := connection.execute(sa.select(page.c.url).where(*same)).scalar()) is not None:
            log.warning("%s and %s are one page now, but each has comments: they are not merged", row.url, other)
            return
    this = (page.c.site_id == row.site_id, page.c.id == row.id)
    connection.execute(sa.update(page).where(*this).values(key=key, url=url))
    of_this = (post.c.site_id == row.site_id, post.c.page_key == row.key)
    connection.execute(sa.update(post).where(*of_this).values(page_key=key, page_url=url))


def _kept(address: str) -> list[str]:
    """The pieces of the query that are not for tracking."""
    return [piece for piece in address.partition("?")[2].split("&") if not _is_tracking(piece)]


def _is_tracking(piece: str) -> bool:
    name = unquote_plus(piece.partition("=")[0])
    return TRACKING.fullmatch(name) is not None or TRACKING.fullmatch(piece) is not None


def _as_given(piece: str) -> str:
    """``?/2020/hello`` was stored as ``?%2F2020%2Fhello=``, an address that such a site does not know."""
    name, _, value = piece.partition("=")
    return quote(unquote_plus(name), "/:@!$'()*,;~-._") if "%2F" in name and not value else piece


def _with_query(address: str, pieces: Iterable[str]) -> str:
    query = "&".join(pieces)
    return address.partition("?")[0] + (f"?{query}" if query else "")
