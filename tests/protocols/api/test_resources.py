"""Pages, sites, webhooks and statistics, for programs."""

import pytest

from db.models import Status
from service.web.context import AppContext
from service.webhooks import http_delivery, message_queue, site_webhooks
from service.webhooks.message_queue import AttemptOutcome
from tests.conftest import Clock
from tests.protocols.api.conftest import Program
from tests.reader import ARTICLE
from tests.web.admin.conftest import AddComment


def test_pages_are_listed_closed_and_renamed(owner: Program, add: AddComment) -> None:
    for name in ("a", "b", "c"):
        add(url=f"https://blog.example/{name}", status=Status.APPROVED)
    first = owner.get("/pages", limit=2).json()
    rest = owner.get("/pages", limit=2, before=first["next"]).json()
    assert [page["url"][-1] for page in [*first["items"], *rest["items"]]] == ["c", "b", "a"]
    assert rest["next"] is None
    assert owner.get("/pages", url="http://nowhere.example/b").status_code == 403
    page = owner.get("/pages", url="https://BLOG.example/b?utm_source=x").json()["items"][0]
    assert (page["count"], page["closed"]) == (1, False)
    path = f"/pages/{page['id']}"
    changed = owner.change(path, closed=True, title=" A new\n title ").json()
    assert (changed["closed"], changed["title"]) == (True, "A new title")
    stale = {"if-match": '"0123456789abcdef01234567"'}
    assert owner.ask("PATCH", path, headers=stale, json={"closed": False}).status_code == 412
    tag = owner.get(path).headers["etag"]
    add(url="https://blog.example/b", status=Status.APPROVED)
    opened = owner.ask("PATCH", path, headers={"if-match": tag}, json={"closed": False})
    assert (opened.status_code, opened.json()["count"]) == (200, 2), "its number of comments is no part of the tag"
    actions = [(each["action"], each["token"]) for each in owner.get("/log").json()["items"]]
    assert actions[:3] == [("open", "robot"), ("close", "robot"), ("title", "robot")]


def test_a_site_is_registered_and_set(owner: Program, anybody: Program) -> None:
    made = owner.post("/sites", origin="https://New.example/some/page").json()
    assert made["origin"] == "https://new.example"
    assert anybody.get("/public/comments", page="https://new.example/x").json()["items"] == []
    assert owner.post("/sites", origin="https://new.example").status_code == 409
    assert owner.post("/sites", origin="nothing").status_code == 422
    path = f"/sites/{made['id']}"
    assert owner.change(path, close_days=30).json()["close_days"] == 30
    assert owner.get(path).json() == {name: made[name] for name in ("id", "origin", "key")} | {"close_days": 30}
    assert owner.change(path, close_days=None).json()["close_days"] is None
    assert owner.change(path, close_days=0).status_code == 422
    assert owner.get("/sites/77").status_code == 404


def test_a_site_is_removed_by_its_origin_and_etag(owner: Program, context: AppContext, add: AddComment) -> None:
    made = owner.post("/sites", origin="https://new.example").json()
    path, body = f"/sites/{made['id']}", {"origin": "https://new.example"}
    tag = {"if-match": owner.get(path).headers["etag"]}
    assert owner.ask("DELETE", path, json=body).status_code == 428
    stale = {"if-match": '"0123456789abcdef01234567"'}
    assert owner.ask("DELETE", path, headers=stale, json=body).status_code == 412
    wrong = owner.ask("DELETE", path, headers=tag, json={"origin": "https://blog.example"})
    assert (wrong.status_code, "Type https://new.example" in wrong.text) == (422, True)
    assert owner.ask("DELETE", path, headers=tag, json=body).status_code == 204
    assert owner.get(path).status_code == 404
    newest = owner.get("/log").json()["items"][0]
    assert (newest["action"], newest["token"], newest["site"]) == ("site removed", "robot", 0)
    add()
    tag = {"if-match": owner.get("/sites/1").headers["etag"]}
    kept = owner.ask("DELETE", "/sites/1", headers=tag, json={"origin": "https://blog.example"})
    assert (kept.status_code, "REPLY_SITES" in kept.text) == (409, True)
    context.settings = context.settings.model_copy(update={"sites": ()})
    kept = owner.ask("DELETE", "/sites/1", headers=tag, json={"origin": "https://blog.example"})
    assert (kept.status_code, "has 1 comment," in kept.text) == (409, True)
    body = {"origin": "https://blog.example", "with_comments": True}
    assert owner.ask("DELETE", "/sites/1", headers=tag, json=body).status_code == 204
    assert owner.get("/comments").json()["items"] == []


