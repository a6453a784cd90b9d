"""WCAG 2.2 AA where axe does not look: keyboard, focus, zoom, colours of one's own, names that are heard."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.server import Server
from tests.plain_client import PlainClient
from tests.reader import Reader, solve

Open = Callable[..., Page]

FOCUS = """() => {
    const focused = document.activeElement, box = focused.getBoundingClientRect(), style = getComputedStyle(focused);
    const x = Math.min(box.x + box.width / 2, innerWidth - 1), y = Math.min(box.y + box.height / 2, innerHeight - 1);
    const above = document.elementFromPoint(x, y);
    return {
        what: focused.id || focused.className || focused.textContent.trim(),
        seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && focused.contains(above),
    };
}"""
OVERFLOWING = """() => [
    ...(document.documentElement.scrollWidth > innerWidth ? ['the page'] : []),
    ...[...document.querySelectorAll('.leave-a-reply :is(a, button, label, h2, h3, p, [type=submit])')]
        .filter((one) => !one.closest('.screen-reader-text') && one.getBoundingClientRect().right > innerWidth + 1
            || one.getBoundingClientRect().left < -1 && !one.closest('.screen-reader-text'))
        .map((one) => one.className || one.textContent),
]"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A thread with replies, a website and a long name below the demo."""
    with Server(tmp_path_factory.mktemp("site"), REPLY_FLOOD_SECONDS="0", REPLY_SPAM_CHECK="false") as server:
        reader = Reader(PlainClient(server.url))
        parent = "0"
        for name in ("Ingrid", "Donaudampfschifffahrtsgesellschaftskapitän", "سارة", "Noor"):
            fields = {"author": name, "comment": f"What {name} thinks.", "url": "https://example.org"}
            posted = reader.post(f"{server.url}/", json=True, comment_parent=parent, **fields).json()
            parent = str(posted["id"])
        yield server


@pytest.fixture
def visit(chromium: Browser, site: Server) -> Iterator[Open]:
    """Opens the thread as a page in a language, in a window of its own."""
    contexts = []

    def opened(lang: str = "en", **window: Any) -> Page:
        context = chromium.new_context(**window)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{site.url}/page?page={site.url}/&title=A+town&lang={lang}")
        expect(page.locator(".leave-a-reply.is-live")).to_be_attached()
        return page

    yield opened
    for context in contexts:
        context.close()


def refused(page: Page) -> None:
    """Sends the empty form past the browser's own checks."""
    page.locator("#commentform").evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    expect(page.locator("#form-errors")).to_be_visible()


def test_the_keyboard_is_enough_and_shows_where_it_is(visit: Open) -> None:
    page = visit(viewport={"width": 1000, "height": 500})
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["seen"], focus
        stops.append(focus["what"])
        if focus["what"] == "comment-reply-link":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#comment")).to_be_focused()
    expect(page.locator("#reply-title")).to_contain_text("Leave a Reply to Ingrid")
    for text in ("Typed without a mouse.", "Ada", "ada@example.org", "", " "):  # the last ticks the box
        page.keyboard.type(text)
        assert page.evaluate(FOCUS)["seen"]
        page.keyboard.press("Tab")
    expect(page.locator("#captcha")).to_be_focused()
    page.keyboard.type(solve(page.locator(".captcha-question").inner_text()))
    page.keyboard.press("Enter")
    new = page.locator(".comment-body", has_text="Typed without a mouse.")
    expect(new).to_be_focused()
    assert page.evaluate(FOCUS)["seen"]
    assert len(stops) == len(set(stops)), "nothing holds the keyboard"


