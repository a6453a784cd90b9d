"""In which of the four ways a page embeds the form, and whether it names itself rightly."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from service.doctor.findings import Finding, fail, note, ok
from service.doctor.page import Attributes, InspectedForm, InspectedPage, page_of_frame
from service.doctor.target import Target
from service.urls import BadPage, UnknownOrigin, resolve

WHAT = "form in the page"
_GZIP = b"\x1f\x8b\x08"  # how compressed bytes begin (RFC 1952)


def script(look: Target, page: InspectedPage) -> Attributes | None:
    """The element that loads our script, if there is one."""
    for each in page.scripts:
        if look.ours(each["src"]) and urlsplit(each["src"]).path.endswith("/embed.js"):
            return each
        if each.get("data-base", "").rstrip("/") == look.public:  # the owner keeps the script elsewhere
            return each
    return None


def frames(look: Target, page: InspectedPage) -> list[str]:
    """Frames of ours."""
    return [src for src in page.frames if look.ours(src) and urlsplit(src).path.endswith("/page")]


def forms(look: Target, page: InspectedPage) -> list[InspectedForm]:
    """Forms that post to us, or to where the site's own web server may hand on to us."""
    ends = ("/comments", "/wp-comments-post.php")
    return [form for form in page.forms if look.ours(form.action) and urlsplit(form.action).path.endswith(ends)]


def check(look: Target) -> Iterator[Finding]:
    """Which way is taken."""
    page = look.page
    if page is None:
        return
    ways = [*_ways(look, page)]
    yield from ways or [_none(look, page)]


def _ways(look: Target, page: InspectedPage) -> Iterator[Finding]:
    loaded = script(look, page)
    if page.elements and loaded:
        yield ok(WHAT, "The page loads the script and has <leave-a-reply>.")
        for element in page.elements:
            named = element.get("page", "") or page.canonical or look.url
            attribute = "the attribute page" if element.get("page") else '<link rel="canonical">'
            yield from _named(look, named, attribute)
    elif page.elements:
        line = f'<script src="{look.public}/embed.js" async></script>'
        yield fail(WHAT, f"The page has <leave-a-reply>, but does not load the script: add {line}")
    for frame in frames(look, page):
        yield ok(WHAT, "The page shows the comments in a frame.")
        yield from _named(look, page_of_frame(frame), "page= in the frame’s src")
    for fragment in page.fragments:
        yield ok(WHAT, "The page includes comments and form as HTML.")
        yield from _named(look, fragment.get("data-page", ""), "page= in the include")
    if not page.fragments:
        yield from _plain(look, page)


def _plain(look: Target, page: InspectedPage) -> Iterator[Finding]:
    for form in forms(look, page):
        if form.method != "post":
            yield fail(WHAT, "The form for comments is not sent by POST: give it method=post.")
            continue
        yield ok(WHAT, "The page has a form that posts to the service.")
        if named := form.hidden.get("page") or form.hidden.get("redirect_to"):
            yield from _named(look, named, "the form’s hidden field")
        elif not form.hidden.get("comment_post_ID"):
            field = f'<input type="hidden" name="page" value="{look.url}">'
            yield fail(WHAT, f"The form does not say which page it is on: add {field}")


def _none(look: Target, page: InspectedPage) -> Finding:
    if look.answer is not None and _GZIP in look.answer.body:
        sentence = "The page holds compressed bytes: the server that includes the comments asks for them with the"
        return fail(WHAT, f"{sentence} browser’s Accept-Encoding. Take that off, as docs/embedding.md shows.")
    elsewhere = next((each["src"] for each in page.scripts if each["src"].partition("?")[0].endswith("/embed.js")), "")
    if script(look, page) is not None:
        return fail(
            WHAT, "The page loads the script, but has no <leave-a-reply></leave-a-reply>: put it where they go."
        )
    if elsewhere:
        sentence = f"The page loads {elsewhere}, but readers reach the service at {look.public}: change one of the two."
        return fail(WHAT, f"{sentence} The setting is REPLY_PUBLIC_URL.")
    host = urlsplit(look.url).netloc
    return fail(
        WHAT,
        "The page has neither script, frame, include nor form of the service: paste one of the four from "
        f"“leave-a-reply site show {urlsplit(look.url).scheme}://{host}”. (What scripts put in is not seen.)",
    )


def _named(look: Target, address: str, where: str) -> Iterator[Finding]:
    """Whether the page that the comments belong to is a registered one, and this one."""
    try:
        named, here = resolve(address, look.sites), resolve(look.url, look.sites)
    except UnknownOrigin as error:
        if error.origin != look.origin:  # else said already, of the origin
            yield fail(WHAT, f"By {where} the page is {address}, and {error.origin} is not registered: change it.")
    except BadPage:
        yield fail(WHAT, f"“{address}”, by {where}, is no whole address: write it with https://")
    else:
        if named.key != here.key:
            yield note(WHAT, f"By {where} the comments are those of {named.url}.")
