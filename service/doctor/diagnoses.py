"""The diagnoses of the setup check. To add one, write a function and add it to ``DIAGNOSES``, in order of output."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlsplit

from service.doctor import embedding, log_check
from service.doctor.csp import forbids, forbids_trusted_type, parse
from service.doctor.fetch_url import LeadsElsewhere
from service.doctor.finding_sentences import FindingSentence
from service.doctor.findings import Finding, fail, note, ok
from service.doctor.inspection_target import InspectionTarget
from service.mail.smtp_delivery import ERRORS, connect, describe_error

_CAPTCHA = re.compile(r"/(?:captcha|recaptcha/api|1/api|turnstile/v0/api)\.js(?:\?|\Z)")
_WIDGETS = re.compile(r"/widgets\.js(?:\?|\Z)")
Diagnosis = Callable[[InspectionTarget], Iterator[Finding]]


def diagnose(target: InspectionTarget) -> Iterator[Finding]:
    """Run all diagnoses; they fetch the page and the service. Raises BadPage if ``target.url`` is not a URL."""
    for diagnosis in DIAGNOSES if target.url else SERVICE_DIAGNOSES:
        yield from diagnosis(target)


def inspect_service(target: InspectionTarget) -> Iterator[Finding]:
    """Whether this service answers at its public URL."""
    arrival = target.arrival
    if error := target.fetch_error("service"):
        yield fail("service", FindingSentence.UNREACHABLE % {"problem": f"{target.public} {error}"})
    elif arrival is None:
        yield fail("service", FindingSentence.ANOTHER % {"public": target.public})
    else:
        yield ok("service", FindingSentence.ANSWERS % {"public": target.public})


def inspect_origin(target: InspectionTarget) -> Iterator[Finding]:
    """Whether the page's origin is registered."""
    if target.origin in target.sites:
        yield ok("origin", FindingSentence.REGISTERED % {"origin": target.origin})
    else:
        yield fail("origin", FindingSentence.NOT_REGISTERED % {"origin": target.origin})


def inspect_page(target: InspectionTarget) -> Iterator[Finding]:
    """Whether the page can be fetched."""
    answer, error = target.answer, target.fetch_error("page")
    if isinstance(error, LeadsElsewhere):
        yield fail("page", FindingSentence.PAGE_REDIRECTS % {"url": target.url, "target": error.target})
    elif error:
        yield fail("page", FindingSentence.PAGE_UNREACHABLE % {"problem": f"{target.url} {error}"})
    elif answer is not None and answer.status != 200:
        yield fail("page", FindingSentence.PAGE_REFUSES % {"url": target.url, "status": answer.status})
    else:
        yield ok("page", FindingSentence.PAGE_READ % {"url": target.url})


def inspect_policy(target: InspectionTarget) -> Iterator[Finding]:
    """Whether the page's Content-Security-Policy allows what its way of embedding needs."""
    if target.page is None or not target.policies:
        return
    wrong: dict[str, str] = {}
    for directive, url, nonce in _needed(target):
        if name := forbids(target.policies, directive, url, target.url, nonce):
            wrong.setdefault(directive, name)
    for directive in wrong:
        asked = directive.removesuffix("-elem")
        values = {"host": _host(target.public), "directive": asked}
        yield fail("policy", FindingSentence.POLICY_FORBIDS % values)
    names = [name for name in _trusted_types(target) if forbids_trusted_type(target.policies, name)]
    if names:
        yield fail("policy", FindingSentence.POLICY_TYPES % {"names": " ".join(names)})
    if any("sandbox" in each for each in target.policies):
        yield note("policy", FindingSentence.POLICY_SANDBOX)
    if not wrong and not names:
        yield ok("policy", FindingSentence.POLICY_ALLOWS)
    if _whole(target) and forbids(target.policies, "style-src-elem", f"{target.public}/embed.css", target.url):
        yield note("styles", FindingSentence.STYLES % {"host": _host(target.public)})


def _whole(target: InspectionTarget) -> bool:
    """Whether the page has both the script and the element."""
    return target.page is not None and bool(embedding.script(target, target.page) and target.page.elements)


def _trusted_types(target: InspectionTarget) -> Iterator[str]:
    """The names under which our scripts put HTML into the page."""
    page = target.page
    if page is None:
        return
    if embedding.script(target, page) and (page.elements or page.fragments):
        yield "leave-a-reply"
    if page.has_lists and any(_WIDGETS.search(each["src"]) for each in _ours(target)):
        yield "leave-a-reply-widgets"


def _ours(target: InspectionTarget) -> Iterator[dict[str, str]]:
    return (each for each in (target.page.scripts if target.page else ()) if target.is_ours(each["src"]))


def _needed(target: InspectionTarget) -> Iterator[tuple[str, str, str]]:
    """Directive, URL and nonce of everything that the page will load or send."""
    page = target.page
    if page is None:
        return
    loaded, framed = embedding.script(target, page), embedding.frames(target, page)
    whole = bool(loaded and page.elements)
    if loaded:
        yield "script-src-elem", loaded["src"], loaded.get("nonce", "")
    if page.fragments and any(target.is_ours(style) for style in page.styles):
        yield "style-src-elem", f"{target.public}/embed.css", ""
    if whole or (loaded and page.fragments):
        yield "connect-src", f"{target.public}/thread", ""
    if whole or page.fragments or embedding.forms(target, page):
        yield "form-action", f"{target.public}/comments", ""
    for frame in framed:
        yield "frame-src", frame, ""
    for element in _ours(target):
        if _CAPTCHA.search(element["src"]) or _WIDGETS.search(element["src"]):
            yield "script-src-elem", element["src"], element.get("nonce", "")
            path = "/counts" if _WIDGETS.search(element["src"]) else "/captcha/challenge"
            yield "connect-src", target.public + path, ""


