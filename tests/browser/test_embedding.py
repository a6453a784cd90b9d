"""Inside the page of another origin: what it weighs, whose styles win, and what is said when it does not work."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.host import CSP, Host, post
from tests.browser.server import Server


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    host = Host(tmp_path_factory.mktemp("host") / "site")
    yield host
    host.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, host: Host) -> Iterator[Server]:
    free = {"REPLY_FLOOD_SECONDS": "0", "REPLY_RATE_POST": "0/minute"}
    with Server(tmp_path_factory.mktemp("service"), REPLY_SITES=host.origin, **free) as server:
        yield server


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def embed(server: Server, attributes: str = "") -> str:
    return f'<script src="{server.url}/embed.js" async></script><leave-a-reply {attributes}></leave-a-reply>'


def test_a_first_view_is_two_requests_and_a_question_and_styled_under_a_policy_without_styles(
    page: Page, host: Host, server: Server
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    policy = CSP.replace("style-src {url}", "style-src 'none'")
    page.goto(host.write(server.url, embed(server), policy, "styled"))
    expect(page.locator(".submit")).to_have_css("background-color", "rgb(31, 90, 146)")
    expect(page.locator("#captcha")).to_be_editable()
    ours = [url.removeprefix(server.url).partition("?")[0] for url in asked if url.startswith(server.url)]
    assert ours == ["/embed.js", "/thread", "/captcha"]
    assert [text for text in said if "Content Security" in text] == []


RULES = {  # what a page's own style sheet may say, and of what
    "p { color: red }": ".comment-notes",
    "article p { color: red }": ".comment-content p",
    "article b { color: red }": ".comment-author b",
    "main article a { color: red }": ".comment-metadata a",
    ".prose :where(a) { color: red }": ".comment-metadata a",
    ".prose a { color: red }": ".comment-metadata a",
    ".prose * { background: red }": "textarea",
    "#main a { color: red }": ".comment-metadata a",
    ".submit { background: red }": ".submit",
    "input.submit { background: red }": ".submit",
    "main .submit { background: red }": ".submit",
    ".prose .submit { background: red }": ".submit",
    "form div p { background: red }": ".form-submit",
    ".comment-form .comment-notes { color: red }": ".comment-notes",
    "main form p.comment-notes { color: red }": ".comment-notes",
    ".prose textarea { background: red }": "textarea",
    "main input { background: red }": "#author",
    ".prose input[type=text] { background: red }": "#captcha",
    ":root { --lar-accent: red }": ".submit",
}


def test_the_pages_own_rules_win_over_styles_from_the_script_as_over_linked_ones(
    page: Page, host: Host, server: Server
) -> None:
    policy = CSP.replace("style-src", "style-src 'unsafe-inline'")

    def winners(name: str, head: str) -> dict[str, bool]:
        thread = embed(server, f'page="{host.address("commented")}"')
        body = f'<main id="main" class="prose"><style></style>{thread}</main>'
        page.goto(host.write(server.url, body, policy, name, head))
        expect(page.locator(".comment-content")).to_be_visible()
        return page.evaluate(
            """rules => Object.fromEntries(Object.entries(rules).map(([rule, place]) => {
                document.querySelector('main style').textContent = rule;
                const { color, backgroundColor } = getComputedStyle(document.querySelector('main ' + place));
                return [rule, [color, backgroundColor].includes('rgb(255, 0, 0)')];
            }))""",
            RULES,
        )

    page.emulate_media(reduced_motion="reduce")  # else a new colour takes its time
    page.goto(host.write(server.url, embed(server), name="commented"))
    post(page, "A text.")
    expect(page.locator(".comment-content")).to_be_visible()
    linked = winners("linked", f'<link rel="stylesheet" href="{server.url}/embed.css">')
    assert page.evaluate("document.adoptedStyleSheets.length") == 0
    brought = winners("brought", "")
    assert page.evaluate("document.adoptedStyleSheets.length") == 1
    assert brought == linked
    assert 5 < sum(linked.values()) < len(RULES) - 5


@pytest.mark.parametrize(
    ("name", "words"), [("short", "<p>Words.</p>"), ("long", "<p>Words.</p>" * 40)], ids=["short", "long"]
)
def test_nothing_moves_when_the_comments_come(page: Page, host: Host, server: Server, name: str, words: str) -> None:
    policy = CSP.replace("style-src", "style-src 'unsafe-inline'")
    head = "<style>leave-a-reply:not(:defined) { display: block; min-height: 100vh }</style>"
    address = host.write(server.url, f"{words}{embed(server)}<footer>The end</footer>", policy, name, head)
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver(list => shifts.push(...list.getEntries().map(each => each.value)))
            .observe({ type: 'layout-shift', buffered: true });"""
    )
    page.goto(address)
    expect(page.locator("#submit")).to_be_visible()
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("shifts") == []
    held = page.locator("leave-a-reply").evaluate("element => element.style.minHeight")
    assert bool(held) == (name == "short")
    page.mouse.wheel(0, 10)
    expect(page.locator("leave-a-reply")).to_have_attribute("style", "display: block;")


