"""The checks, in the order in which they are told. One more is a function, and a line in ``CHECKS``."""

from collections.abc import Callable, Iterator
from urllib.parse import quote, urlsplit

from service.doctor import embedding
from service.doctor.csp import forbids, parse
from service.doctor.fetch import LeadsElsewhere
from service.doctor.findings import Finding, fail, note, ok
from service.doctor.target import Target
from service.mail.send import ERRORS, connect, describe_error

Check = Callable[[Target], Iterator[Finding]]


def run(look: Target) -> Iterator[Finding]:
    """Every check. Takes as long as the service and the page take to answer. Raises BadPage for a bad address."""
    for check in CHECKS if look.url else OF_THE_SERVICE:
        yield from check(look)


def service(look: Target) -> Iterator[Finding]:
    """Is it this service that answers where readers look for it?"""
    arrival = look.arrival
    if trouble := look.trouble("service"):
        sentence = f"{look.public} {trouble}: start the service, let the proxy lead to it, or correct REPLY_PUBLIC_URL."
        yield fail("service", sentence)
    elif arrival is None:
        sentence = "it is not this service that answers: correct REPLY_PUBLIC_URL, or what the proxy does."
        yield fail("service", f"At {look.public} {sentence}")
    else:
        yield ok("service", f"The service answers at {look.public}.")


def origin(look: Target) -> Iterator[Finding]:
    """May this origin's pages carry comments?"""
    if look.origin in look.sites:
        yield ok("origin", f"{look.origin} is registered.")
    else:
        yield fail("origin", f"{look.origin} is not registered: leave-a-reply site add {look.origin}")


def page(look: Target) -> Iterator[Finding]:
    """Is there a page?"""
    answer, trouble = look.answer, look.trouble("page")
    if isinstance(trouble, LeadsElsewhere):
        yield fail("page", f"{look.url} redirects to {trouble.target}: check that address, and register its origin.")
    elif trouble:
        yield fail("page", f"{look.url} {trouble}: see that it can be reached from here.")
    elif answer is not None and answer.status != 200:
        yield fail("page", f"{look.url} answers {answer.status}: is the address right, and open to everybody?")
    else:
        yield ok("page", f"{look.url} can be read.")


def policy(look: Target) -> Iterator[Finding]:
    """Does the page's Content-Security-Policy let through what its way of embedding needs?"""
    if look.page is None or not look.policies:
        return
    wrong: dict[str, str] = {}
    for directive, url, nonce in _needed(look):
        if name := forbids(look.policies, directive, url, look.url, nonce):
            wrong.setdefault(directive, name)
    for directive in wrong:
        asked = directive.removesuffix("-elem")
        sentence = f"The page’s Content-Security-Policy forbids it: add {_host(look.public)} to {asked}"
        yield fail("policy", f"{sentence} (docs/embedding.md has the whole line).")
    if any("sandbox" in each for each in look.policies):
        yield note("policy", "The page’s policy has a sandbox: it must allow-scripts and allow-forms.")
    if not wrong:
        yield ok("policy", "The page’s Content-Security-Policy lets the form through.")
    if _whole(look) and forbids(look.policies, "style-src-elem", f"{look.public}/embed.css", look.url):
        sentence = "Browsers from before 2023, and styles of your own with @import, load the styles by a link"
        yield note("styles", f"{sentence}: for them, add {_host(look.public)} to style-src.")


def _whole(look: Target) -> bool:
    """Whether the page has the script and a place for comments."""
    return look.page is not None and bool(embedding.script(look, look.page) and look.page.elements)


def _needed(look: Target) -> Iterator[tuple[str, str, str]]:
    """Directive, address and nonce of each thing that the page is going to load or to send."""
    page = look.page
    if page is None:
        return
    loaded, framed = embedding.script(look, page), embedding.frames(look, page)
    whole = bool(loaded and page.elements)
    if loaded:
        yield "script-src-elem", loaded["src"], loaded.get("nonce", "")
    if page.fragments and any(look.ours(style) for style in page.styles):
        yield "style-src-elem", f"{look.public}/embed.css", ""
    if whole or (loaded and page.fragments):
        yield "connect-src", f"{look.public}/thread", ""
    if whole or page.fragments or embedding.forms(look, page):
        yield "form-action", f"{look.public}/comments", ""
    for frame in framed:
        yield "frame-src", frame, ""


