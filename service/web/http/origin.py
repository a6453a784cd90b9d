"""Which page a browser says has sent a POST. One rule for every route that changes something in a browser's name.

``Origin`` and the ``Sec-Fetch-*`` headers are set by browsers, and no page can forge them (Fetch Metadata, W3C; "CSRF
Prevention", OWASP). The links in our mails carry their own authority and may be posted from anywhere (RFC 8058), as may
requests that carry a key or a password.
"""

from enum import StrEnum

from service.urls import origin_of
from service.web.context import Request, context_of


class Source(StrEnum):
    """Who has sent a POST, as far as the browser tells."""

    OURS = "ours"
    """One of our own pages, or a page of the site at whose address we were asked."""
    NAMED = "named"
    """A page whose origin is in ``Origin``; whether that is a registered one is another question."""
    OPAQUE = "opaque"
    """A page whose origin the browser withholds: ``Origin: null``."""
    UNTOLD = "untold"
    """No browser speaks of a page: a program, which could say anything."""


def source_of(request: Request) -> Source:
    """Where a POST comes from."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    # A browser that sends Sec-Fetch-Site has compared the origins itself, whatever Origin says: it is "null" for a form
    # on a page of ours with the policy no-referrer. A sandboxed frame is cross-site even to its own address.
    if site in ("same-origin", "none"):
        return Source.OURS
    # Safari before 16.4, and every browser where the service has no https: an admin may also come by another name
    if site is None and origin in (origin_of(context_of(request).settings.public_url), asked_origin(request)):
        return Source.OURS
    if site is None and origin is None:
        return Source.UNTOLD
    # "null" is sent by honest pages (policy no-referrer, file://) and by strangers': a sandboxed frame, or a page that
    # gives itself that policy. They cannot be told apart, not even when a whole window is navigated.
    return Source.OPAQUE if origin in (None, "null") else Source.NAMED


def by_script(request: Request) -> bool:
    """Whether a script has sent it, and no form: nobody would see a page that we answered. ``no-cors`` is one, too."""
    return request.headers.get("sec-fetch-mode", "navigate") != "navigate"


def asked_origin(request: Request) -> str:
    """The origin at which we were asked."""
    return f"{request.url.scheme}://{request.url.netloc}"