def test_the_self_check_finds_it_well(host: Host, server: Server) -> None:
    address = host.write(server.url, embed(server))
    good = server.command("check", address)
    assert (good.returncode, "fail" in good.stdout) == (0, False), good.stdout
    bad = server.command("check", f"{host.origin}/nothing.html", "--json")
    assert (bad.returncode, [each["what"] for each in json.loads(bad.stdout) if each["level"] == "fail"]) == (
        1,
        ["page"],
    )


def test_a_policy_that_is_too_strict_says_what_to_add(page: Page, host: Host, server: Server) -> None:
    with (
        page.expect_console_message(lambda said: f"add {server.url} to connect-src" in said.text),
        page.expect_console_message(lambda said: f"leave-a-reply doctor {host.origin}/article.html" in said.text),
    ):
        page.goto(host.write(server.url, embed(server), CSP.replace("connect-src {url}", "connect-src 'self'")))
    expect(page.locator("leave-a-reply")).to_contain_text("The comments cannot be shown just now.")


def test_a_page_that_is_not_registered_says_so_to_reader_and_owner(page: Page, tmp_path: Path, server: Server) -> None:
    stranger = Host(tmp_path / "site")
    with page.expect_console_message(lambda said: f"leave-a-reply site add {stranger.origin}" in said.text):
        page.goto(stranger.write(server.url, embed(server)))
    expect(page.locator("leave-a-reply")).to_contain_text("The comments cannot be shown just now.")
    stranger.close()


def test_everything_is_said_in_the_language_around_it(page: Page, host: Host, server: Server) -> None:
    script = f'<script src="{server.url}/embed.js" async></script>'
    page.goto(host.write(server.url, f'<div lang="ar">{script}<leave-a-reply></leave-a-reply></div>'))
    expect(page.locator(".leave-a-reply")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("heading", name="اترك تعليقًا")).to_be_visible()
    page.route("**/comments", lambda route: route.continue_(url=f"{server.url}/nowhere"))
    page.locator("#commentform").evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    expect(page.get_by_role("alert")).to_have_text("لا يوجد شيء في هذا العنوان.")
    page.route("**/thread?*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("تعذّر عرض التعليقات الآن.")


def test_a_preview_does_not_write_into_the_thread_that_its_canonical_link_names(
    page: Page, host: Host, server: Server
) -> None:
    live = f'<link rel="canonical" href="{host.address("published")}">'
    for attributes, name, wanted in ("", "one", "published"), ("preview", "two", "two"):
        page.goto(host.write(server.url, embed(server, attributes), name=name, head=live))
        expect(page.locator('[name="page"]')).to_have_value(host.address(wanted))
