"""In pages with habits of their own: a <base>, ids like ours, strict policies, frames with borders, shadow roots."""

import re
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.host import Host, fill, post
from tests.browser.server import Server
from tests.browser.test_embedding import embed
from tests.browser.test_embedding import host as host
from tests.browser.test_embedding import page as page
from tests.browser.test_embedding import server as server
from tests.browser.test_single_page_apps import ANY
from tests.reader import solve

BASE = '<base href="http://127.0.0.1:9/elsewhere/">'


def include(server: Server, address: str) -> str:
    with urlopen(f"{server.url}/thread?page={address}") as answer:
        return str(answer.read().decode())


def test_a_form_answers_whom_its_heading_names(page: Page, host: Host, server: Server) -> None:
    """A browser may put back what a script had written into a hidden field."""
    spoil = "<script>document.querySelector('[name=comment_parent]').value = '77'</script>"
    script = f'<script src="{server.url}/embed.js"></script>'
    page.goto(host.write(server.url, include(server, host.address("put-back")) + spoil + script, ANY, "put-back"))
    expect(page.locator(".leave-a-reply.is-live")).to_be_visible()
    expect(page.locator("#reply-title")).to_contain_text("Leave a Reply")
    expect(page.locator('[name="comment_parent"]')).to_have_value("0")


def test_links_within_the_thread_stay_on_a_page_with_a_base(page: Page, host: Host, server: Server) -> None:
    address = host.write(server.url, embed(server), ANY, "based", BASE)
    page.goto(address)
    post(page, "On a page with a base.")
    permalink = page.locator(".comment-metadata a")
    permalink.click()
    page.wait_for_url(re.compile(re.escape(address) + r"#comment-\d+$"))
    page.locator(".comment-reply-link").click()
    expect(page.locator(".reply-title-text a")).to_have_attribute("href", re.compile(re.escape(address)))
    fill(page, "An answer.", name=" ")
    page.locator("#submit").click()
    page.locator(".form-errors a").click()
    expect(page.locator("#author")).to_be_focused()
    assert page.url == f"{address}#author"


def test_labels_lead_to_our_fields_where_the_page_has_the_same_ids(page: Page, host: Host, server: Server) -> None:
    newsletter = '<form><input id="email"><h2 id="comment">Comment</h2></form>'
    page.goto(host.write(server.url, newsletter + embed(server), ANY, "ids"))
    page.get_by_role("textbox", name="Email *").fill("ada@example.org")
    page.get_by_role("textbox", name="Comment *").fill("A text.")
    expect(page.locator('[name="email"]')).to_have_value("ada@example.org")
    page.locator("#submit").evaluate("button => { button.form.noValidate = true; button.click() }")
    page.get_by_role("link", name="Please type your name.").click()
    expect(page.locator('.comment-form [name="author"]')).to_be_focused()
    expect(page.locator("#comments")).to_have_count(1)


def test_a_plain_form_on_a_page_of_another_charset_keeps_the_letters(page: Page, host: Host, server: Server) -> None:
    """Ours say in which charset they are sent. This one does not."""
    texts = {"iso-8859-1": "Über 中 Grüße", "windows-1251": "Большое спасибо", "gb18030": "谢谢你的文章"}
    fields = "".join(f'<input name="{name}">' for name in ("comment", "author", "email"))
    for charset, text in texts.items():
        hidden = f'<input type="hidden" name="page" value="{host.address(charset)}">'
        form = f'<form action="{server.url}/comments" method="post">{hidden}{fields}<button>Post</button></form>'
        page.goto(host.write(server.url, form, ANY, charset, charset=charset))
        for name, typed in (("comment", text), ("author", "Ada"), ("email", "ada@example.org")):
            page.locator(f"[name={name}]").fill(typed)
        page.locator("button").click()
        expect(page.locator(".form-errors")).to_contain_text("another encoding")
        expect(page.locator("#comment")).to_have_value(text)
        page.locator("#captcha").fill(solve(page.locator(".captcha-question").inner_text()))
        page.locator("#submit").click()
        expect(page.locator(".form-errors")).to_have_count(0)


def test_what_the_service_takes_is_sent(page: Page, host: Host, server: Server) -> None:
    """Browsers would refuse both of them."""
    page.goto(host.write(server.url, embed(server), ANY, "takes"))
    fill(page, "With addresses of mine.")
    page.locator("#url").fill("example.com")
    page.locator("#email").fill("müller@example.org")
    page.locator("#submit").click()
    expect(page.locator(".comment-content")).to_have_text("With addresses of mine.")


