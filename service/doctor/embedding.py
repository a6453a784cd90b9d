"""Finds in which of the four ways a page embeds the form, and whether the form belongs to that page."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from service.doctor.finding_sentences import FindingSentence
from service.doctor.findings import Finding, fail, note, ok
from service.doctor.inspected_page import INSIDE, Attributes, InspectedForm, InspectedPage, page_of_frame
from service.doctor.inspection_target import InspectionTarget
from service.language import N_
from service.page_address import UnknownOrigin, resolve
from service.web_origin import BadPage

WHAT = "form in the page"
_RUNS = ("", "module", "text/javascript", "application/javascript")  # as type= of a script
_GZIP = b"\x1f\x8b\x08"  # the first bytes of gzip (RFC 1952)


def script(target: InspectionTarget, page: InspectedPage) -> Attributes | None:
    """The attributes of the element that loads embed.js, or None."""
    for element in page.scripts:
        if target.is_ours(element["src"]) and urlsplit(element["src"]).path.endswith("/embed.js"):
            return element
        if element.get("data-base", "").rstrip("/") == target.public:  # the script is served from elsewhere
            return element
    return None


def frames(target: InspectionTarget, page: InspectedPage) -> list[str]:
    """The URLs of our frames."""
    return [src for src in page.frames if target.is_ours(src) and urlsplit(src).path.endswith("/page")]


def forms(target: InspectionTarget, page: InspectedPage) -> list[InspectedForm]:
    """Forms that post to us, directly or through the site's web server."""
    ends = ("/comments", "/wp-comments-post.php")
    return [form for form in page.forms if target.is_ours(form.action) and urlsplit(form.action).path.endswith(ends)]


def inspect_embedding(target: InspectionTarget) -> Iterator[Finding]:
    """Say how the page embeds the form."""
    page = target.page
    if page is None:
        return
    ways = [*_ways(target, page)]
    yield from ways or [_none(target, page)]
    if any(INSIDE in each for each in page.fragments) or any(form.is_inside for form in forms(target, page)):
        yield fail(WHAT, FindingSentence.NESTED_FORM)


def _ways(target: InspectionTarget, page: InspectedPage) -> Iterator[Finding]:
    loaded = script(target, page)
    if page.elements and loaded:
        yield _loaded(loaded)
        for element in page.elements:
            named = element.get("page", "") or page.canonical or target.url
            attribute = N_("the attribute page") if element.get("page") else '<link rel="canonical">'
            yield from _named(target, named, attribute)
    elif page.elements:
        line = f'<script src="{target.public}/embed.js" async></script>'
        yield fail(WHAT, FindingSentence.NO_SCRIPT % {"line": line})
    for frame in frames(target, page):
        yield ok(WHAT, FindingSentence.FRAME_SHOWN)
        yield from _named(target, page_of_frame(frame), N_("page= in the frame’s src"))
    for fragment in page.fragments:
        yield ok(WHAT, FindingSentence.INCLUDED)
        yield from _named(target, fragment.get("data-page", ""), N_("page= in the include"))
    if not page.fragments:
        yield from _plain(target, page)


def _loaded(script: Attributes) -> Finding:
    kind = script.get("type", "").strip().lower()
    if kind in _RUNS:
        return ok(WHAT, FindingSentence.SCRIPT_OK)
    return note(WHAT, FindingSentence.SCRIPT_WAITS % {"kind": kind})


def _plain(target: InspectionTarget, page: InspectedPage) -> Iterator[Finding]:
    for form in forms(target, page):
        if form.method != "post":
            yield fail(WHAT, FindingSentence.NOT_POST)
            continue
        yield ok(WHAT, FindingSentence.FORM_OK)
        if named := form.hidden.get("page") or form.hidden.get("redirect_to"):
            yield from _named(target, named, N_("the form’s hidden field"))
        elif not form.hidden.get("comment_post_ID"):
            field = f'<input type="hidden" name="page" value="{target.url}">'
            yield fail(WHAT, FindingSentence.NO_PAGE % {"field": field})


def _none(target: InspectionTarget, page: InspectedPage) -> Finding:
    if target.answer is not None and _GZIP in target.answer.body:
        return fail(WHAT, FindingSentence.COMPRESSED)
    elsewhere = next((each["src"] for each in page.scripts if each["src"].partition("?")[0].endswith("/embed.js")), "")
    if script(target, page) is not None:
        return fail(WHAT, FindingSentence.NO_ELEMENT)
    if elsewhere:
        return fail(WHAT, FindingSentence.ELSEWHERE % {"script": elsewhere, "public": target.public})
    host = urlsplit(target.url).netloc
    return fail(WHAT, FindingSentence.NOTHING % {"origin": f"{urlsplit(target.url).scheme}://{host}"})


def _named(target: InspectionTarget, address: str, where: str) -> Iterator[Finding]:
    """Whether the page whose comments are shown is registered, and is this page."""
    try:
        named, here = resolve(address, target.sites), resolve(target.url, target.sites)
    except UnknownOrigin as error:
        if error.origin != target.origin:  # otherwise the diagnosis of the origin says it
            yield fail(
                WHAT, FindingSentence.NAMED_STRANGER % {"where": where, "address": address, "origin": error.origin}
            )
    except BadPage:
        yield fail(WHAT, FindingSentence.NAMED_BADLY % {"address": address, "where": where})
    else:
        if named.key != here.key:
            yield note(WHAT, FindingSentence.NAMED_OTHER % {"where": where, "url": named.url})
