"""``/api/v1/comments``: listed, read, changed, deleted, posted and answered by a program."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service import log_audit
from service.api_tokens import Scope
from service.web.context import AppContext
from service.web.http.api_problems import API
from tests.conftest import Clock
from tests.protocols.api.conftest import Program, make_admin, make_token
from tests.reader import ARTICLE
from tests.web.admin.conftest import AddComment, statuses
from tests.writing import writing


def pages_of(program: Program, path: str, **params: Any) -> Iterator[list[dict[str, Any]]]:
    """The parts of a list."""
    while True:
        answer = program.get(path, **params).json()
        yield answer["items"]
        if answer["next"] is None:
            return
        params["cursor"] = answer["next"]


def test_a_list_goes_on_by_its_cursor(owner: Program, add: AddComment) -> None:
    keys = [add(age=age, status=Status.APPROVED if age % 2 else Status.PENDING) for age in range(7)]
    parts = list(pages_of(owner, "/comments", limit=3))
    assert [[item["id"] for item in part] for part in parts] == [keys[:3], keys[3:6], keys[6:]]


def test_a_cursor_whose_comments_are_gone_ends_the_list(owner: Program, add: AddComment) -> None:
    keys = [add(age=age) for age in range(2)]
    cursor = owner.get("/comments", limit=1).json()["next"]
    owner.post("/decisions", comments=keys[1:], status="trash")
    assert owner.get("/comments", limit=1, cursor=cursor).json() == {"items": [], "next": None}


def test_filters_narrow_the_list_and_are_counted(owner: Program, add: AddComment) -> None:
    mine = add(author="Ada", text="lighthouse", status=Status.SPAM)
    add()
    for params in ({"author": "Ada"}, {"words": "light"}, {"site": 1, "since": "2026-11-24", "author": "ada"}):
        assert [item["id"] for item in owner.get("/comments", status="spam", **params).json()["items"]] == [mine]
    numbers = owner.get("/counts").json()
    assert numbers == {"approved": 0, "pending": 1, "spam": 1, "trash": 0, "at_least": []}


def test_a_network_that_cannot_be_seen_finds_nothing(owner: Program, add: AddComment) -> None:
    add()
    assert owner.get("/comments", network="2-1").json()["items"] == []


def test_an_instant_outside_of_all_years_is_refused(owner: Program, add: AddComment) -> None:
    for instant in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        made = owner.post("/comments", page=ARTICLE, text="Long ago.", created_at=instant)
        decided = owner.post("/decisions", comments=[add()], status="trash", seen=instant)
        assert (made.status_code, decided.status_code) == (422, 422)


def test_words_and_status_are_changed_at_once_and_the_tag_moves(
    owner: Program, add: AddComment, context: AppContext
) -> None:
    key = add()
    before = owner.get(f"/comments/{key}")
    answer = owner.change(f"/comments/{key}", text="  Better.  ", status="approved")
    assert (answer.status_code, answer.json()["text"], answer.json()["status"]) == (200, "Better.", "approved")
    assert answer.headers["etag"] != before.headers["etag"]
    assert answer.headers["etag"] == owner.get(f"/comments/{key}").headers["etag"]
    assert statuses(context) == {key: "approved"}


def test_a_write_needs_the_tag_of_what_is_there(owner: Program, add: AddComment, context: AppContext) -> None:
    key = add()
    stale = owner.get(f"/comments/{key}").headers["etag"]
    owner.change(f"/comments/{key}", author="Ann")
    for method, body in (("PATCH", {"json": {"status": "spam"}}), ("DELETE", {})):
        assert owner.ask(method, f"/comments/{key}", **body).status_code == 428
        assert owner.ask(method, f"/comments/{key}", headers={"if-match": "{}"}, **body).status_code == 422
        refused = owner.ask(method, f"/comments/{key}", headers={"if-match": stale}, **body)
        assert (refused.status_code, "changed meanwhile" in refused.json()["detail"]) == (412, True)
    assert statuses(context) == {key: "pending"}
    tag = owner.get(f"/comments/{key}").headers["etag"]
    assert owner.delete(f"/comments/{key}", if_match=f'"x", W/{tag}').status_code == 204
    assert owner.get(f"/comments/{key}").status_code == 404
    assert owner.delete(f"/comments/{key}", if_match="*").status_code == 404


def test_what_no_reader_could_post_is_refused_by_field(owner: Program, add: AddComment) -> None:
    key = add()
    answer = owner.change(f"/comments/{key}", email="nowhere", text=" ")
    assert (answer.status_code, {error["field"] for error in answer.json()["errors"]}) == (422, {"email", "text"})
    assert owner.change(f"/comments/{key}", email="").status_code == 200


def test_a_program_posts_and_answers(owner: Program, add: AddComment, clock: Clock) -> None:
    made = owner.post("/comments", page="https://blog.example/new", title="New", text="First.", status="pending")
    assert (made.status_code, made.json()["author"], made.json()["status"]) == (201, "Ida", "pending")
    assert made.headers["location"].endswith(f"{API}/comments/{made.json()['id']}")
    again = owner.post("/comments", page="https://blog.example/new", text="First.")
    assert (again.status_code, "Duplicate" in again.json()["detail"]) == (409, True)
    waiting = add()
    reply = owner.post(f"/comments/{waiting}/replies", text="Thank you.")
    assert (reply.status_code, reply.json()["parent"], reply.json()["staff"]) == (201, waiting, True)
    assert owner.get(f"/comments/{waiting}").json()["status"] == "approved"
    later = clock.now.replace(year=2027).isoformat()
    assert owner.post("/comments", page=ARTICLE, text="x", created_at=later).status_code == 422
    assert owner.post("/comments", page=ARTICLE, text="x", parent="1-5").status_code == 403
    assert owner.post("/comments", page="https://nowhere.example/", text="x").status_code == 403


@pytest.mark.parametrize("status", ["spam", "trash"])
def test_what_is_put_aside_is_not_answered(
    owner: Program, add: AddComment, context: AppContext, status: Status
) -> None:
    key = add(status=status)
    by_path = owner.post(f"/comments/{key}/replies", text="Thank you.")
    by_member = owner.post("/comments", page=ARTICLE, text="Thank you.", parent=key)
    assert (by_path.status_code, by_member.status_code, statuses(context)) == (403, 403, {key: status})


def test_an_answer_approves_what_is_pending_where_the_token_may_moderate(
    owner: Program, add: AddComment, context: AppContext, clock: Clock
) -> None:
    key, olga = add(), make_admin(context, clock, "Olga")
    posting = Program(owner.client, make_token(context, clock, Scope.COMMENTS_POST, admin_id=olga))
    answer: Any = {"page": ARTICLE, "text": "Thank you.", "parent": key}
    assert posting.post("/comments", **answer).status_code == 403
    assert owner.post("/comments", status="pending", **answer).status_code == 403
    assert statuses(context) == {key: "pending"}
    assert owner.post("/comments", **answer).status_code == 201
    assert set(statuses(context).values()) == {"approved"}


def test_a_decision_on_many_is_undone(owner: Program, add: AddComment, context: AppContext) -> None:
    keys = [add(age=age) for age in range(3)]
    answer = owner.post("/decisions", comments=[*keys, "1-7", "9-1"], status="spam").json()
    assert (sorted(answer["changed"]), answer["missing"]) == (sorted(keys), ["1-7", "9-1"])
    assert set(statuses(context).values()) == {"spam"}
    owner.post("/decisions", comments=keys[:1], status="restore")
    undone = owner.post(f"/decisions/{answer['batch']}/undo").json()
    assert sorted(undone["changed"]) == sorted(keys[1:])
    assert set(statuses(context).values()) == {"pending"}
    assert owner.post(f"/decisions/{answer['batch']}/undo").status_code == 404


def test_a_comment_is_pinned(owner: Program, add: AddComment) -> None:
    key = add(status=Status.APPROVED)
    assert owner.ask("PUT", f"/comments/{key}/pin").status_code == 204
    assert owner.get(f"/comments/{key}").json()["pinned"]
    assert owner.delete(f"/comments/{key}/pin").status_code == 204
    reply = add(status=Status.APPROVED, parent_id=int(key.split("-")[1]))
    assert owner.ask("PUT", f"/comments/{reply}/pin").status_code == 409


def test_the_log_names_the_token_and_its_chain_covers_the_name(
    owner: Program, add: AddComment, context: AppContext
) -> None:
    key = add()
    owner.change(f"/comments/{key}", text="Else.")
    owner.post("/decisions", comments=[key], status="trash")
    entries = owner.get("/log").json()["items"]
    assert [(each["action"], each["by"], each["token"], each["actor"]) for each in entries[:2]] == [
        ("trash", "Ida", "robot", "program"),
        ("edit", "Ida", "robot", "program"),
    ]
    older = owner.get("/log", limit=1).json()["next"]
    assert owner.get("/log", before=older).json()["items"] == entries[1:]
    assert owner.get("/log", site=9).json()["items"] == []
    with writing(context.engine) as connection:
        assert list(log_audit.verify(connection, context.keyring, context.clock())) == []
        connection.exec_driver_sql("UPDATE log_entry SET program = 'other' WHERE program = 'robot' AND site_id = 1")
        assert [found.what for found in log_audit.verify(connection, context.keyring, context.clock())] == ["changed"]


def test_what_is_not_there_is_not_found(owner: Program) -> None:
    keys = ("1-7", "9-1", "x", "1", "-", "1-" + "9" * 40)
    assert {owner.get(f"/comments/{key}").status_code for key in keys} == {404}


def test_odd_reasons_of_old_comments_are_left_out(owner: Program, add: AddComment) -> None:
    reasons = [{"symbol": "links", "weight": 1}, {"weight": "x"}, 7, {"symbol": "x", "weight": True}]
    key = add(reasons=reasons)
    assert owner.get(f"/comments/{key}").json()["reasons"] == [{"symbol": "links", "weight": 1.0, "sentence": ""}]


def test_any_page_may_ask_before_it_does(client: TestClient) -> None:
    answer = client.options(f"{API}/comments/1-2")
    assert answer.headers["access-control-allow-methods"] == "GET, PATCH, DELETE"
    assert "if-match" in answer.headers["access-control-allow-headers"]


def test_reports_are_read_and_the_comment_is_kept(owner: Program, context: AppContext, add: AddComment) -> None:
    key = add(status=Status.APPROVED)
    add(status=Status.APPROVED)
    row = {"site_id": 1, "comment_id": int(key[2:]), "who": b"n", "reason": "insult", "note": "The last line."}
    with writing(context.engine) as connection:
        connection.execute(tables.report.insert(), row | {"at": context.clock()})
    assert [item["id"] for item in owner.get("/comments", reported="true").json()["items"]] == [key]
    (report,) = owner.get(f"/comments/{key}/reports").json()["items"]
    assert (report["reason"], report["note"], report["counts"], report["open"]) == (
        "insult",
        "The last line.",
        True,
        True,
    )
    kept = owner.post("/decisions", comments=[key], status="keep").json()
    assert kept["changed"] == [key]
    assert owner.get("/comments", reported="true").json()["items"] == []
    assert owner.get(f"/comments/{key}/reports").json()["items"][0]["open"] is False
    assert owner.post(f"/decisions/{kept['batch']}/undo").json()["changed"] == [key]
    assert [item["id"] for item in owner.get("/comments", reported="true").json()["items"]] == [key]
    assert owner.get("/comments/1-5/reports").status_code == 404