def test_an_error_is_announced_and_leads_to_its_field(visit: Open) -> None:
    page = visit("de")
    refused(page)
    expect(page.locator("#comment")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Bitte geben Sie Ihren Namen ein.")
    expect(page.locator("#author")).to_have_accessible_description("Bitte geben Sie Ihren Namen ein.")
    page.get_by_role("link", name="Bitte beantworten Sie die Frage.").press("Enter")
    expect(page.locator("#captcha")).to_be_focused()


@pytest.mark.parametrize(
    ("lang", "names"),
    [
        ("de", ("Schreiben Sie einen Kommentar", "Kommentar *", "Was ist", "Andere Frage", "Kommentar abschicken")),
        ("ar", ("اترك تعليقًا", "التعليق *", "كم يساوي", "سؤال آخر", "إرسال التعليق")),
        ("ckb", ("وەڵامێک بنووسە", "لێدوان *", "چەندە؟", "پرسیارێکی تر", "ناردنی لێدوان")),
    ],
)
def test_what_a_screen_reader_finds(visit: Open, lang: str, names: tuple[str, ...]) -> None:
    title, comment, question, another, send = names
    page = visit(lang)
    expect(page.locator(".leave-a-reply")).to_match_aria_snapshot(f"""
        - region:
          - heading [level=2]
          - list:
            - listitem:
              - article
        - heading "{title}" [level=3]
        - form "{title}":
          - paragraph:
            - textbox "{comment}"
          - paragraph:
            - textbox /{question}/
            - button "{another}"
          - paragraph:
            - button "{send}"
    """)


@pytest.mark.parametrize("lang", ["en", "de", "ru", "ar", "zh-Hans"])
def test_nothing_runs_over_at_320_pixels_nor_with_text_twice_as_large(visit: Open, lang: str) -> None:
    page = visit(lang, viewport={"width": 320, "height": 640}, bypass_csp=True)
    refused(page)
    assert page.evaluate(OVERFLOWING) == []
    page.set_viewport_size({"width": 640, "height": 640})
    page.add_style_tag(content="html { font-size: 200% } * { letter-spacing: .12em; word-spacing: .16em }")
    page.locator(".comment-reply-link").last.click()
    assert page.evaluate(OVERFLOWING) == []


def test_right_to_left_is_a_mirror(visit: Open) -> None:
    page = visit("ckb", viewport={"width": 1280, "height": 900})
    [avatar, name] = [page.locator(each).first.bounding_box() for each in (".avatar", ".fn")]
    [author, email, url] = [page.locator(each).bounding_box() for each in ("#author", "#email", "#url")]
    assert all((avatar, name, author, email, url))
    assert avatar["x"] > name["x"] + name["width"]
    assert author["x"] > email["x"] > url["x"]
    assert author["y"] == email["y"] == url["y"], "in one row where there is room"
    [question, typed] = [page.locator(each).bounding_box() for each in (".captcha-question", "#captcha")]
    assert all((question, typed))
    assert question["x"] < typed["x"], "a sum is read from the left in every script"


def test_nothing_moves_for_who_asked_for_stillness(visit: Open) -> None:
    page = visit(reduced_motion="reduce")
    moving = page.evaluate("""() => [...document.querySelectorAll('.leave-a-reply, .leave-a-reply *')].filter((one) => {
        const style = getComputedStyle(one);
        return parseFloat(style.transitionDuration) || parseFloat(style.animationDuration)
            || style.scrollBehavior === 'smooth';
    }).length""")
    assert moving == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_colours_of_the_readers_own_everything_keeps_its_edges(visit: Open, scheme: str) -> None:
    page = visit(forced_colors="active", color_scheme=scheme)
    refused(page)
    for selector in (".submit", "#author", "#captcha", ".avatar", "#form-errors"):
        edge = page.locator(selector).first.evaluate("""(one) => {
            const style = getComputedStyle(one), around = getComputedStyle(document.body).backgroundColor;
            return parseFloat(style.borderTopWidth) >= 1 && style.borderTopColor !== around
                && !/rgba.* 0\\)/.test(style.borderTopColor);
        }""")
        assert edge, selector
    widths = [
        page.locator(each).evaluate("(one) => getComputedStyle(one).borderTopWidth") for each in ("#author", "#url")
    ]
    assert widths == ["2px", "1px"], "a wrong field differs by more than its colour"
    page.locator("#author").focus()
    assert page.evaluate(FOCUS)["seen"]
