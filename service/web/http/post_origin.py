"""Where a POST comes from, according to the browser: one rule for all routes that act with a browser's authority.

Browsers set ``Origin`` and ``Sec-Fetch-*`` themselves, and no page can forge them (Fetch Metadata, W3C; "CSRF
Prevention", OWASP), so forms need no cross-site token. Exempt are links in mails, whose token is the authority and
which may be posted from anywhere (RFC 8058), and requests with a key or a password.
"""

from enum import StrEnum

from service.web.context import Request, context_of
from service.web_origin import origin_of


class PostOrigin(StrEnum):
    """Where a POST comes from, according to the browser."""

    SAME = "same"
    """A page of this service, or of the origin that the request is addressed to."""
    NAMED = "named"
    """A page whose origin is in ``Origin``. The caller decides whether that origin is registered."""
    OPAQUE = "opaque"
    """A page whose origin the browser withholds: ``Origin: null``."""
    ABSENT = "absent"
    """No such headers: a program sent this, not a browser, and it could claim any origin."""


def post_origin(request: Request) -> PostOrigin:
    """Classify a POST by ``Sec-Fetch-Site`` or, where the browser does not send that, by ``Origin``."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    # A browser that sends Sec-Fetch-Site has compared the origins itself, so it counts before Origin, which is "null"
    # for a form on our own page with the policy no-referrer. A sandboxed frame is cross-site even to its own address.
    if site in ("same-origin", "none"):
        return PostOrigin.SAME
    if site is None and origin is None:
        return PostOrigin.ABSENT
    # Safari before 16.4, and all browsers on plain http. An admin may use another host name than the public one.
    if site is None and origin in (origin_of(context_of(request).settings.public_url), requested_origin(request)):
        return PostOrigin.SAME
    # Honest pages send "null" (policy no-referrer, file://), and so do attackers', from a sandboxed frame or by that
    # policy. Nothing distinguishes them, not even a top-level navigation.
    return PostOrigin.OPAQUE if origin in (None, "null") else PostOrigin.NAMED


def by_script(request: Request) -> bool:
    """Whether a script sent it (``no-cors`` included) rather than a form, so that nobody would see an HTML answer."""
    return request.headers.get("sec-fetch-mode", "navigate") != "navigate"


def requested_origin(request: Request) -> str:
    """The origin that the request is addressed to."""
    return f"{request.url.scheme}://{request.url.netloc}"