def test_a_webhook_is_added_stopped_tried_and_removed(
    owner: Program, context: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = owner.post("/webhooks", site=1, url="https://receiver.example/secret/path").json()
    assert (made["secret"][:6], made["place"]) == ("whsec_", "https://receiver.example/…")
    path = f"/webhooks/{made['id']}"
    assert "secret" not in owner.get(path).text
    assert [hook["id"] for hook in owner.get("/webhooks", site=1).json()["items"]] == [made["id"]]
    assert owner.get("/webhooks", site=2).json()["items"] == []
    assert owner.change(path, stopped=True).json()["stopped_at"] is not None
    assert owner.change(path, stopped=False).json()["stopped_at"] is None
    refused = owner.post("/webhooks", site=1, kind="telegram", url="https://api.telegram.org/bot1:x/sendMessage")
    assert (refused.status_code, refused.json()["detail"]) == (422, "telegram needs room.")
    assert owner.post("/webhooks", site=7, url="https://receiver.example/").status_code == 404
    answered = AttemptOutcome(503, 12, "It says 503.")
    monkeypatch.setattr(http_delivery.Courier, "send_test", lambda _self, _hook: answered)
    assert owner.post(f"{path}/test").json() == {"status": 503, "milliseconds": 12, "said": "It says 503."}
    with context.engine.connect() as connection:
        hook = site_webhooks.find(connection, int(made["id"]))
    assert hook
    taken = context.writer.run(message_queue.enqueue_taken, hook, "comment.held", clock())
    context.writer.run(message_queue.record, taken, answered, clock())
    context.writer.run(message_queue.settle, taken, clock(), delivered=False)
    message = owner.get(f"{path}/messages").json()["items"][0]
    assert (message["event"], message["delivered"], message["last"]["status"]) == ("comment.held", False, 503)
    assert [owner.post(f"{path}/replay").json()["count"] for _ in range(2)] == [1, 0]
    assert owner.delete(path).status_code == 204
    assert owner.get(path).status_code == 404


def test_the_numbers_of_a_site(owner: Program, add: AddComment) -> None:
    reasons = [{"symbol": "links", "weight": 4.0, "sentence": "Links."}]
    key = add(score=4.0, reasons=reasons)
    owner.post("/decisions", comments=[key], status="spam")
    found = owner.get("/statistics", site=1).json()
    assert found["comments"] == {"approved": 0, "pending": 0, "spam": 1, "trash": 0, "at_least": []}
    assert (found["accuracy"]["caught"], found["accuracy"]["recall"]) == (1, 1.0)
    assert found["rules"] == [{"symbol": "links", "spam": 1, "honest": 0, "trial": 0}]
    assert (found["captcha_level"], found["checks"]) == (1, [])
    owner.post("/check", text="Nice post!", site=1)
    assert [day["day"] for day in owner.get("/statistics", site=1).json()["checks"]] == ["2026-11-24"]
    assert owner.get("/statistics", site=9).status_code == 404


def test_what_is_written_is_written_on_each_database(owner: Program, add: AddComment) -> None:
    sent = {"idempotency-key": "k"}
    made = owner.post("/comments", sent, page=ARTICLE, text="Once.")
    assert owner.post("/comments", sent, page=ARTICLE, text="Once.").json() == made.json()
    assert owner.post("/comments", sent, page=ARTICLE, text="Else.").status_code == 422
    path = f"/comments/{made.json()['id']}"
    assert owner.change(path, text="Better.", status="pending").json()["status"] == "pending"
    page = f"/pages/{made.json()['page']['id']}"
    assert owner.change(page, closed=True).json()["closed"]
    assert [item["id"] for item in owner.get("/comments", words="bett", site=1).json()["items"]] == [made.json()["id"]]
    assert owner.get("/log", limit=1).json()["items"][0]["token"] == "robot"
    tag = owner.get(path).headers["etag"]
    assert owner.delete(path, if_match=tag).status_code == 204
