"""How clients of WordPress's REST API call it: other methods in a POST, other addresses, headers, envelopes."""

import pytest
from starlette.testclient import TestClient

from db.models import Status
from service import sites
from service.web.context import AppContext
from tests.conftest import PUBLIC_URL, Clock
from tests.protocols.wordpress.conftest import API, Add, Program
from tests.web.admin.conftest import statuses

ROOT = f'<{PUBLIC_URL}/wp-json/>; rel="https://api.w.org/"'


@pytest.mark.parametrize("method", ["PUT", "PATCH", "patch"])
@pytest.mark.parametrize("by", ["header", "query"])
def test_a_post_may_stand_for_another_method(
    program: Program, add: Add, context: AppContext, method: str, by: str
) -> None:
    comment_id, header, query = add(), {"x-http-method-override": method}, {"_method": method}
    sent = {"headers": header} if by == "header" else {"params": query}
    assert program.ask("POST", f"/{comment_id}", json={"status": "hold"}, **sent).json()["status"] == "hold"
    sent = (
        {"headers": header | {"x-http-method-override": "DELETE"}}
        if by == "header"
        else {"params": {"_method": "DELETE"}}
    )
    assert program.ask("POST", f"/{comment_id}", **sent).json()["status"] == "trash"
    assert statuses(context) == {f"1-{comment_id}": "trash"}


def test_no_link_changes_anything(program: Program, guest: Program, add: Add, context: AppContext) -> None:
    comment_id = add()
    for method in ("GET", "HEAD"):
        program.ask(
            method, f"/{comment_id}", params={"_method": "DELETE"}, headers={"x-http-method-override": "DELETE"}
        )
    refused = guest.ask("POST", f"/{comment_id}", params={"_method": "DELETE"})
    assert (refused.status_code, refused.json()["code"]) == (401, "rest_cannot_delete")
    assert program.ask("POST", f"/{comment_id}", params={"_method": "dispatch"}).json()["code"] == "rest_no_route"
    assert statuses(context) == {f"1-{comment_id}": "approved"}


def test_addresses_without_permalinks(client: TestClient, program: Program, add: Add) -> None:
    ids = [add() for _ in range(3)]
    for home in ("/", "/index.php", "/blog.example/"):
        answer = client.get(home, params={"rest_route": "/wp/v2/comments", "per_page": "2"})
        assert [each["id"] for each in answer.json()] == ids[:0:-1]
        assert "rest_route" not in answer.headers["link"]
        one = client.get(home, params={"rest_route": f"/wp/v2/comments/{ids[0]}"}).json()
        assert one["id"] == ids[0]
        assert client.get(home, params={"rest_route": "/"}).json()["namespaces"] == ["wp/v2"]
    deleted = client.delete("/", params={"rest_route": f"/wp/v2/comments/{ids[0]}"}, headers=program._headers)
    assert deleted.json()["status"] == "trash"
    assert client.get("/", params={"rest_route": "/admin"}).json()["code"] == "rest_no_route"
    assert client.get("/", params={"page": "https://blog.example/x"}).headers["content-type"].startswith("text/html")


def test_every_answer_leads_to_the_api(client: TestClient, guest: Program, add: Add) -> None:
    for path in ("/wp-json/", "/wp-json/wp/v2", API, f"{API}/{add()}", f"{API}/7"):
        assert client.get(path).headers["link"].startswith(ROOT)


def test_allow_names_what_the_caller_may_do(guest: Program, program: Program, add: Add) -> None:
    one = f"/{add()}"
    assert [guest.ask("GET", path).headers["allow"] for path in ("", one)] == ["GET", "GET"]
    assert program.ask("OPTIONS").headers["allow"] == "GET, POST"
    assert program.ask("OPTIONS", one).headers["allow"] == "GET, POST, PUT, PATCH, DELETE"


def test_options_describes_the_route(guest: Program, program: Program, add: Add) -> None:
    collection = guest.ask("OPTIONS").json()
    assert (collection["namespace"], collection["methods"]) == ("wp/v2", ["GET", "POST"])
    assert collection["_links"]["self"][0]["href"] == f"{PUBLIC_URL}{API}"
    assert "per_page" in collection["endpoints"][0]["args"]
    whole = program.ask("GET", f"/{add()}", params={"context": "edit"}).json()
    assert collection["schema"]["title"] == "comment"
    assert set(collection["schema"]["properties"]) == set(whole) - {"_links"}
    for view in ("view", "embed", "edit"):
        shown = set(program.ask("GET", params={"context": view}).json()[0]) - {"_links"}
        described = {name for name, field in collection["schema"]["properties"].items() if view in field["context"]}
        assert described == shown


