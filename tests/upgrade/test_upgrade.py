"""A store written by version 0.1.0 opens, moves to another database, and works with all protocols.

``make_store.py`` describes its content and how it was made.
"""

import base64
import json
import re
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from tests.mail.conftest import MailServer, link_in
from tests.reader import ARTICLE, Reader, solve
from tests.service_process import wait_for
from tests.upgrade.conftest import BLOG, OURS, SHOP, TOLD, command, old_store

PROGRAM = {"authorization": "Basic " + base64.b64encode(f"{TOLD['admin']}:{TOLD['program']}".encode()).decode()}
WORDPRESS = "/blog.example/wp-json/wp/v2/comments"


def test_readers_see_the_same_thread(client: TestClient, reader: Reader) -> None:
    for path in ("/thread", "/page", "/comments"):
        page = client.get(path, params={"page": ARTICLE}).text
        for shown in (f'id="comment-{TOLD["comment"]}"', "<em>approved</em>", "A reply to the reply.", "Edited by Di."):
            assert shown in page, path
        for hidden in ("To be deleted", "Waiting number", "casino", "Into the trash", "painters"):
            assert hidden not in page, path
    imported = reader.read(f"{BLOG}/2020/hello/")
    assert "Imported words of 1" in imported
    assert "Imported words of 2" in imported
    assert "Imported words of 3" not in imported
    assert "no longer accepts comments" in reader.post(f"{BLOG}/closed").text
    own = client.get("/own", params={"page": ARTICLE, "preview": TOLD["own"]})
    assert own.status_code == 200  # the link is good still, though it is too late to edit


def test_what_was_shown_in_feeds_and_counts_still_is(client: TestClient) -> None:
    for path, more in (("/feed", {}), ("/latest", {}), ("/latest", {"format": "json"}), ("/popular", {})):
        answer = client.get(path, params={"site": BLOG, **more})
        assert answer.status_code == 200, path
    assert "Approved, and may be put back." in client.get("/feed", params={"page": ARTICLE}).text
    pages = [ARTICLE, f"{BLOG}/closed", f"{BLOG}/2020/hello/"]
    counts = client.get("/counts", params={"page": pages}).json()["counts"]
    assert [*counts] == pages
    assert counts[f"{BLOG}/closed"] == 1
    assert counts[f"{BLOG}/2020/hello/"] == 2
    assert counts[ARTICLE] > 5


def test_readers_post_and_are_known_again(reader: Reader) -> None:
    nina = {"author": "Nina", "email": "nina@reader.example"}
    answer = reader.post(json=True, comment="Written after it.", comment_parent=str(TOLD["comment"]), **nina)
    assert (answer.status_code, answer.json()["status"]) == (201, "approved")
    assert "Written after it." in reader.read()
    said = {"comment": "A reply to the first.", "author": "Bo", "comment_parent": str(TOLD["comment"])}
    assert reader.post(email="bo@reader.example", **said).status_code == 409
    by_the_sites_words = reader.post(json=True, comment="My kazoo is new.", **nina)
    in_anothers_name = reader.post(json=True, comment="I am Ada, whose name is known.", author="Ada")
    assert {each.json()["status"] for each in (by_the_sites_words, in_anothers_name)} == {"pending"}


def test_the_admin_logs_in_and_moderates(admin: TestClient, reader: Reader) -> None:
    page = admin.get("/admin?status=pending").text
    assert "Waiting number 1." in page
    act = {"action": "approve", "comment": f"1-{TOLD['waiting']}"}
    assert admin.post("/admin/comments", data=act, headers=OURS).status_code == 303
    assert "Waiting number 1." in reader.read()
    assert "Approved, and may be put back." in reader.read()
    undone = admin.post("/admin/comments", data={"action": "undo", "batch": TOLD["undo"]}, headers=OURS)
    assert undone.status_code == 303
    assert "Approved, and may be put back." not in reader.read()
    for status, text in (("spam", "casino"), ("trash", "Into the trash.")):
        assert text in admin.get(f"/admin?status={status}").text
    assert re.search(r"Tablet.*Phone|Phone.*Tablet", admin.get("/admin/account").text, re.DOTALL)