def sharing(look: Target) -> Iterator[Finding]:
    """May scripts of the page read what the service answers? A proxy in between may have other ideas."""
    if look.arrival is None or look.origin not in look.sites:
        return
    answer = look.ask("sharing", f"{look.public}/comments?page={quote(look.url)}", Origin=look.origin)
    if answer is None:
        yield fail("sharing (CORS)", f"/comments {look.trouble('sharing')}: see what the proxy does with it.")
        return
    allowed = answer.all("access-control-allow-origin")
    if len(allowed) == 1 and allowed[0] in ("*", look.origin):
        yield ok("sharing (CORS)", "Scripts of the page may read the answers.")
    elif len(allowed) > 1:
        sentence = "is sent twice: the service sends it, so let the proxy send none."
        yield fail("sharing (CORS)", f"Access-Control-Allow-Origin {sentence}")
    else:
        yield fail("sharing (CORS)", "Access-Control-Allow-Origin does not come through: let the proxy keep it.")


def frame(look: Target) -> Iterator[Finding]:
    """May the page show a frame of ours?"""
    page = look.page
    if page is None or not embedding.frames(look, page) or look.arrival is None:
        return
    answer = look.ask("frame", f"{look.public}/page?frame=1&page={quote(look.url)}")
    if answer is None:
        yield fail("frame", f"/page {look.trouble('frame')}: see what the proxy does with it.")
    elif answer.all("x-frame-options"):
        yield fail("frame", "A proxy adds X-Frame-Options, so browsers show no frame: take it off for this service.")
    elif not _may_frame(answer.all("content-security-policy"), look):
        yield fail("frame", f"frame-ancestors does not name {look.origin}: register it, or see what the proxy adds.")
    else:
        yield ok("frame", "The page may show the frame.")


def _may_frame(headers: list[str], look: Target) -> bool:
    named = [each["frame-ancestors"] for each in parse(headers) if "frame-ancestors" in each]
    return all(look.origin in sources or "*" in sources for sources in named)


def transport(look: Target) -> Iterator[Finding]:
    """https, and nothing less below it."""
    secure = look.public.startswith("https://")
    if look.url.startswith("https://") and not secure and not look.is_local:
        yield fail(
            "https", f"The page comes by https and {look.public} does not, so browsers block it: serve it by https too."
        )
    elif not secure and not look.is_local:
        yield note("https", "The service is reached by http: anybody on the way can read and change what is posted.")
    elif secure:
        yield ok("https", "The service is reached by https.")


def proxy(look: Target) -> Iterator[Finding]:
    """Are readers told apart, or does everybody count as the proxy?"""
    arrival = look.arrival
    if arrival is None:
        return
    peer, trusted = arrival.get("peer", ""), arrival.get("trusted")
    if arrival["forwarded"] and not trusted:
        yield fail(
            "proxy",
            f"A proxy names readers in X-Forwarded-For, but is not trusted, so all of them count as one: set "
            f"REPLY_TRUSTED_PROXIES={peer}",
        )
    elif not arrival["forwarded"] and (trusted or _must_be_proxied(look)):
        yield fail(
            "proxy",
            "The proxy does not say who asks, so all readers count as one: let it set X-Forwarded-For, and name it in "
            "REPLY_TRUSTED_PROXIES.",
        )
    else:
        yield ok("proxy", "Readers are told apart." if arrival["forwarded"] else "There is no proxy in between.")


def _must_be_proxied(look: Target) -> bool:
    """The service itself speaks http, and on its own port."""
    parts = urlsplit(look.public)
    return parts.scheme == "https" or (parts.port or 80) != look.settings.port


def captcha(look: Target) -> Iterator[Finding]:
    """Are the keys of captchas in the page those of its site?"""
    if look.page is None:
        return
    for key in dict.fromkeys(look.page.sitekeys):
        if look.keys.get(look.origin) == key:
            yield ok("captcha", "The captcha has the site’s key.")
        elif any(look.ours(each["src"]) and "/captcha.js" in each["src"] for each in look.page.scripts):
            yield fail("captcha", f"data-sitekey={key[:40]} is not the key of {look.origin}: use the one of the site.")


def mail(look: Target) -> Iterator[Finding]:
    """Does the mail server let us in, if there is one? Nothing is sent."""
    server = look.settings.mail_server
    if server is None:
        return
    try:
        with connect(server, urlsplit(look.public).hostname or "localhost"):
            yield ok("mail", f"{server.host} would take mail; leave-a-reply mail test ADDRESS sends one.")
    except ERRORS as error:
        yield fail("mail", f"{server.host} takes no mail: {describe_error(error)} Correct REPLY_SMTP_URL.")


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


OF_THE_SERVICE: tuple[Check, ...] = (service, transport, proxy, mail)
CHECKS: tuple[Check, ...] = (
    service, origin, page, embedding.check, policy, sharing, frame, transport, proxy, mail, captcha,
)  # fmt: skip
