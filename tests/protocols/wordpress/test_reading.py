"""GET /wp-json/wp/v2/comments: lists, single comments, headers and errors as clients of WordPress know them."""

import threading

import pytest
from sqlalchemy import Connection
from starlette.testclient import TestClient

from db.models import Status
from service import safe_html, sites
from service.protocols.wordpress import comment_queries, comments_resource
from service.protocols.wordpress.comment_queries import CommentQuery
from service.safe_html import TextCache
from service.web.context import AppContext
from service.web.shared_answers import SharedAnswers
from tests.conftest import PUBLIC_URL, Clock
from tests.protocols.wordpress.conftest import API, Add, Program


def test_a_comment_as_everybody_may_read_it(guest: Program, add: Add, imported_post: int) -> None:
    comment_id = add(author='Tom & "Jo" <b>', website="example.org", text="Hello *there* <i>x</i>")
    (comment,) = guest.ask("GET").json()
    assert comment == {
        "id": comment_id,
        "post": imported_post,
        "parent": 0,
        "author": 0,
        "author_name": "Tom &amp; &quot;Jo&quot; &lt;b&gt;",
        "author_url": "https://example.org",
        "date": "2026-11-24T03:00:00",
        "date_gmt": "2026-11-24T03:00:00",
        "content": {"rendered": "<p>Hello <em>there</em> &lt;i&gt;x&lt;/i&gt;</p>"},
        "link": f"https://blog.example/post#comment-{comment_id}",
        "status": "approved",
        "type": "comment",
        "meta": [],
        "_links": {
            "self": [{"href": f"{PUBLIC_URL}{API}/{comment_id}"}],
            "collection": [{"href": f"{PUBLIC_URL}{API}"}],
            "up": [
                {"embeddable": True, "post_type": "post", "href": f"{PUBLIC_URL}/wp-json/wp/v2/posts/{imported_post}"}
            ],
        },
    }
    assert guest.ask("GET", f"/{comment_id}").json() == comment


def test_what_a_program_wrote_is_no_code_of_a_template_language(
    client: TestClient, guest: Program, program: Program, imported_post: int
) -> None:
    typed = "{{ 6 * 7 }} {% raw %} <%= 6 %>"
    assert program.ask("POST", json={"post": imported_post, "content": typed}).status_code == 201
    (comment,) = guest.ask("GET").json()
    inert = "&#123;&#123; 6 * 7 &#125;&#125; &#123;% raw %&#125; &lt;%= 6 %&gt;"
    assert comment["content"]["rendered"] == f"<p>{inert}</p>"
    thread = client.get("/thread", params={"page": "https://blog.example/post"}).text
    assert inert in thread
    assert "{% raw" not in thread


def test_a_name_is_no_code_either_but_stays_as_typed_for_editing(guest: Program, program: Program, add: Add) -> None:
    comment_id = add(author="{{ 6 * 7 }}", website="https://a.example/{{6}}")
    comment = guest.ask("GET", f"/{comment_id}").json()
    assert comment["author_name"] == "&#123;&#123; 6 * 7 &#125;&#125;"
    assert comment["author_url"] == "https://a.example/&#123;&#123;6&#125;&#125;"
    assert program.ask("GET", f"/{comment_id}", params={"context": "edit"}).json()["author_name"] == "{{ 6 * 7 }}"


def test_pages_of_a_list_lead_to_one_another(guest: Program, add: Add) -> None:
    ids = [add() for _ in range(5)]
    answer = guest.ask("GET", params={"per_page": 2, "page": 2, "order": "asc"})
    assert [each["id"] for each in answer.json()] == ids[2:4]
    assert (answer.headers["x-wp-total"], answer.headers["x-wp-totalpages"]) == ("5", "3")
    base = f"{PUBLIC_URL}{API}?per_page=2&order=asc&page="
    root = f'<{PUBLIC_URL}/wp-json/>; rel="https://api.w.org/"'
    assert answer.headers["link"] == f'{root}, <{base}1>; rel="prev", <{base}3>; rel="next"'
    assert guest.list(page=4, per_page=2) == []
    assert guest.list(offset=1, per_page=2) == [ids[3], ids[2]]
    assert guest._client.head(API).headers["x-wp-total"] == "5"


