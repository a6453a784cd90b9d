"""``/api/v1/check`` and ``/api/v1/learn``: score and reasons, in JSON."""

from typing import Any

import pytest

from service import sites
from service.spam import spam_settings_form
from service.web.context import AppContext
from tests.protocols.akismet.conftest import HONEST, SPAM, Blog, blog
from tests.protocols.akismet.test_key_votes import OTHERS, PITCH
from tests.protocols.api.conftest import Program


def check(blog: Blog, **fields: Any) -> Any:
    return blog.client.post("/api/v1/check", json={"key": blog.site.check_key, "text": HONEST} | fields, headers=JSON)


JSON = {"accept": "application/json"}
__all__ = ["blog"]


def test_a_verdict_has_a_score_and_reasons(blog: Blog) -> None:
    found = check(blog, text=SPAM, honeypot_filled=True).json()
    assert found["action"] == "spam"
    assert found["score"] == round(sum(reason["weight"] for reason in found["reasons"]), 2) >= 12
    assert found["discard"]
    assert "A field that people cannot see was filled in." in [reason["sentence"] for reason in found["reasons"]]
    assert check(blog).json()["action"] == "publish"
    assert blog.usage() == 2


def test_the_key_may_be_a_bearer(blog: Blog) -> None:
    headers = JSON | {"authorization": f"Bearer {blog.site.check_key}"}
    assert blog.client.post("/api/v1/check", json={"text": HONEST}, headers=headers).json()["action"] == "publish"


def test_lessons_are_learned_and_corrections_counted(blog: Blog) -> None:
    before = check(blog, text=PITCH).json()
    for text in [PITCH, *OTHERS]:
        lesson = {"key": blog.site.check_key, "text": text, "spam": True, "id": before["id"]}
        assert blog.client.post("/api/v1/learn", json=lesson).json() == {"thanks": True}
    assert check(blog, text=PITCH).json()["score"] > before["score"]
    assert blog.stats()["missed_spam"] == "1"


def test_a_test_is_not_counted(blog: Blog) -> None:
    assert [check(blog, test=True).json()["action"] for _ in range(8)] == ["publish"] * 8
    assert blog.usage() == 0


@pytest.mark.parametrize("key", ["", "000000000000", None])
def test_without_a_key_there_is_no_verdict(blog: Blog, key: object) -> None:
    answer = check(blog, key=key)
    assert (answer.status_code, answer.json()["detail"]) == (401, "No site has this key.")


@pytest.mark.parametrize(
    "fields",
    [
        {"text": 7},
        {"key": 7},
        {"author": []},
        {"fill_seconds": "3"},
        {"fill_seconds": -1},
        {"fill_seconds": True},
        {"x": 1},
    ],
)
def test_wrong_and_unknown_members_are_named(blog: Blog, fields: dict[str, object]) -> None:
    answer = check(blog, **fields)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [*fields]


@pytest.mark.parametrize("fields", [{"spam": "yes"}, {}, {"spam": True, "id": "junk"}, {"spam": True, "id": 7}])
def test_a_lesson_says_spam_or_not(blog: Blog, fields: dict[str, object]) -> None:
    answer = blog.client.post("/api/v1/learn", json={"key": blog.site.check_key, "text": PITCH} | fields, headers=JSON)
    assert answer.status_code == 422


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"text": "\\ud800"}', b'{"text": "\\u0000"}', b"[" * 99_999])
def test_what_is_no_json_is_refused(blog: Blog, content: bytes) -> None:
    headers = JSON | {"content-type": "application/json"}
    assert blog.client.post("/api/v1/check", content=content, headers=headers).status_code == 400


def test_the_key_that_stands_in_pages_asks_and_teaches_nothing(blog: Blog) -> None:
    said = {"key": blog.site.key, "text": "Nice post!", "spam": True}
    assert check(blog, key=blog.site.key).status_code == 401
    assert blog.client.post("/api/v1/learn", json=said).status_code == 401
    assert blog.call("verify-key", {"key": blog.site.key, "blog": blog.site.origin}).text == "invalid"


