"""The diagnoses of the setup check. To add one, write a function and add it to ``DIAGNOSES``, in order of output."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlsplit

from service.doctor import embedding, log_check
from service.doctor.csp import forbids, forbids_trusted_type, parse
from service.doctor.fetch import LeadsElsewhere
from service.doctor.findings import Finding, fail, note, ok
from service.doctor.target import Target
from service.mail.smtp_delivery import ERRORS, connect, describe_error

_CAPTCHA = re.compile(r"/(?:captcha|recaptcha/api|1/api|turnstile/v0/api)\.js(?:\?|\Z)")
_WIDGETS = re.compile(r"/widgets\.js(?:\?|\Z)")
Diagnosis = Callable[[Target], Iterator[Finding]]


def diagnose(target: Target) -> Iterator[Finding]:
    """Run all diagnoses; they fetch the page and the service. Raises BadPage if ``target.url`` is not a URL."""
    for diagnosis in DIAGNOSES if target.url else SERVICE_DIAGNOSES:
        yield from diagnosis(target)


def inspect_service(target: Target) -> Iterator[Finding]:
    """Whether this service answers at its public URL."""
    arrival = target.arrival
    if error := target.fetch_error("service"):
        sentence = f"{target.public} {error}: start the service, let the proxy lead to it, or correct REPLY_PUBLIC_URL."
        yield fail("service", sentence)
    elif arrival is None:
        sentence = "another service answers: correct REPLY_PUBLIC_URL or the proxy, or restart it after a new secret."
        yield fail("service", f"At {target.public} {sentence}")
    else:
        yield ok("service", f"The service answers at {target.public}.")


def inspect_origin(target: Target) -> Iterator[Finding]:
    """Whether the page's origin is registered."""
    if target.origin in target.sites:
        yield ok("origin", f"{target.origin} is registered.")
    else:
        yield fail("origin", f"{target.origin} is not registered: leave-a-reply site add {target.origin}")


def inspect_page(target: Target) -> Iterator[Finding]:
    """Whether the page can be fetched."""
    answer, error = target.answer, target.fetch_error("page")
    if isinstance(error, LeadsElsewhere):
        yield fail("page", f"{target.url} redirects to {error.target}: check that address, and register its origin.")
    elif error:
        yield fail("page", f"{target.url} {error}: see that it can be reached from here.")
    elif answer is not None and answer.status != 200:
        yield fail("page", f"{target.url} answers {answer.status}: is the address right, and open to everybody?")
    else:
        yield ok("page", f"{target.url} can be read.")


def inspect_policy(target: Target) -> Iterator[Finding]:
    """Whether the page's Content-Security-Policy allows what its way of embedding needs."""
    if target.page is None or not target.policies:
        return
    wrong: dict[str, str] = {}
    for directive, url, nonce in _needed(target):
        if name := forbids(target.policies, directive, url, target.url, nonce):
            wrong.setdefault(directive, name)
    for directive in wrong:
        asked = directive.removesuffix("-elem")
        sentence = f"The page’s Content-Security-Policy forbids it: add {_host(target.public)} to {asked}"
        yield fail("policy", f"{sentence} (docs/embedding.md has the whole line).")
    names = [name for name in _trusted_types(target) if forbids_trusted_type(target.policies, name)]
    if names:
        yield fail("policy", f"The page’s Content-Security-Policy forbids it: add {' '.join(names)} to trusted-types.")
    if any("sandbox" in each for each in target.policies):
        yield note("policy", "The page’s policy has a sandbox: it must allow-scripts and allow-forms.")
    if not wrong and not names:
        yield ok("policy", "The page’s Content-Security-Policy lets the form through.")
    if _whole(target) and forbids(target.policies, "style-src-elem", f"{target.public}/embed.css", target.url):
        sentence = "Browsers from before 2023, and styles of your own with @import, load the styles by a link"
        yield note("styles", f"{sentence}: for them, add {_host(target.public)} to style-src.")


def _whole(target: Target) -> bool:
    """Whether the page has both the script and the element."""
    return target.page is not None and bool(embedding.script(target, target.page) and target.page.elements)


def _trusted_types(target: Target) -> Iterator[str]:
    """The names under which our scripts put HTML into the page."""
    page = target.page
    if page is None:
        return
    if embedding.script(target, page) and (page.elements or page.fragments):
        yield "leave-a-reply"
    if page.has_lists and any(_WIDGETS.search(each["src"]) for each in _ours(target)):
        yield "leave-a-reply-widgets"


def _ours(target: Target) -> Iterator[dict[str, str]]:
    return (each for each in (target.page.scripts if target.page else ()) if target.is_ours(each["src"]))


def _needed(target: Target) -> Iterator[tuple[str, str, str]]:
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


