"""The REST API with an application password: what a moderator's program may do, and nobody else."""

import base64
from contextlib import suppress

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from db.models import Status
from service import admin_accounts, admin_logins, app_passwords
from service.admin_rights import Role
from service.settings import Settings
from service.web.context import AppContext
from tests.conftest import Clock
from tests.protocols.wordpress.conftest import API, Add, Program
from tests.reader import Reader
from tests.web.admin.conftest import statuses

ARTICLE = "https://blog.example/post"


def test_all_of_a_comment_and_the_queue(program: Program, add: Add) -> None:
    held, shown, spam = add(status=Status.PENDING, text="*Words*"), add(), add(status=Status.SPAM)
    (comment,) = program.ask("GET", params={"status": "hold", "context": "edit"}).json()
    assert (comment["id"], comment["status"], comment["author_email"]) == (held, "hold", "tomas@ferry.example")
    assert comment["content"] == {"rendered": "<p><em>Words</em></p>", "raw": "*Words*"}
    assert program.list(status="all") == [shown, held]
    assert program.list(status="any") == [spam, shown, held]
    assert program.list(author_email="nobody@example.org") == []


@pytest.mark.parametrize(
    ("said", "status"),
    [("approve", "approved"), ("1", "approved"), ("hold", "pending"), ("spam", "spam"), ("trash", "trash")],
)
def test_another_status(
    program: Program, add: Add, context: AppContext, reader: Reader, said: str, status: str
) -> None:
    comment_id = add(status=Status.PENDING if status != "pending" else Status.APPROVED, text="Words")
    answer = program.ask("POST", f"/{comment_id}", json={"status": said})
    assert answer.status_code == 200
    assert statuses(context) == {f"1-{comment_id}": status}
    assert ("Words" in reader.read(ARTICLE)) == (status == "approved")


def test_spam_and_trash_go_back_to_where_they_were(program: Program, add: Add, context: AppContext) -> None:
    comment_id = add()
    for put_aside, back in (("spam", "unspam"), ("trash", "untrash")):
        program.ask("PUT", f"/{comment_id}", data={"status": put_aside})
        assert program.ask("PATCH", f"/{comment_id}", data={"status": back}).json()["status"] == "approved"
    assert statuses(context) == {f"1-{comment_id}": "approved"}


def test_other_words_are_seen_at_once(program: Program, add: Add, reader: Reader) -> None:
    comment_id = add(text="First")
    assert "First" in reader.read(ARTICLE)
    whole = program.ask("GET", f"/{comment_id}", params={"context": "edit"}).json()
    answer = program.ask("POST", f"/{comment_id}", json=whole | {"content": "Second *one*", "author_name": "Tom"})
    assert answer.json()["content"]["raw"] == "Second *one*"
    page = reader.read(ARTICLE)
    assert ("Second <em>one</em>" in page, ">Tom<" in page, "First" in page) == (True, True, False)


def test_words_and_status_change_together_or_not_at_all(
    program: Program, add: Add, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment_id = add(text="First")

    def fail(*_: object) -> None:
        raise OperationalError("", {}, Exception("disk full"))

    monkeypatch.setattr("service.comments.moderate.decide", fail)
    change = {"content": "Second", "status": "hold"}
    with suppress(OperationalError):
        program.ask("POST", f"/{comment_id}", json=change)
    kept = program.ask("GET", f"/{comment_id}", params={"context": "edit"}).json()
    assert (kept["content"]["raw"], kept["status"]) == ("First", "approved")
    monkeypatch.undo()
    changed = program.ask("POST", f"/{comment_id}", json=change).json()
    assert (changed["content"]["raw"], changed["status"]) == ("Second", "hold")


def test_what_was_read_in_a_view_can_be_put_back(program: Program, add: Add) -> None:
    """WordPress's own client reads without ``context=edit``: names are HTML there, and the content has no ``raw``."""
    comment_id = add(author='Tom & "Jo" {x}', website="https://a.example/?a=1&copy=2", text="*Words* & more")
    for _ in range(3):
        view = program.ask("GET", f"/{comment_id}").json()
        edited = program.ask("PUT", f"/{comment_id}", json=view).json()
        assert (edited["author_name"], edited["author_url"]) == ('Tom & "Jo" {x}', "https://a.example/?a=1&copy=2")
        assert edited["content"]["raw"] == "*Words* & more"


def test_a_name_is_html_as_in_wordpress(program: Program, add: Add) -> None:
    change = {"author_name": "R&amp;D", "author_url": "https://a.example/?a=1&amp;copy=2"}
    edited = program.ask("POST", f"/{add()}", json=change).json()
    assert (edited["author_name"], edited["author_url"]) == ("R&D", "https://a.example/?a=1&copy=2")


def test_content_without_raw_is_taken_as_text(program: Program, add: Add, imported_post: int) -> None:
    content = {"rendered": "<p>New &amp; better</p>\n<p>Second <em>one</em></p>"}
    edited = program.ask("POST", f"/{add(text='Old')}", json={"content": content}).json()
    assert edited["content"]["raw"] == "New & better\n\nSecond one"
    created = program.ask("POST", json={"post": imported_post, "content": {"rendered": "<p>Hello</p>"}}).json()
    assert created["content"]["raw"] == "Hello"


@pytest.mark.parametrize("name", ["date", "date_gmt"])
def test_a_new_comment_may_have_a_date_of_the_past(program: Program, imported_post: int, name: str) -> None:
    given = {"post": imported_post, "content": "From long ago"}
    comment = program.ask("POST", json=given | {name: "2020-02-03T04:05:06"}).json()
    assert (comment["date"], comment["date_gmt"]) == ("2020-02-03T04:05:06", "2020-02-03T04:05:06")
    future = program.ask("POST", json=given | {"content": "From the future", name: "2036-02-03T04:05:06"})
    assert (future.status_code, sorted(future.json()["data"]["params"])) == (400, [name])


def test_the_date_of_a_comment_cannot_be_changed(program: Program, add: Add) -> None:
    comment_id = add()
    refused = program.ask("POST", f"/{comment_id}", json={"date": "2020-02-03T04:05:06"})
    assert (refused.status_code, sorted(refused.json()["data"]["params"])) == (400, ["date"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"content": "  "}, "rest_comment_content_invalid"),
        ({"author_email": "nobody"}, "rest_comment_author_invalid"),
        ({"author_url": "javascript:x"}, "rest_invalid_param"),
        ({"author_name": "x" * 246}, "rest_comment_author_invalid"),
        ({"status": "loud"}, "rest_invalid_param"),
        ({"post": 9}, "rest_invalid_param"),
        ({"parent": 9}, "rest_invalid_param"),
        ({"content": ["x"]}, "rest_invalid_param"),
    ],
)
def test_changes_that_are_refused(program: Program, add: Add, change: dict[str, object], code: str) -> None:
    comment_id = add(text="As it was")
    answer = program.ask("POST", f"/{comment_id}", json=change)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    kept = program.ask("GET", f"/{comment_id}", params={"context": "edit"}).json()
    assert (kept["content"]["raw"], kept["status"]) == ("As it was", "approved")