def test_a_number_that_takes_long_is_counted_apart_from_readers_and_once_a_second(
    guest: Program, context: AppContext, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[CommentQuery] = []

    def count(connection: Connection, wanted: CommentQuery) -> int:
        counted.append(wanted)
        return comment_queries.count_comments(connection, wanted)

    monkeypatch.setattr(comments_resource, "count_comments", count)
    monkeypatch.setattr(comments_resource, "_COUNTED_AT_ONCE", 2)
    context.totals = SharedAnswers(3600)
    for _ in range(2):
        add()
    assert guest.ask("GET").headers["x-wp-total"] == "2"
    assert not counted
    for _ in range(3):
        add()
    told = [guest.ask("GET", params={"per_page": 2, "page": page}).headers for page in (1, 2)]
    assert [(each["x-wp-total"], each["x-wp-totalpages"]) for each in told] == [("5", "3")] * 2
    assert guest.ask("GET", params={"per_page": 2, "exclude": "1"}).headers["x-wp-total"] == "5"
    assert len(counted) == 2


def test_the_filters_of_readers(guest: Program, add: Add, imported_post: int) -> None:
    a, b = add(text="apples"), add(text="100% pears", author="Ann")
    c = add(text="plums", parent_id=a)
    d = add(text="cherries", url="https://blog.example/another")
    assert guest.list(post=imported_post) == [c, b, a]
    assert guest.list(parent=a) == [c]
    assert guest.list(parent=0) == [d, b, a]
    assert guest.list(parent_exclude=a) == [d, b, a]
    assert guest.list(include=f"{a},{c}", orderby="include") == [a, c]
    assert guest.list(**{"include[]": [c, a]}, orderby="include", order="asc") == [c, a]
    assert guest.list(orderby="post", order="asc", post=imported_post)[0] == min(a, b, c)
    assert guest.list(exclude=f"{a} {d}") == [c, b]
    assert guest.list(after="2026-11-24T03:00:00") == [d, c, b]
    assert guest.list(before="2026-11-24T03:01:00Z") == [a]
    assert guest.list(after="2026-11-24T04:00:30+01:00", before="2026-11-24T03:01:30") == [b]
    assert guest.list(orderby="id", order="asc") == sorted([a, b, c, d])
    assert guest.list(search="APPLES") == [a]
    assert guest.list(search="100%") == [b]
    assert guest.list(search="ann") == [b]
    assert guest.list(post=999) == []


def test_nobody_finds_an_email_address_by_searching(guest: Program, program: Program, add: Add) -> None:
    found = add(email="secret@hidden.example")
    assert (guest.list(search="secret"), program.list(search="secret")) == ([], [found])


def test_searching_is_limited(guest: Program, add: Add) -> None:
    answers = [guest.ask("GET", params={"search": "x"}).status_code for _ in range(31)]
    assert (set(answers[:30]), answers[30]) == ({200}, 429)


def test_what_is_not_approved_is_not_there(guest: Program, add: Add) -> None:
    held = [add(status=status) for status in (Status.PENDING, Status.SPAM, Status.TRASH)]
    assert guest.list() == []
    for comment_id in held:
        answer = guest.ask("GET", f"/{comment_id}")
        assert (answer.status_code, answer.json()["code"]) == (401, "rest_cannot_read")


@pytest.mark.parametrize(
    ("params", "code", "status", "names"),
    [
        ({"page": "0", "per_page": "101"}, "rest_invalid_param", 400, ["page", "per_page"]),
        ({"post": "1,x"}, "rest_invalid_param", 400, ["post"]),
        ({"order": "up", "orderby": "karma"}, "rest_invalid_param", 400, ["order", "orderby"]),
        ({"after": "yesterday"}, "rest_invalid_param", 400, ["after"]),
        ({"context": "all"}, "rest_invalid_param", 400, ["context"]),
        ({"context": "edit"}, "rest_forbidden_context", 401, None),
        ({"status": "hold"}, "rest_forbidden_param", 401, None),
        ({"author_email": "ada@example.org"}, "rest_forbidden_param", 401, None),
    ],
)
def test_refusals_have_wordpress_shape(
    guest: Program, params: dict[str, str], code: str, status: int, names: list[str] | None
) -> None:
    answer = guest.ask("GET", params=params)
    error = answer.json()
    assert (answer.status_code, error["code"], error["data"]["status"]) == (status, code, status)
    assert sorted(error["data"].get("params", {})) == sorted(names or [])


def test_what_is_not_there(guest: Program, client: TestClient) -> None:
    for path in ("/7", "/x", "/99999999999999999999"):
        answer = guest.ask("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "rest_comment_invalid_id")
    for method, path in (("GET", "/wp-json/wp/v2/posts"), ("PUT", API), ("POST", "/wp-json/")):
        answer = client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "rest_no_route")


def test_fewer_fields(guest: Program, add: Add) -> None:
    comment_id = add(text="x")
    answer = guest.ask("GET", params={"_fields": "id,content.rendered"}).json()
    assert answer == [{"id": comment_id, "content": {"rendered": "<p>x</p>"}}]
    assert "status" not in guest.ask("GET", params={"context": "embed"}).json()[0]


def test_any_page_may_read_it_and_caches_may_help(guest: Program, program: Program) -> None:
    answer = guest.ask("GET")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "X-WP-Total" in answer.headers["access-control-expose-headers"]
    assert "s-maxage=1" in answer.headers["cache-control"]
    assert program.ask("GET").headers["cache-control"] == "no-store"
    preflight = guest.ask("OPTIONS", headers={"access-control-request-method": "DELETE"})
    assert (preflight.status_code, "X-HTTP-Method-Override" in preflight.headers["access-control-allow-headers"]) == (
        204,
        True,
    )


def test_the_index(client: TestClient) -> None:
    index = client.get("/wp-json/").json()
    assert (index["name"], index["home"], index["namespaces"]) == ("blog.example", "https://blog.example", ["wp/v2"])
    assert "/wp/v2/comments" in client.get("/wp-json/wp/v2").json()["routes"]


def test_of_several_sites_the_address_names_one(
    client: TestClient, context: AppContext, clock: Clock, add: Add
) -> None:
    comment_id = add()
    context.writer.run(sites.register, "https://other.example:8443", clock())
    answer = client.get(API)
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_site_required")
    named = client.get(f"/blog.example{API}").json()
    assert [each["id"] for each in named] == [comment_id]
    assert named[0]["_links"]["self"][0]["href"] == f"{PUBLIC_URL}/blog.example{API}/{comment_id}"
    assert client.get(f"/other.example:8443{API}").json() == []
    assert client.get(f"/third.example{API}").status_code == 404
    handed_on = client.get(API, headers={"host": "blog.example"}).json()
    assert handed_on[0]["_links"]["collection"][0]["href"] == f"https://blog.example{API}"


def test_a_list_is_rendered_off_the_event_loop_and_only_where_its_text_is_asked_for(
    guest: Program, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    def make(*key: str) -> str:
        names.append(threading.current_thread().name)
        return key[0]

    parent = add(text="a parent")
    add(text="a reply", parent_id=parent)
    monkeypatch.setattr(safe_html, "rendered_texts", TextCache(make, 1_000_000))
    assert len(guest.list(_fields="id,date")) == 2
    assert not names
    assert guest.ask("GET", params={"_embed": "1", "_envelope": "1"}).status_code == 200
    assert names
    assert all("AnyIO worker thread" in name for name in names)


def test_the_costliest_of_a_list_are_shown_as_typed(guest: Program, add: Add) -> None:
    hostile = "*a* " * 250
    for _ in range(20):
        add(text=hostile)
    add(text="*well*")
    shown = [each["content"]["rendered"] for each in guest.ask("GET", params={"per_page": 100}).json()]
    assert shown[0] == "<p><em>well</em></p>"
    assert 0 < sum("<em>" not in text for text in shown) < 20


def test_a_list_of_long_comments_is_folded_and_each_is_whole(guest: Program, program: Program, add: Add) -> None:
    text = ("A long story. " * 4500).strip()
    ids = [add(text=text) for _ in range(15)]
    listed = guest.ask("GET", params={"per_page": 100})
    assert len(listed.content) < 600_000
    folded = listed.json()[0]["content"]["rendered"]
    assert folded.endswith('">Read on</a></p>')
    assert len(guest.ask("GET", f"/{ids[0]}").json()["content"]["rendered"]) > len(text)
    assert program.ask("POST", f"/{ids[0]}", json={"content": {"rendered": folded}}).status_code == 200
    assert program.ask("GET", f"/{ids[0]}", params={"context": "edit"}).json()["content"]["raw"] == text, "not cut"


def test_many_fields_are_read_once(guest: Program, add: Add) -> None:
    add()
    answer = guest.ask("GET", params={"_fields": "id," + "a," * 15_000})
    assert answer.json()[0].keys() == {"id"}
    assert guest.ask("GET", params={"_fields": ",".join(f"a{n}" for n in range(100)) + ",id"}).json() == [{}]


@pytest.mark.parametrize(
    ("params", "name"), [({"page": "1002", "per_page": "100"}, "page"), ({"offset": "100001"}, "offset")]
)
def test_a_list_has_an_end(guest: Program, params: dict[str, str], name: str) -> None:
    answer = guest.ask("GET", params=params)
    assert answer.status_code == 400
    assert answer.json()["data"]["params"] == {
        name: "A list ends after 100000 comments. Use before or after for those behind them."
    }
    assert guest.list(page=1001, per_page=100) == []