def inspect_sharing(target: Target) -> Iterator[Finding]:
    """Whether scripts of the page may read our responses: a proxy may change the CORS headers."""
    if target.arrival is None or target.origin not in target.sites:
        return
    answer = target.try_fetch("sharing", f"{target.public}/comments?page={quote(target.url)}", Origin=target.origin)
    if answer is None:
        yield fail("sharing (CORS)", f"/comments {target.fetch_error('sharing')}: see what the proxy does with it.")
        return
    allowed = answer.all("access-control-allow-origin")
    if len(allowed) == 1 and allowed[0] in ("*", target.origin):
        yield ok("sharing (CORS)", "Scripts of the page may read the answers.")
    elif len(allowed) > 1:
        sentence = "is sent twice: the service sends it, so let the proxy send none."
        yield fail("sharing (CORS)", f"Access-Control-Allow-Origin {sentence}")
    else:
        yield fail("sharing (CORS)", "Access-Control-Allow-Origin does not come through: let the proxy keep it.")


def inspect_frame(target: Target) -> Iterator[Finding]:
    """Whether the page may show our frame."""
    page = target.page
    if page is None or not embedding.frames(target, page) or target.arrival is None:
        return
    answer = target.try_fetch("frame", f"{target.public}/page?frame=1&page={quote(target.url)}")
    if answer is None:
        yield fail("frame", f"/page {target.fetch_error('frame')}: see what the proxy does with it.")
    elif answer.all("x-frame-options"):
        yield fail("frame", "A proxy adds X-Frame-Options, so browsers show no frame: take it off for this service.")
    elif not _may_frame(answer.all("content-security-policy"), target):
        yield fail("frame", f"frame-ancestors does not name {target.origin}: register it, or see what the proxy adds.")
    else:
        yield ok("frame", "The page may show the frame.")


def _may_frame(headers: list[str], target: Target) -> bool:
    named = [each["frame-ancestors"] for each in parse(headers) if "frame-ancestors" in each]
    return all(target.origin in sources or "*" in sources for sources in named)


def inspect_transport(target: Target) -> Iterator[Finding]:
    """Whether the service is reached by https, as an https page requires."""
    secure = target.public.startswith("https://")
    if target.url.startswith("https://") and not secure and not target.is_local:
        yield fail(
            "https",
            f"The page comes by https and {target.public} does not, so browsers block it: serve it by https too.",
        )
    elif not secure and not target.is_local:
        yield note("https", "The service is reached by http: anybody on the way can read and change what is posted.")
    elif secure:
        yield ok("https", "The service is reached by https.")


def inspect_proxy(target: Target) -> Iterator[Finding]:
    """Whether readers are told apart by IP address, or all count as the proxy."""
    arrival = target.arrival
    if arrival is None:
        return
    peer, trusted = arrival.get("peer", ""), arrival.get("trusted")
    if arrival["forwarded"] and not trusted:
        yield fail(
            "proxy",
            f"A proxy names readers in X-Forwarded-For, but is not trusted, so all of them count as one: set "
            f"REPLY_TRUSTED_PROXIES={peer}",
        )
    elif not arrival["forwarded"] and (trusted or _must_be_proxied(target)):
        yield fail(
            "proxy",
            "The proxy does not say who asks, so all readers count as one: let it set X-Forwarded-For, and name it in "
            "REPLY_TRUSTED_PROXIES.",
        )
    else:
        yield ok("proxy", "Readers are told apart." if arrival["forwarded"] else "There is no proxy in between.")


def _must_be_proxied(target: Target) -> bool:
    """Whether the public URL implies a proxy: the service itself speaks only http, on its own port."""
    parts = urlsplit(target.public)
    return parts.scheme == "https" or (parts.port or 80) != target.settings.port


def inspect_captcha(target: Target) -> Iterator[Finding]:
    """Whether the captchas in the page have its site's key."""
    if target.page is None:
        return
    for key in dict.fromkeys(target.page.sitekeys):
        if target.key == key:
            yield ok("captcha", "The captcha has the site’s key.")
        elif any(_CAPTCHA.search(each["src"]) for each in _ours(target)):
            yield fail(
                "captcha", f"data-sitekey={key[:40]} is not the key of {target.origin}: use the one of the site."
            )


def inspect_mail(target: Target) -> Iterator[Finding]:
    """Whether the mail server, if set, accepts a connection and login. Sends nothing."""
    server = target.settings.mail_server
    if server is None:
        return
    try:
        with connect(server, urlsplit(target.public).hostname or "localhost"):
            yield ok("mail", f"{server.host} would take mail; leave-a-reply mail test ADDRESS sends one.")
    except ERRORS as error:
        yield fail("mail", f"{server.host} takes no mail: {describe_error(error)} Correct REPLY_SMTP_URL.")


def inspect_log(target: Target) -> Iterator[Finding]:
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
