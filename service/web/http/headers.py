"""Headers that many answers share."""

from collections.abc import Iterable

from service.urls import origin_of

ANY_ORIGIN = {"access-control-allow-origin": "*"}
"""Public words of readers, asked for without cookies: any page may read them. Who may post is another question."""

NEVER_STORED = {"cache-control": "no-store"}

SECRET_ADDRESS = {"referrer-policy": "same-origin"}
"""Of a page whose address opens something: nobody else is told it. ``no-referrer`` would make the page's own form say
``Origin: null``, as a stranger's does."""

_COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "interest-cohort=(), browsing-topics=()",
}


def page_headers(public_url: str, page_url: str = "", frame_ancestors: Iterable[str] = ()) -> dict[str, str]:
    """Headers of a whole page for readers. After a POST the reader is sent to the article, so it is a form's target."""
    ours = origin_of(public_url)
    target = f" {origin_of(page_url)}" if page_url else ""
    ancestors = " ".join(["'self'", *frame_ancestors]) if frame_ancestors else "'none'"
    policy = (
        f"default-src 'none'; style-src 'self' {ours}; script-src 'self' {ours}; connect-src 'self' {ours}; "
        f"img-src 'self' {ours} data:; form-action 'self' {ours}{target}; base-uri 'none'; frame-ancestors {ancestors}"
    )
    return {**_COMMON, **NEVER_STORED, "content-security-policy": policy}


def admin_headers() -> dict[str, str]:
    """Headers of the admin's pages: nothing from elsewhere, never framed, never stored."""
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
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
"""Fetched or included, a fragment obeys the page around it; opened by itself it can do nothing."""

FRESH_FRAGMENT = {**FRAGMENT, **NEVER_STORED}
CACHED_FRAGMENT = {**FRAGMENT, "cache-control": "public, max-age=0, s-maxage=1, stale-while-revalidate=5"}
