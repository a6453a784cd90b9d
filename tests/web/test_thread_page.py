"""Reading: the fragment, the whole page, the demo; entity tags, faces, and what a CDN may keep."""

import re

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock, each_database
from tests.reader import ARTICLE, Reader, hidden_fields


def test_a_page_without_comments_invites_to_be_the_first(client: TestClient) -> None:
    page = client.get("/page", params={"page": ARTICLE})
    assert page.status_code == 200
    assert "No comments yet. Be the first." in page.text


def test_where_no_script_makes_times_local_they_say_utc(reader: Reader) -> None:
    reader.post()
    for path in ("/comments", "/latest"):
        html = reader.client.get(path, params={"page": ARTICLE, "site": "https://blog.example"}).text
        assert re.search(r'<time datetime="[^"]+\+00:00">[^<]+, \d\d:\d\d UTC</time>', html)


def test_the_form_says_which_marks_it_knows(client: TestClient) -> None:
    form = client.get("/form", params={"page": ARTICLE}).text
    assert "Use **bold**, *italic*, `code`, > quote, - list" in form
    assert re.search('<textarea[^>]* aria-describedby="comment-marks"', form)


def test_the_form_is_wordpress_form(client: TestClient) -> None:
    form = client.get("/form", params={"page": ARTICLE}).text
    for markup in (
        r'<div id="respond" class="comment-respond"',
        r'<h3 id="reply-title" class="comment-reply-title">',
        r'<form id="commentform" class="comment-form" action="http://comments.test/comments" method="post"',
        r'<textarea id="comment" name="comment" cols="45" rows="8" maxlength="65525"[^>]* required',
        r'<input id="author" name="author" type="text" size="30" maxlength="245" autocomplete="name"[^>]* required',
        r'<input id="email" name="email" type="text" inputmode="email" size="30" maxlength="100" autocomplete="email"',
        r'aria-describedby="email-notes"',
        r'<input id="url" name="url" type="text" inputmode="url" size="30" maxlength="200" autocomplete="url"',
        r'<input id="wp-comment-cookies-consent" name="wp-comment-cookies-consent" type="checkbox" value="yes"',
        r'<input id="submit" class="submit" name="submit" type="submit" value="Post Comment">',
        r'name="comment_parent" id="comment_parent" value="0"',
    ):
        assert re.search(markup, form), markup
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", form))
    order = ["Leave a Reply", "Your email address will not be published.", "Required fields are marked *"]
    order += ["Comment *", "Name *", "Email *", "Website", "Save my name, email, and website", "="]
    places = [text.index(each) for each in order]
    assert places == sorted(places)


def test_browsers_put_nothing_back_into_hidden_fields(client: TestClient) -> None:
    for path in ("/thread", "/form", "/page"):
        hidden = re.findall(r'<input type="hidden"[^>]*>', client.get(path, params={"page": ARTICLE}).text)
        assert len(hidden) > 5
        assert [tag for tag in hidden if 'autocomplete="off"' not in tag] == []


def test_password_managers_leave_the_trap_alone(client: TestClient) -> None:
    [trap] = re.findall(
        r"<div [^>]*\bhidden>\s*<p><label>Leave this empty <input ([^>]*)>",
        client.get("/form", params={"page": ARTICLE}).text,
    )
    for sign in ("data-1p-ignore", 'data-lpignore="true"', "data-bwignore", 'data-form-type="other"'):
        assert sign in trap


def test_addresses_run_from_left_to_right_in_every_language(client: TestClient) -> None:
    form = client.get("/form", params={"page": ARTICLE, "lang": "ar"}).text
    for name in ("email", "url"):
        assert re.search(rf'<input id="{name}"[^>]* dir="ltr"', form)


def test_saving_a_name_is_not_offered_where_no_script_can_do_it(client: TestClient) -> None:
    form = client.get("/form", params={"page": ARTICLE}).text
    assert '<p class="comment-form-cookies-consent" hidden>' in form


