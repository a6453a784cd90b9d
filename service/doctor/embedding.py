"""Finds in which of the four ways a page embeds the form, and whether the form belongs to that page."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from service.doctor.findings import Finding, fail, note, ok
from service.doctor.page import INSIDE, Attributes, InspectedForm, InspectedPage, page_of_frame
from service.doctor.target import Target
from service.urls import BadPage, UnknownOrigin, resolve

WHAT = "form in the page"
_RUNS = ("", "module", "text/javascript", "application/javascript")  # as type= of a script
_GZIP = b"\x1f\x8b\x08"  # the first bytes of gzip (RFC 1952)


def script(target: Target, page: InspectedPage) -> Attributes | None:
    """The attributes of the element that loads embed.js, or None."""
    for element in page.scripts:
        if target.is_ours(element["src"]) and urlsplit(element["src"]).path.endswith("/embed.js"):
            return element
        if element.get("data-base", "").rstrip("/") == target.public:  # the script is served from elsewhere
            return element
    return None


def frames(target: Target, page: InspectedPage) -> list[str]:
    """The URLs of our frames."""
    return [src for src in page.frames if target.is_ours(src) and urlsplit(src).path.endswith("/page")]


def forms(target: Target, page: InspectedPage) -> list[InspectedForm]:
    """Forms that post to us, directly or through the site's web server."""
    ends = ("/comments", "/wp-comments-post.php")
    return [form for form in page.forms if target.is_ours(form.action) and urlsplit(form.action).path.endswith(ends)]


def inspect_embedding(target: Target) -> Iterator[Finding]:
    """Say how the page embeds the form."""
    page = target.page
    if page is None:
        return
    ways = [*_ways(target, page)]
    yield from ways or [_none(target, page)]
    if any(INSIDE in each for each in page.fragments) or any(form.is_inside for form in forms(target, page)):
        sentence = "The form stands inside another form of the page: browsers drop it, and its buttons send the other"
        yield fail(WHAT, f"{sentence}. Put it behind the </form> of that one.")


def _ways(target: Target, page: InspectedPage) -> Iterator[Finding]:
    loaded = script(target, page)
    if page.elements and loaded:
        yield _loaded(loaded)
        for element in page.elements:
            named = element.get("page", "") or page.canonical or target.url
            attribute = "the attribute page" if element.get("page") else '<link rel="canonical">'
            yield from _named(target, named, attribute)
    elif page.elements:
        line = f'<script src="{target.public}/embed.js" async></script>'
        yield fail(WHAT, f"The page has <leave-a-reply>, but does not load the script: add {line}")
    for frame in frames(target, page):
        yield ok(WHAT, "The page shows the comments in a frame.")
        yield from _named(target, page_of_frame(frame), "page= in the frame’s src")
    for fragment in page.fragments:
        yield ok(WHAT, "The page includes comments and form as HTML.")
        yield from _named(target, fragment.get("data-page", ""), "page= in the include")
    if not page.fragments:
        yield from _plain(target, page)


def _loaded(script: Attributes) -> Finding:
    kind = script.get("type", "").strip().lower()
    if kind in _RUNS:
        return ok(WHAT, "The page loads the script and has <leave-a-reply>.")
    sentence = f"The script has type={kind}, so browsers do not run it until another script, such as one that asks for"
    return note(WHAT, f"{sentence} consent, changes that.")


def _plain(target: Target, page: InspectedPage) -> Iterator[Finding]:
    for form in forms(target, page):
        if form.method != "post":
            yield fail(WHAT, "The form for comments is not sent by POST: give it method=post.")
            continue
        yield ok(WHAT, "The page has a form that posts to the service.")
        if named := form.hidden.get("page") or form.hidden.get("redirect_to"):
            yield from _named(target, named, "the form’s hidden field")
        elif not form.hidden.get("comment_post_ID"):
            field = f'<input type="hidden" name="page" value="{target.url}">'
            yield fail(WHAT, f"The form does not say which page it is on: add {field}")


def _none(target: Target, page: InspectedPage) -> Finding:
    if target.answer is not None and _GZIP in target.answer.body:
        sentence = "The page holds compressed bytes: the server that includes the comments asks for them with the"
        return fail(WHAT, f"{sentence} browser’s Accept-Encoding. Take that off, as docs/embedding.md shows.")
    elsewhere = next((each["src"] for each in page.scripts if each["src"].partition("?")[0].endswith("/embed.js")), "")
    if script(target, page) is not None:
        return fail(
            WHAT, "The page loads the script, but has no <leave-a-reply></leave-a-reply>: put it where they go."
        )
    if elsewhere:
        sentence = (
            f"The page loads {elsewhere}, but readers reach the service at {target.public}: change one of the two."
        )
        return fail(WHAT, f"{sentence} The setting is REPLY_PUBLIC_URL.")
    host = urlsplit(target.url).netloc
    return fail(
        WHAT,
        "The page has neither script, frame, include nor form of the service: paste one of the four from "
        f"“leave-a-reply site show {urlsplit(target.url).scheme}://{host}”. (What scripts put in is not seen.)",
    )


def _named(target: Target, address: str, where: str) -> Iterator[Finding]:
    """Whether the page whose comments are shown is registered, and is this page."""
    try:
        named, here = resolve(address, target.sites), resolve(target.url, target.sites)
    except UnknownOrigin as error:
        if error.origin != target.origin:  # otherwise the diagnosis of the origin says it
            yield fail(WHAT, f"By {where} the page is {address}, and {error.origin} is not registered: change it.")
    except BadPage:
        yield fail(WHAT, f"“{address}”, by {where}, is no whole address: write it with https://")
    else:
        if named.key != here.key:
            yield note(WHAT, f"By {where} the comments are those of {named.url}.")