def inspect_sharing(target: InspectionTarget) -> Iterator[Finding]:
    """Whether scripts of the page may read our responses: a proxy may change the CORS headers."""
    if target.arrival is None or target.origin not in target.sites:
        return
    answer = target.try_fetch("sharing", f"{target.public}/comments?page={quote(target.url)}", Origin=target.origin)
    if answer is None:
        yield fail(
            "sharing (CORS)",
            FindingSentence.CORS_UNREACHABLE % {"problem": f"/comments {target.fetch_error('sharing')}"},
        )
        return
    allowed = answer.all("access-control-allow-origin")
    if len(allowed) == 1 and allowed[0] in ("*", target.origin):
        yield ok("sharing (CORS)", FindingSentence.CORS_OK)
    elif len(allowed) > 1:
        yield fail("sharing (CORS)", FindingSentence.CORS_TWICE)
    else:
        yield fail("sharing (CORS)", FindingSentence.CORS_MISSING)


def inspect_frame(target: InspectionTarget) -> Iterator[Finding]:
    """Whether the page may show our frame."""
    page = target.page
    if page is None or not embedding.frames(target, page) or target.arrival is None:
        return
    answer = target.try_fetch("frame", f"{target.public}/page?frame=1&page={quote(target.url)}")
    if answer is None:
        yield fail("frame", FindingSentence.CORS_UNREACHABLE % {"problem": f"/page {target.fetch_error('frame')}"})
    elif answer.all("x-frame-options"):
        yield fail("frame", FindingSentence.FRAME_OPTIONS)
    elif not _may_frame(answer.all("content-security-policy"), target):
        yield fail("frame", FindingSentence.FRAME_ANCESTORS % {"origin": target.origin})
    else:
        yield ok("frame", FindingSentence.FRAME_OK)


def _may_frame(headers: list[str], target: InspectionTarget) -> bool:
    named = [each["frame-ancestors"] for each in parse(headers) if "frame-ancestors" in each]
    return all(target.origin in sources or "*" in sources for sources in named)


def inspect_transport(target: InspectionTarget) -> Iterator[Finding]:
    """Whether the service is reached by https, as an https page requires."""
    secure = target.public.startswith("https://")
    if target.url.startswith("https://") and not secure and not target.is_local:
        yield fail(
            "https",
            FindingSentence.HTTPS_MIXED % {"public": target.public},
        )
    elif not secure and not target.is_local:
        yield note("https", FindingSentence.HTTPS_MISSING)
    elif secure and target.arrival is not None:
        yield ok("https", FindingSentence.HTTPS_OK)


def inspect_proxy(target: InspectionTarget) -> Iterator[Finding]:
    """Whether readers are told apart by IP address, or all count as the proxy."""
    arrival = target.arrival
    if arrival is None:
        return
    peer, trusted = arrival.get("peer", ""), arrival.get("trusted")
    if arrival["forwarded"] and not trusted:
        yield fail(
            "proxy",
            FindingSentence.PROXY_UNTRUSTED % {"peer": peer},
        )
    elif not arrival["forwarded"] and (trusted or _must_be_proxied(target)):
        yield fail(
            "proxy",
            FindingSentence.PROXY_SILENT,
        )
    else:
        yield ok("proxy", FindingSentence.PROXY_OK if arrival["forwarded"] else FindingSentence.NO_PROXY)


def _must_be_proxied(target: InspectionTarget) -> bool:
    """Whether the public URL implies a proxy: the service itself speaks only http, on its own port."""
    parts = urlsplit(target.public)
    return parts.scheme == "https" or (parts.port or 80) != target.settings.port


def inspect_captcha(target: InspectionTarget) -> Iterator[Finding]:
    """Whether the captchas in the page have its site's key."""
    if target.page is None:
        return
    for key in dict.fromkeys(target.page.sitekeys):
        if target.key == key:
            yield ok("captcha", FindingSentence.CAPTCHA_OK)
        elif any(_CAPTCHA.search(each["src"]) for each in _ours(target)):
            yield fail("captcha", FindingSentence.CAPTCHA_KEY % {"key": key[:40], "origin": target.origin})


def inspect_mail(target: InspectionTarget) -> Iterator[Finding]:
    """Whether the mail server, if set, accepts a connection and login. Sends nothing."""
    server = target.settings.mail_server
    if server is None:
        return
    try:
        with connect(server, urlsplit(target.public).hostname or "localhost"):
            yield ok("mail", FindingSentence.MAIL_OK % {"host": server.host})
    except ERRORS as error:
        yield fail("mail", FindingSentence.MAIL_FAILS % {"host": server.host, "reason": describe_error(error)})


def inspect_log(target: InspectionTarget) -> Iterator[Finding]:
    """Whether the log of actions is whole."""
    if target.log is not None:
        yield from log_check.inspect_log(target.log)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


SERVICE_DIAGNOSES: tuple[Diagnosis, ...] = (
    inspect_service, inspect_transport, inspect_proxy, inspect_mail, inspect_log,
)  # fmt: skip
DIAGNOSES: tuple[Diagnosis, ...] = (
    inspect_service, inspect_origin, inspect_page, embedding.inspect_embedding, inspect_policy, inspect_sharing,
    inspect_frame, inspect_transport, inspect_proxy, inspect_mail, inspect_captcha, inspect_log,
)  # fmt: skip
