"""Query parameters that say where a reader came from, not which page is meant.

Our own list: the kept ones on PyPI either also drop names that pages use (``r``, ``pid``, ``source``, ``next``), which
would merge their threads, or know a handful. Sources: the documentation of each service, and ClearURLs' global rules.
"""

import re
from urllib.parse import unquote_plus

_NAMES = frozenset({
    # Google, Microsoft, Yandex, Baidu
    "gclid", "gclsrc", "gbraid", "wbraid", "dclid", "gad_source", "gad_campaignid", "srsltid", "_ga", "_gl",
    "msclkid", "yclid", "ysclid", "ymclid", "_openstat", "bd_vid",
    # Facebook, Instagram, X, TikTok, LinkedIn, Pinterest, Snapchat, Reddit
    "fbclid", "igsh", "igshid", "twclid", "ref_src", "ttclid", "li_fat_id", "epik", "sccid", "rdt_cid",
    # WeChat
    "isappinstalled", "nsukey",
    # mail: Mailchimp, HubSpot, Marketo, Klaviyo, Drip, Vero, Omeda, Iterable, MailerLite
    "mc_cid", "mc_eid", "mc_tc", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking", "mkt_tok", "_ke",
    "_kx", "__s", "vero_id", "vero_conv", "oly_enc_id", "oly_anon_id", "iterable_campaign", "ml_subscriber",
    "ml_subscriber_hash",
    # shops, analytics, Wikipedia
    "s_kwcid", "ef_id", "cjevent", "irclickid", "wickedid", "_branch_match_id", "_branch_referrer", "wprov",
})  # fmt: skip
_PREFIXES = re.compile(r"(?:utm|mtm|matomo|pk|piwik|hsa|_x_tr)_")
"""Google Analytics, Matomo under its two names, HubSpot's advertisements, Google Translate."""

_VALUES = {"from": re.compile(r"(?:singlemessage|groupmessage|timeline)\Z")}
"""Ordinary names that are for tracking with these values alone: WeChat adds where a link was shared."""


def is_tracking(parameter: str) -> bool:
    """Whether a piece of a query, such as ``utm_source=x``, is for tracking. Capitals make no difference."""
    name, _, value = parameter.partition("=")
    name = unquote_plus(name).lower()
    values = _VALUES.get(name)
    return name in _NAMES or _PREFIXES.match(name) is not None or (values is not None and bool(values.match(value)))