def test_into_the_trash_and_for_good(
    program: Program, guest: Program, add: Add, context: AppContext, reader: Reader
) -> None:
    root = add(text="Root")
    child = add(parent_id=root, text="Child")
    grandchild = add(parent_id=child, text="Grandchild")
    assert program.ask("DELETE", f"/{child}").json()["status"] == "trash"
    again = program.ask("DELETE", f"/{child}")
    assert (again.status_code, again.json()["code"]) == (410, "rest_already_trashed")
    gone = program.ask("DELETE", f"/{child}", params={"force": "true"}).json()
    assert (gone["deleted"], gone["previous"]["id"]) == (True, child)
    assert statuses(context) == {f"1-{root}": "approved", f"1-{grandchild}": "approved"}
    assert guest.ask("GET", f"/{grandchild}").json()["parent"] == root
    assert program.ask("GET", f"/{child}").status_code == 404
    assert "Grandchild" in reader.read(ARTICLE)


def test_a_reply(program: Program, add: Add, reader: Reader, imported_post: int) -> None:
    parent = add()
    answer = program.ask("POST", json={"post": imported_post, "parent": parent, "content": "Thank *you*"})
    reply = answer.json()
    assert (answer.status_code, reply["author_name"], reply["parent"]) == (201, "Ida", parent)
    assert answer.headers["location"].endswith(f"{API}/{reply['id']}")
    assert "Thank <em>you</em>" in reader.read(ARTICLE)
    assert program.ask("POST", data={"parent": str(parent), "content": "By its parent"}).status_code == 201


@pytest.mark.parametrize(("status", "code"), [("pending", 201), ("spam", 400), ("trash", 400)])
def test_a_reply_approves_what_is_pending_alone(
    program: Program, add: Add, context: AppContext, imported_post: int, status: Status, code: int
) -> None:
    parent = add(status=status)
    answer = program.ask("POST", json={"post": imported_post, "parent": parent, "content": "Thank you"})
    after = "approved" if code == 201 else status
    assert (answer.status_code, statuses(context)[f"1-{parent}"]) == (code, after)


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"post": 12, "content": " "}, 400, "rest_comment_content_invalid"),
        ({"post": 13, "content": "x"}, 403, "rest_comment_invalid_post_id"),
        ({"content": "x"}, 403, "rest_comment_invalid_post_id"),
        ({"post": 12, "content": "x", "parent": 4}, 400, "rest_comment_invalid_parent"),
        ({"post": 12, "content": "x", "id": 3}, 400, "rest_comment_exists"),
        ({"post": 12, "content": "x", "author_email": "no"}, 400, "rest_comment_author_invalid"),
        ({"post": 12, "content": "Said"}, 409, "comment_duplicate"),
    ],
)
def test_replies_that_are_refused(
    program: Program, add: Add, imported_post: int, given: dict[str, object], status: int, code: str
) -> None:
    program.ask("POST", json={"post": 12, "content": "Said"})
    answer = program.ask("POST", json=given)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_body_that_is_none(program: Program, add: Add) -> None:
    json = {"content-type": "application/json"}
    answer = program.ask("POST", f"/{add()}", content=b"{", headers=json)
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_json")
    too_long = program.ask("POST", content=b'{"content":"' + b"x" * 300_000 + b'"}', headers=json)
    assert (too_long.status_code, too_long.json()["data"]["status"]) == (413, 413)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", "", "rest_comment_login_required"),
        ("POST", "/{}", "rest_cannot_edit"),
        ("PATCH", "/{}", "rest_cannot_edit"),
        ("DELETE", "/{}", "rest_cannot_delete"),
        ("DELETE", "/{}?force=true", "rest_cannot_delete"),
    ],
)
def test_a_reader_changes_nothing(
    guest: Program, add: Add, context: AppContext, method: str, path: str, code: str
) -> None:
    comment_id = add()
    answer = guest.ask(method, path.format(comment_id), json={"content": "x", "post": 12, "status": "trash"})
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert statuses(context) == {f"1-{comment_id}": "approved"}


