"""Response headers that many handlers share."""

from collections.abc import Iterable

from service.web_origin import origin_of

ANY_ORIGIN = {"access-control-allow-origin": "*"}
"""For public data that is requested without cookies: any page may read it. Posting has a rule of its own."""

NEVER_STORED = {"cache-control": "no-store"}

SECRET_ADDRESS = {"referrer-policy": "same-origin"}
"""For a page whose address holds a token, which no other site may learn. With ``no-referrer`` the page's own form
would send ``Origin: null``, as a foreign one does."""

_COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "interest-cohort=(), browsing-topics=()",
}

_IN_ISOLATED_PAGES = {
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "cross-origin",
}
"""A page with an embedder policy shows only frames that have one too. Who may frame is up to ``frame-ancestors``."""


def page_headers(public_url: str, page_url: str = "", frame_ancestors: Iterable[str] = ()) -> dict[str, str]:
    """Headers of a whole page for readers. Forms may target ``page_url`` too, since a POST redirects to the article."""
    ours = origin_of(public_url)
    target = f" {origin_of(page_url)}" if page_url else ""
    ancestors = " ".join(["'self'", *frame_ancestors]) if frame_ancestors else "'none'"
    policy = (
        f"default-src 'none'; style-src 'self' {ours}; script-src 'self' {ours}; connect-src 'self' {ours}; "
        f"img-src 'self' {ours} data:; form-action 'self' {ours}{target}; base-uri 'none'; frame-ancestors {ancestors}"
    )
    return {**_COMMON, **NEVER_STORED, **_IN_ISOLATED_PAGES, "content-security-policy": policy}


def admin_headers() -> dict[str, str]:
    """Headers of admin pages: no resources from other origins, never framed, never stored."""
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        **_COMMON,
        **NEVER_STORED,
        "content-security-policy": policy,
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }


FRAGMENT = {
    **ANY_ORIGIN,
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
}
"""A fragment inside a page obeys that page's policy; this one sandboxes a fragment opened on its own."""

FRESH_FRAGMENT = {**FRAGMENT, **NEVER_STORED}
CACHED_FRAGMENT = {**FRAGMENT, "cache-control": "public, max-age=0, s-maxage=1, stale-while-revalidate=5"}