def test_a_request_may_carry_any_header(client: TestClient) -> None:
    asked = {"origin": "https://blog.example", "access-control-request-headers": "sentry-trace,hx-request"}
    for path in ("/thread", "/comments", "/form", "/preview", "/own", "/captcha", "/counts", "/latest", "/popular"):
        answer = client.options(path, headers=asked | {"access-control-request-method": "GET"})
        assert answer.status_code == 204, path
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-headers"] == "sentry-trace,hx-request"


def test_the_question_has_words_for_who_does_not_see_it(client: TestClient) -> None:
    form = client.get("/form", params={"page": ARTICLE}).text
    assert re.search(r'<label for="captcha">.*What is \d+ (plus|minus|times) \d+\?', form, re.DOTALL)
    assert re.search(r'class="captcha-question" aria-hidden="true"', form)


@each_database
def test_comments_are_sent_once_while_they_stay(reader: Reader) -> None:
    first = reader.client.get("/comments", params={"page": ARTICLE})
    tag = {"if-none-match": first.headers["etag"]}
    again = reader.client.get("/comments", params={"page": ARTICLE}, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    reader.post()
    changed = reader.client.get("/comments", params={"page": ARTICLE}, headers=tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_a_question_is_never_kept_by_anybody(client: TestClient) -> None:
    for path in ("/form", "/thread", "/captcha", "/page"):
        assert client.get(path, params={"page": ARTICLE}).headers["cache-control"] == "no-store", path


def test_wordpress_clients_find_the_api_by_a_page(client: TestClient) -> None:
    for path, root in (("/", "/wp-json/"), (f"/page?page={ARTICLE}", "/blog.example/wp-json/")):
        assert client.get(path).headers["link"] == f'<{PUBLIC_URL}{root}>; rel="https://api.w.org/"'
    assert client.get("/blog.example/wp-json/").status_code == 200


def test_a_thread_without_a_question_may_be_kept(client: TestClient) -> None:
    lazy = client.get("/thread", params={"page": ARTICLE, "captcha": "lazy"})
    assert lazy.headers["cache-control"].startswith("public")
    assert "captcha_token" not in hidden_fields(lazy.text.partition("<template>")[0])
    assert "/captcha?page=" in lazy.text


def test_any_page_may_read_and_no_cookie_is_set(client: TestClient) -> None:
    for path in ("/form", "/thread", "/comments", "/captcha", "/page"):
        answer = client.get(path, params={"page": ARTICLE})
        assert "set-cookie" not in answer.headers
        if path != "/page":
            assert answer.headers["access-control-allow-origin"] == "*"


def test_the_form_moves_under_the_comment_that_is_answered(reader: Reader) -> None:
    parent = int(reader.post(comment="First").headers["location"].rpartition("-")[2])
    page = reader.client.get("/page", params={"page": ARTICLE, "parent": str(parent)}).text
    assert "Leave a Reply to" in page
    assert re.search(rf'<li id="comment-{parent}".*<div id="respond".*</li>', page, re.DOTALL)
    assert hidden_fields(page)["comment_parent"] == str(parent)
    assert "Cancel reply" in page


@each_database
@pytest.mark.parametrize("parent", ["999", "x", "-1", "9" * 40])
def test_a_reply_to_nothing_shows_the_plain_form(client: TestClient, parent: str) -> None:
    page = client.get("/page", params={"page": ARTICLE, "parent": parent})
    assert page.status_code == 200
    assert hidden_fields(page.text)["comment_parent"] == "0"


def test_the_demo_is_an_article_with_its_thread(client: TestClient) -> None:
    page = client.get("/").text
    for part in ("<h1", "Reporting by", "Related", 'id="commentform"'):
        assert part in page


def test_the_owner_may_turn_the_demo_off(settings: Settings, clock: Clock) -> None:
    app = create_app(settings.model_copy(update={"demo": False}), clock)
    with AppClient(app, base_url=PUBLIC_URL) as client:
        assert client.get("/").status_code == 404


def test_whole_pages_run_nothing_but_our_own_scripts(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_frame_may_stand_in_the_site_of_its_page_only(settings: Settings, clock: Clock) -> None:
    app = create_app(settings.model_copy(update={"sites": (ARTICLE, "https://other.example")}), clock)
    with AppClient(app, base_url=PUBLIC_URL) as client:
        policy = client.get("/page", params={"page": ARTICLE, "frame": "1"}).headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self' https://blog.example")


def test_links_out_of_a_frame_lead_to_the_article(reader: Reader) -> None:
    number = reader.post(json=True).json()["id"]
    for path in ("/page", "/comments"):
        inside = reader.client.get(path, params={"page": ARTICLE, "frame": "1"}).text
        assert f'<a href="{ARTICLE}#comment-{number}"><time' in inside, path
        outside = reader.client.get(path, params={"page": ARTICLE}).text
        assert f'<a href="#comment-{number}" target="_self"><time' in outside, path
    assert '<base target="_top">' in reader.client.get("/page", params={"page": ARTICLE, "frame": "1"}).text


def test_right_to_left_languages_turn_the_page_round(client: TestClient) -> None:
    assert '<html lang="ar" dir="rtl">' in client.get("/page", params={"page": ARTICLE, "lang": "ar"}).text


@pytest.mark.parametrize("lang", ["<script>", "x" * 500, "en_US.UTF-8", "../../etc"])
def test_a_language_that_is_none_is_english(client: TestClient, lang: str) -> None:
    assert '<html lang="en" dir="ltr">' in client.get("/page", params={"page": ARTICLE, "lang": lang}).text


def test_styles_and_scripts_are_kept_for_ever_at_an_address_that_changes_with_them(client: TestClient) -> None:
    address = re.search(r"http://comments\.test(/embed\.css\?v=\w+)", client.get("/").text)
    assert address
    assert "immutable" in client.get(address[1]).headers["cache-control"]
    assert "immutable" not in client.get("/embed.css").headers["cache-control"]


@each_database
def test_a_closed_page_takes_no_comments(reader: Reader) -> None:
    from db import tables

    reader.post()
    context = reader.client.app_state["context"]
    context.writer.run(lambda c: c.execute(tables.page.update().values(closed=True, version=9)))
    context.versions.forget_all()
    assert "Comments are closed." in reader.client.get("/page", params={"page": ARTICLE}).text
    response = reader.post(comment="Too late")
    assert response.status_code == 403
    assert "Too late" in response.text


@each_database
def test_hostile_words_are_words(reader: Reader) -> None:
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    reader.post(author=attack, comment=attack, url="http://x.example/?a='b", title=attack)
    html = reader.client.get("/page", params={"page": ARTICLE, "title": attack}).text
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_stored_thread_says_its_version_and_is_told_whether_it_is_the_latest(reader: Reader) -> None:
    def stored(**more: str) -> str:
        query = {"page": ARTICLE, "captcha": "lazy"} | more
        found = re.search('data-known="([^"]+)"', reader.client.get("/thread", params=query).text)
        return found[1].replace("&amp;", "&") if found else ""

    def asked(known: str) -> int:
        return int(reader.client.get(f"/comments?page={ARTICLE}&{known}").status_code)

    empty = stored()
    assert asked(empty) == 204
    reader.post(comment="Newer than that.")
    assert asked(empty) == 200
    first = stored(order="new")
    assert (asked(first), "order=new" in first) == (204, True)
    reader.post(author="Tom", email="tom@example.org", comment="Newer still.")
    assert asked(first) == 200
    assert stored(jsonld="no") == "", "the script's own request, which is never stored"


def test_from_a_stored_form_without_a_script_the_reader_comes_to_a_page_that_shows_the_comment(reader: Reader) -> None:
    form = hidden_fields(reader.client.get("/thread", params={"page": ARTICLE, "captcha": "lazy"}).text)
    sent = reader.fields(**form | {"captcha_token": None, "captcha": None})
    step = hidden_fields(reader.send(sent).text)
    plain = hidden_fields(reader.send({name: sent[name] for name in ("page", "comment", "author", "email")}).text)
    assert (step["frame"], plain["frame"]) == ("page", "")