def test_the_spam_check_goes_by_what_was_set_and_learned(admin: TestClient) -> None:
    page = admin.get("/admin/spam?site=1").text
    assert '<option value="auto" selected>' in page
    assert "kazoo" in page
    assert "bbcode = 2" in page
    assert '<option value="least-2" selected>' in admin.get("/admin/spam?site=2").text
    save = {"action": "save", "site": "1", "level": "always-1", "words_hold": "kazoo"}
    assert admin.post("/admin/spam", data=save, headers=OURS).status_code in (200, 303)
    assert '<option value="always-1" selected>' in admin.get("/admin/spam?site=1").text


def test_nobody_else_becomes_the_first_admin(client: TestClient) -> None:
    fields = {"token": "any", "name": "Eve", "password": "another long sentence", "again": "another long sentence"}
    refused = client.post("/admin/setup", data=fields, headers=OURS)
    assert (refused.status_code, "An admin already exists" in refused.text) == (403, True)


def test_programs_read_and_write_as_in_wordpress(client: TestClient, reader: Reader) -> None:
    listed = client.get(WORDPRESS, params={"per_page": 100, "post": 12}).json()
    assert len(listed) == 2
    everything = client.get(WORDPRESS, params={"per_page": 100, "status": "hold"}, headers=PROGRAM).json()
    assert "Imported words of 3" in json.dumps(everything)
    new = client.post(WORDPRESS, json={"post": 12, "content": "By a program."}, headers=PROGRAM)
    assert new.status_code == 201, new.text
    assert "By a program." in reader.read(f"{BLOG}/2020/hello/")


def test_akismets_clients_ask_on_with_their_key_and_what_they_taught(client: TestClient) -> None:
    key = TOLD["shop"]["check_key"]
    assert client.post("/1.1/verify-key", data={"key": key, "blog": SHOP}).text == "valid"
    before = int(client.get("/1.2/usage-limit", params={"api_key": key}).json()["usage"])
    assert before == len(TOLD["checked"])
    fields = {"api_key": key, "blog": SHOP, "user_ip": "192.0.2.9", "user_agent": "Mozilla/5.0"}
    fields |= {"comment_author": "Bo", "comment_author_email": "bo@reader.example"}
    again = {
        text: client.post("/1.1/comment-check", data={**fields, "comment_content": text}).text
        for text in TOLD["checked"]
    }
    assert again == TOLD["checked"]
    assert {*again.values()} == {"true", "false"}
    thanks = client.post("/1.1/submit-ham", data={**fields, "comment_content": "A fine picture of a round handle."})
    assert thanks.text.startswith("Thanks")
    assert int(client.get("/1.2/usage-limit", params={"api_key": key}).json()["usage"]) == 2 * before


def test_other_forms_are_asked_and_verified_with_the_sites_keys(client: TestClient) -> None:
    shop, origin = TOLD["shop"], {"origin": SHOP, "accept": "*/*"}
    question = client.get("/captcha/challenge", params={"sitekey": shop["key"]}, headers=origin).json()
    fields = {"sitekey": shop["key"], "token": question["token"], "answer": solve(question["question"])}
    given = client.post("/captcha/answer", data=fields, headers=origin).json()["pass"]
    verdicts = [
        client.post("/siteverify", data={"secret": shop["secret"], "response": given}).json()["success"] for _ in "12"
    ]
    assert verdicts == [True, False]


def test_mail_that_waited_is_sent_and_its_link_is_good(client: TestClient, mail_server: MailServer) -> None:
    def to_ada() -> Any:
        return next((mail for mail in mail_server.mails if "ada@reader.example" in str(mail["To"])), None)

    confirmation = wait_for(to_ada, "the mail that asks Ada")
    link = link_in(confirmation, "/mail/confirm")
    plain = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post(link, headers=plain).status_code == 200


def test_a_copy_made_by_the_old_version_is_restored_and_copied_again(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    path = old_store(tmp_path / "old")
    assert "comments" in command(tmp_path / "new", "restore", str(path))
    assert BLOG in command(tmp_path / "new", "site", "list")  # opened, so that it is brought up to date
    assert "25 comments" in command(tmp_path / "new", "backup", str(tmp_path / "copy.db"))
    command(tmp_path / "newer", "restore", str(tmp_path / "copy.db"))
    assert SHOP in command(tmp_path / "newer", "site", "list")
