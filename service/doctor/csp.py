"""Content-Security-Policy Level 3, as far as needed to say whether a URL is allowed (w3.org/TR/CSP3)."""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

_FALLBACKS = {
    "script-src-elem": ("script-src", "default-src"),
    "style-src-elem": ("style-src", "default-src"),
    "connect-src": ("default-src",),
    "frame-src": ("child-src", "default-src"),
    "form-action": (),
}
_SOURCE = re.compile(
    r"(?:([a-z][a-z0-9+.-]*)://)?(\*|(?:\*\.)?[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(\d+|\*))?(/.*)?\Z", re.IGNORECASE
)
_PORTS = {"http": 80, "https": 443}

Policy = dict[str, list[str]]


def parse(headers: Iterable[str]) -> list[Policy]:
    """Policies of headers and meta elements; commas separate several. The first of repeated directives counts."""
    policies = []
    for text in ",".join(headers).split(","):
        policy: Policy = {}
        for directive in text.split(";"):
            name, *sources = directive.split() or [""]
            if name:
                policy.setdefault(name.lower(), sources)
        if policy:
            policies.append(policy)
    return policies


def forbids(policies: Iterable[Policy], directive: str, url: str, page: str, nonce: str = "") -> str:
    """The directive by which a policy of the page forbids a URL; empty if all policies allow it."""
    for policy in policies:
        name = next((candidate for candidate in (directive, *_FALLBACKS[directive]) if candidate in policy), "")
        if name and not _allows(policy[name], name, url, page, nonce):
            return name
    return ""


def forbids_trusted_type(policies: Iterable[Policy], name: str) -> bool:
    """Whether scripts have to use Trusted Types, and a policy of the page allows none of that name
    (w3.org/TR/trusted-types)."""
    known = [*policies]
    lists = [policy["trusted-types"] for policy in known if "trusted-types" in policy]
    is_required = any("'script'" in policy.get("require-trusted-types-for", []) for policy in known)
    return is_required and not all(name in names or "*" in names for names in lists)


def _allows(sources: list[str], name: str, url: str, page: str, nonce: str) -> bool:
    is_script = name.startswith("script") or name == "default-src"
    if nonce and f"'nonce-{nonce}'" in sources:
        return True
    if is_script and "'strict-dynamic'" in sources:
        return False  # then host sources do not count, and our scripts have no hash
    return any(_matches(source, urlsplit(url), urlsplit(page)) for source in sources)


def _matches(source: str, url: SplitResult, page: SplitResult) -> bool:
    if source == "*":
        return url.scheme in _PORTS
    if source.lower() == "'self'":
        return _same_host(url, page) and _scheme_fits(page.scheme, url.scheme)
    if re.fullmatch(r"[a-z][a-z0-9+.-]*:", source, re.IGNORECASE):
        return _scheme_fits(source[:-1].lower(), url.scheme)
    match = _SOURCE.match(source)
    if match is None:
        return False
    scheme, host, port, path = match.groups()
    return (
        _scheme_fits((scheme or page.scheme).lower(), url.scheme)
        and _host_fits(host.lower(), url.hostname or "")
        and _port_fits(port, url)
        and _path_fits(path, url.path)
    )


def _same_host(url: SplitResult, page: SplitResult) -> bool:
    default = url.port in (None, 443) and page.port in (None, 80)
    return url.hostname == page.hostname and (_port(url) == _port(page) or default)


def _scheme_fits(wanted: str, scheme: str) -> bool:
    return scheme == wanted or (wanted == "http" and scheme == "https")


def _host_fits(wanted: str, host: str) -> bool:
    return wanted in ("*", host) or (wanted.startswith("*.") and host.endswith(wanted[1:]))


def _port_fits(wanted: str | None, url: SplitResult) -> bool:
    if wanted is None:
        return _port(url) == _PORTS.get(url.scheme)
    return wanted in ("*", str(_port(url))) or (wanted == "80" and _port(url) == 443)


def _path_fits(wanted: str | None, path: str) -> bool:
    if not wanted or wanted == "/":
        return True
    return path.startswith(wanted) if wanted.endswith("/") else path == wanted


def _port(url: SplitResult) -> int | None:
    return url.port or _PORTS.get(url.scheme)