@pytest.mark.parametrize("login", ["Ida:wrong", "Ida:", "ida:{}", "Tom:{}", ":{}", "{}", "Ida:{}x"])
def test_a_wrong_password_is_refused_even_for_reading(
    client: TestClient, context: AppContext, clock: Clock, program: Program, login: str
) -> None:
    password = app_passwords.new_password()
    context.writer.run(app_passwords.add, 1, "Another", password, clock())
    answer = Program(client, login.format(password)).ask("GET")
    assert (answer.status_code, answer.json()["code"]) == (401, "incorrect_password")
    assert "www-authenticate" not in answer.headers
    assert Program(client, f"Ida:{password.replace(' ', '')}").ask("GET").status_code == 200


def test_nonsense_instead_of_a_login(client: TestClient) -> None:
    for header in ("Basic %%%", "Basic", "Basic " + base64.b64encode(b"\xff:\xff").decode()):
        assert client.get(API, headers={"authorization": header}).status_code == 401
    assert client.get(API, headers={"authorization": "Bearer x"}).status_code == 200


class TestThrottled:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"rate_login": "3/minute"})

    def test_guessing_is_slow(self, client: TestClient, program: Program) -> None:
        answers = [Program(client, "Ida:guess").ask("GET") for _ in range(4)]
        assert [each.status_code for each in answers] == [401, 401, 401, 429]
        assert answers[3].headers["retry-after"]
        assert program.ask("GET").status_code == 200  # who is right is not locked out


def test_use_is_noted_once_a_day(program: Program, context: AppContext, clock: Clock) -> None:
    def used() -> object:
        with context.engine.connect() as connection:
            return app_passwords.of_admin(connection, 1)[0].used_at

    assert used() is None
    program.ask("GET")
    first = used()
    clock.advance(hours=23)
    program.ask("GET")
    assert used() == first
    clock.advance(hours=2)
    program.ask("GET")
    assert used() == clock()


def test_who_is_logged_in(client: TestClient, program: Program, guest: Program) -> None:
    me = client.get("/wp-json/wp/v2/users/me", headers=program._headers).json()
    assert (me["id"], me["name"]) == (1, "Ida")
    assert "roles" not in me
    edit = client.get("/wp-json/wp/v2/users/me?context=edit", headers=program._headers).json()
    assert (edit["roles"], edit["capabilities"]["moderate_comments"]) == (["administrator"], True)
    assert client.get("/wp-json/wp/v2/users/me").json()["code"] == "rest_not_logged_in"


@pytest.mark.parametrize(
    ("role", "sites", "reads", "role_there"),
    [
        (Role.MODERATOR, {2}, 403, "editor"),
        (Role.READER, None, 200, "subscriber"),
    ],
)
def test_a_program_has_the_rights_of_its_admin_on_this_site(
    client: TestClient,
    program: Program,
    add: Add,
    context: AppContext,
    clock: Clock,
    role: Role,
    sites: set[int] | None,
    reads: int,
    role_there: str,
) -> None:
    held = add(status=Status.PENDING)
    context.writer.run(admin_logins.add, "Eve", "no password opens this", clock())
    with context.engine.connect() as connection:
        ida = next(each for each in admin_accounts.read_people(connection) if each.name == "Ida")
    context.writer.run(admin_accounts.set_role, ida.id, role, sites, None, clock())
    assert program.ask("GET", f"/{held}").status_code == reads
    assert program.ask("GET", params={"status": "hold", "context": "edit"}).status_code == reads
    for method, path, body in (
        ("POST", f"/{held}", {"status": "approve"}),
        ("POST", "", {"post": 1, "content": "x"}),
        ("DELETE", f"/{held}", {"force": True}),
    ):
        assert program.ask(method, path, json=body).status_code == 403
    assert statuses(context) == {f"1-{held}": "pending"}
    me = client.get("/wp-json/wp/v2/users/me?context=edit", headers=program._headers)
    assert me.status_code == reads
    if reads == 200:
        assert me.json()["roles"] == [role_there]
        assert "moderate_comments" not in me.json()["capabilities"]