def test_a_token_asks_for_a_site_of_its_admin(blog: Blog, owner: Program) -> None:
    site = next(site["id"] for site in owner.get("/sites").json()["items"] if site["origin"] == blog.site.origin)
    assert owner.post("/check", text=HONEST, site=site).json()["action"] == "publish"
    assert owner.post("/learn", text=SPAM, site=site, spam=True).json() == {"thanks": True}
    assert (owner.post("/check", text=HONEST, site=77).status_code, blog.usage()) == (404, 1)
    assert owner.post("/check", text=HONEST).status_code == 404


def test_the_page_is_as_the_owners_program_says(blog: Blog) -> None:
    text = "Vielen Dank für den Beitrag, ich hatte dasselbe Problem mit dem Motor und konnte es damit lösen."
    page = {"language": "en", "title": "Der Motor und seine Probleme: ein Problem mehr"}
    found = {reason["symbol"]: reason["weight"] for reason in check(blog, text=text, **page).json()["reasons"]}
    assert (found["foreign_language"], found["title_words"]) == (1.0, -1.0)
    found = {reason["symbol"] for reason in check(blog, text=text, language="en, de_DE").json()["reasons"]}
    assert not found & {"foreign_language", "title_words"}


def test_a_host_that_several_authors_bring_within_a_day_waits(blog: Blog) -> None:
    def bring(author: str, **more: object) -> dict[str, Any]:
        given = {"author": author, "url": "https://gadgets.example", "text": f"I am {author}. {HONEST}", **more}
        answer: dict[str, Any] = check(blog, **given).json()
        return answer

    def is_named(answer: dict[str, Any]) -> bool:
        return any(reason["symbol"] == "host_campaign" for reason in answer["reasons"])

    assert not any(is_named(bring(name, test=True)) for name in ("Uma", "Vic", "Wim", "Xia", "Yan", "Zoe"))
    answers = [bring(name) for name in ("Ada", "Bob", "Cyd", "Dan", "Eve")]
    assert list(map(is_named, answers)) == [False, False, True, True, True]
    assert answers[-1]["action"] != "publish"


def test_an_owner_lets_hosts_be_counted_over_all_sites(
    blog: Blog, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = context.writer.run(sites.register, "https://second.example", blog.clock())
    assert other

    def last_of_five(host: str) -> list[str]:
        for name in ("Ada", "Bob", "Cyd", "Dan"):
            check(blog, key=other.check_key, author=name, url=f"https://{host}", text=f"I am {name}. {HONEST}")
        answer = check(blog, author="Eve", url=f"https://{host}").json()
        return [reason["sentence"] for reason in answer["reasons"] if reason["symbol"] == "host_campaign"]

    assert last_of_five("gadgets.example") == []
    monkeypatch.setattr(context, "settings", context.settings.model_copy(update={"spam_count_across_sites": True}))
    assert last_of_five("widgets.example") == [
        "4 other authors linked to widgets.example on sites of this service within a day."
    ]


GAMBLING = "Gacor parah bosku, kemarin depo 50rb langsung maxwin di ALEXIS17, wd cair lancar tanpa ribet"


def test_gambling_spam_of_chats_is_looked_for_where_the_owner_chooses_it(blog: Blog, context: AppContext) -> None:
    before = check(blog, text=GAMBLING, test=True).json()
    with context.engine.connect() as connection:
        site_id = sites.read_sites(connection)["https://shop.example"]
    context.writer.run(spam_settings_form.save_settings, site_id, {"chat_spam": True}, blog.clock())
    context.spam.sites.forget(site_id)
    after = check(blog, text=GAMBLING, test=True).json()
    assert (before["action"], after["action"]) == ("publish", "hold")
    assert blog.check(GAMBLING).text == "true"
    assert check(blog).json()["action"] == "publish"