def test_an_envelope_holds_status_and_headers(guest: Program, program: Program, add: Add) -> None:
    comment_id = add()
    inside = guest.ask("GET", params={"_envelope": "1"}).json()
    assert ([each["id"] for each in inside["body"]], inside["status"]) == ([comment_id], 200)
    assert (inside["headers"]["X-Wp-Total"], inside["headers"]["Allow"]) == ("1", "GET")
    refused = guest.ask("GET", "/7", params={"_envelope": "1"})
    assert (refused.status_code, refused.json()["status"], refused.json()["body"]["code"]) == (
        200,
        404,
        "rest_comment_invalid_id",
    )
    assert refused.headers["cache-control"] == "no-store"


def test_links_lead_to_article_parent_and_replies(
    client: TestClient, guest: Program, add: Add, imported_post: int
) -> None:
    root = add(text="Root")
    child = add(parent_id=root, text="Child")
    add(parent_id=child, status=Status.PENDING)
    links = guest.ask("GET", f"/{root}").json()["_links"]
    assert [each["id"] for each in client.get(links["children"][0]["href"]).json()] == [child]
    post = client.get(links["up"][0]["href"]).json()
    assert (post["id"], post["link"], post["comment_status"]) == (imported_post, "https://blog.example/post", "open")
    assert [each["id"] for each in client.get(post["_links"]["replies"][0]["href"]).json()] == [child, root]
    child_links = guest.ask("GET", f"/{child}").json()["_links"]
    assert client.get(child_links["in-reply-to"][0]["href"]).json()["id"] == root
    assert "children" not in child_links


def test_what_is_linked_can_be_embedded(guest: Program, add: Add, imported_post: int) -> None:
    root = add(text="Root")
    children = [add(parent_id=root, text=text) for text in ("One", "Two")]
    listed = {each["id"]: each for each in guest.ask("GET", params={"_embed": ""}).json()}
    embedded = listed[root]["_embedded"]
    assert [each["id"] for each in embedded["children"][0]] == children[::-1]
    assert embedded["up"][0]["id"] == imported_post
    parent = listed[children[0]]["_embedded"]["in-reply-to"][0]
    assert (parent["id"], "status" in parent) == (root, False)
    assert [*guest.ask("GET", f"/{root}", params={"_embed": "up"}).json()["_embedded"]] == ["up"]
    assert "_embedded" not in guest.ask("GET", f"/{root}").json()


def test_a_long_parent_is_folded_where_many_answers_embed_it(guest: Program, add: Add) -> None:
    root = add(text="word " * 13_000)
    for _ in range(40):
        add(parent_id=root)
    listed = guest.ask("GET", params={"_embed": "in-reply-to", "per_page": 100, "parent": root})
    embedded = [each["_embedded"]["in-reply-to"][0]["content"]["rendered"] for each in listed.json()]
    assert len(embedded) == 40
    assert all(text.endswith('">Read on</a></p>') for text in embedded)
    assert len(listed.content) < 300_000


def test_nothing_hidden_is_embedded(guest: Program, program: Program, add: Add, imported_post: int) -> None:
    hidden = add(status=Status.PENDING, url="https://blog.example/draft")
    shown = add()
    add(parent_id=shown, status=Status.SPAM)
    reply = add(parent_id=hidden, url="https://blog.example/draft")
    assert "in-reply-to" not in guest.ask("GET", f"/{reply}", params={"_embed": "1"}).json()["_embedded"]
    assert "in-reply-to" in program.ask("GET", f"/{reply}", params={"_embed": "1"}).json()["_embedded"]
    assert "children" not in guest.ask("GET", f"/{shown}", params={"_embed": "1"}).json()["_embedded"]


def test_a_page_without_an_approved_comment_is_no_post(client: TestClient, add: Add, imported_post: int) -> None:
    add(status=Status.PENDING)
    answer = client.get(f"/wp-json/wp/v2/posts/{imported_post}")
    assert (answer.status_code, answer.json()["code"]) == (404, "rest_post_invalid_id")
    add()
    assert client.get(f"/wp-json/wp/v2/posts/{imported_post}").status_code == 200


def test_links_keep_the_site_that_the_address_names(
    client: TestClient, context: AppContext, clock: Clock, add: Add
) -> None:
    comment_id = add()
    context.writer.run(sites.register, "https://other.example", clock())
    answer = client.get("/blog.example/", params={"rest_route": f"/wp/v2/comments/{comment_id}"})
    assert client.get(answer.json()["_links"]["up"][0]["href"]).status_code == 200
    assert answer.headers["link"] == f'<{PUBLIC_URL}/blog.example/wp-json/>; rel="https://api.w.org/"'