TRUSTED = "require-trusted-types-for 'script'; trusted-types leave-a-reply leave-a-reply-widgets"


def test_under_a_policy_of_trusted_types(page: Page, host: Host, server: Server) -> None:
    widgets = f'<script src="{server.url}/widgets.js" async></script><div data-leave-a-reply-list="latest"></div>'
    page.goto(host.write(server.url, embed(server), TRUSTED, "trusted"))
    post(page, "Trusted words.")
    expect(page.locator(".comment-content")).to_have_text("Trusted words.")
    page.goto(host.write(server.url, widgets, TRUSTED, "trusted-list"))
    expect(page.locator(".recent-comments")).to_contain_text("Trusted words.")


@pytest.mark.parametrize(
    "tag",
    ['<script type="module" src="{url}/embed.js"></script>', '<script type="module">import("{url}/embed.js")</script>'],
    ids=["module", "import"],
)
def test_as_a_module(page: Page, host: Host, server: Server, tag: str) -> None:
    body = tag.format(url=server.url) + "<leave-a-reply></leave-a-reply>"
    page.goto(host.write(server.url, body, ANY, "module"))
    expect(page.locator("#commentform")).to_be_visible()


def test_where_tracing_adds_a_header_to_every_request(page: Page, host: Host, server: Server) -> None:
    trace = """<script>
        const plain = window.fetch;
        window.fetch = (url, options = {}) => {
            const headers = new Headers(options.headers);
            headers.set('sentry-trace', '1');
            return plain(url, { ...options, headers });
        };
    </script>"""
    page.goto(host.write(server.url, trace + embed(server), ANY, "traced"))
    fill(page, "Traced words.")
    page.get_by_role("button", name="Another question").click()
    expect(page.locator("#captcha")).to_have_value("")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".form-preview")).to_be_visible()
    post(page, "Traced words.")
    expect(page.locator(".comment-content")).to_have_text("Traced words.")


@pytest.mark.parametrize("with_script", [False, True], ids=["alone", "with the script"])
def test_a_frame_on_a_dark_page_without_a_color_scheme_can_be_read(
    page: Page, host: Host, server: Server, with_script: bool
) -> None:
    script = f'<script src="{server.url}/embed.js"></script>' if with_script else ""
    style = "<style>body { background: #111; color: #eee }</style>"
    page.goto(host.write(server.url, f"{style}<iframe data-leave-a-reply></iframe>{script}", ANY, "dark"))
    source = f"{server.url}/page?frame=1&page={host.address('dark')}"
    page.locator("iframe").evaluate("(frame, source) => { frame.src = source }", source)  # after the script
    body = page.frame_locator("iframe").locator("body")
    expect(body).to_have_css("color", "rgb(228, 230, 233)" if with_script else "rgb(27, 29, 32)")
    expect(body).to_have_css("background-color", "rgba(0, 0, 0, 0)" if with_script else "rgb(255, 255, 255)")
    page.locator("iframe").evaluate("(frame, source) => { frame.src = source }", f"{source}&order=new")  # another part
    expect(page.frame_locator("iframe").locator('[name="frame"]')).to_be_attached()
    page.frames[1].wait_for_url("**&order=new")
    expect(body).to_have_css("color", "rgb(228, 230, 233)" if with_script else "rgb(27, 29, 32)")


def test_a_frame_with_a_border_is_as_high_as_what_is_in_it(page: Page, host: Host, server: Server) -> None:
    style = "<style>iframe { box-sizing: border-box; border: 9px solid; padding: 5px; width: 90% }</style>"
    source = f"{server.url}/page?frame=1&amp;page={host.address('border')}"
    frame = f'<iframe src="{source}" data-leave-a-reply></iframe><script src="{server.url}/embed.js"></script>'
    page.goto(host.write(server.url, style + frame, ANY, "border"))
    expect(page.locator("iframe")).to_have_attribute("style", re.compile("height"))
    inside = page.frames[1]
    inside.wait_for_function("document.documentElement.scrollHeight <= innerHeight")


def test_a_link_to_a_comment_marks_it_below_a_sticky_header(page: Page, host: Host, server: Server) -> None:
    header = '<header style="position: sticky; top: 0; height: 64px; background: #fff">A header</header>'
    filling = '<p style="height: 2000px">Words.</p>'
    page.goto(host.write(server.url, header + filling + embed(server) + filling, ANY, "linked"))
    page.locator("leave-a-reply").scroll_into_view_if_needed()
    post(page, "Linked words.")
    expect(page.locator(".comment-content")).to_have_text("Linked words.")
    name = page.locator(".comment").get_attribute("id")
    page.goto("about:blank")
    page.goto(f"{host.address('linked')}#{name}")
    expect(page.locator(".comment-body")).to_have_class(re.compile("is-new"))
    author = page.locator(".fn")
    author.wait_for()
    page.wait_for_function(
        """author => {
            const { left, top } = author.getBoundingClientRect();
            return author.contains(document.elementFromPoint(left + 2, top + 5));
        }""",
        arg=author.element_handle(),
    )


def test_in_a_shadow_root_it_is_styled_and_its_trap_is_hidden(page: Page, host: Host, server: Server) -> None:
    body = f"""<div id="root"></div><script src="{server.url}/embed.js"></script><script>
        document.getElementById('root').attachShadow({{ mode: 'open' }}).innerHTML = '<leave-a-reply></leave-a-reply>';
    </script>"""
    page.goto(host.write(server.url, body, ANY, "shadow"))
    expect(page.locator(".submit")).to_have_css("background-color", "rgb(31, 90, 146)")
    expect(page.get_by_text("Leave this empty")).to_be_hidden()
    post(page, "Shadowed words.")
    expect(page.locator(".comment-content")).to_have_text("Shadowed words.")
    page.get_by_role("link", name="Edit or delete").click()
    page.get_by_label("Your comment").fill("Other words.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".comment-content")).to_have_text("Other words.")
    page.locator(".comment-reply-link").click()
    expect(page.locator("#reply-title")).to_contain_text("Leave a Reply to Ingrid")


def test_a_page_may_be_named_by_its_path(page: Page, host: Host, server: Server) -> None:
    script = f'<script src="{server.url}/widgets.js"></script>'
    mark = '<b data-leave-a-reply-count data-page="/by-path.html">Comments</b>'
    page.goto(host.write(server.url, mark + embed(server, 'page="/by-path.html"') + script, ANY, "elsewhere"))
    expect(page.locator('[name="page"]')).to_have_value(host.address("by-path"))
    expect(page.locator("b").first).to_have_text("0 comments")


def test_a_frame_is_shown_in_a_page_with_an_embedder_policy(page: Page, host: Host, server: Server) -> None:
    frame = f'<iframe src="{server.url}/page?frame=1&amp;page={host.address("isolated")}"></iframe>'
    address = host.write(server.url, frame + embed(server), ANY, "isolated")
    host.send("isolated", cross_origin_embedder_policy="require-corp")
    page.goto(address)
    expect(page.frame_locator("iframe").locator("#comment")).to_be_visible()
    expect(page.locator("#comment")).to_be_visible()


def test_marks_stacked_upon_letters_stay_off_other_comments(page: Page, host: Host, server: Server) -> None:
    page.goto(host.write(server.url, embed(server), ANY, "stacked"))
    post(page, "Z" + "\u0301" * 200)
    content = page.locator(".comment-content")
    expect(content).to_have_css("overflow-y", "clip")
    expect(content).to_have_css("overflow-clip-margin", "8px")


def test_in_a_page_that_is_xml(page: Page, host: Host, server: Server) -> None:
    head = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title>X</title></head>'
    body = embed(server).replace(" async", "")
    (host.folder / "page.xhtml").write_text(f"{head}<body>{body}</body></html>")
    page.goto(f"{host.origin}/page.xhtml")
    post(page, "In XHTML.")
    expect(page.locator(".comment-content")).to_have_text("In XHTML.")


def test_a_service_below_static_finds_itself(page: Page, host: Host, server: Server) -> None:
    page.route("**/static/*", lambda route: route.continue_(url=route.request.url.replace("/static/", "/")))
    script = f'<script src="{server.url}/static/embed.js" async></script><leave-a-reply></leave-a-reply>'
    with page.expect_request(re.compile(r"/static/thread\?")):
        page.goto(host.write(server.url, script, ANY, "below"))
