"""Attacks that once worked, each as it was found."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from starlette.testclient import TestClient

from db.models import Status
from service.app import create_app
from service.safe_html import render
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.conftest import Clock, each_database
from tests.reader import ARTICLE, Reader
from tests.work import calls


def held(reader: Reader, **changes: str) -> str:
    """Post a comment that waits for review; returns its preview token."""
    location = reader.post(captcha="", review="1", **changes).headers["location"]
    return str(location.partition("preview=")[2].partition("#")[0].partition("&")[0])


@pytest.mark.parametrize("path", ["/comments", "/thread"])
def test_a_preview_does_not_get_into_the_cache_that_all_share(reader: Reader, path: str) -> None:
    token = held(reader, comment="Buy watches")
    reader.client.get(path, params={"page": ARTICLE, "preview": token})
    assert "Buy watches" not in reader.read()
    assert "Buy watches" not in reader.client.get("/thread", params={"page": ARTICLE, "captcha": "lazy"}).text


def test_comments_alone_know_no_form_to_move(reader: Reader) -> None:
    parent = reader.post().headers["location"].rpartition("-")[2]
    answer = reader.client.get("/comments", params={"page": ARTICLE, "parent": parent})
    assert answer.status_code == 200
    assert answer.text == reader.read()


@pytest.mark.parametrize(
    "unit",
    ["a.co/((", "http://a.b/(", "a.co ", "- ", "1. ", "> ", "](", "[a](", "**a ", "`a", "http://a.b/ ", "a@b.co "],
)
def test_no_text_keeps_the_service_busy(unit: str) -> None:
    longest = (unit * 65_525)[:65_525]
    assert calls(lambda: render(longest)) < 1_000_000


@each_database
def test_a_proof_is_worth_nothing_until_its_own_comment_is_approved(settings: Settings, clock: Clock) -> None:
    """Else whoever knows the email address of somebody with an approved comment would pass as a friend."""
    from service.comments.moderate import decide

    app = create_app(settings.model_copy(update={"moderation": "first"}), clock)
    with AppClient(app, base_url="http://comments.test") as client:
        alice = Reader(client, clock)
        consent = {"wp-comment-cookies-consent": "yes"}
        first = alice.post(json=True, comment="Mine", **consent).json()
        context: Any = client.app_state["context"]
        site_id = client.portal.call(context.read_sites).of("https://blog.example").id
        context.writer.run(decide, [(site_id, first["id"])], Status.APPROVED, None, clock())
        forged = alice.post(json=True, comment="Not mine", author="Mallory", **consent).json()
        assert forged["status"] == "pending"
        again = alice.post(json=True, comment="Nor this", author="Mallory", proof=forged["proof"])
        assert again.json()["status"] == "pending"
        assert alice.post(json=True, comment="Mine too", proof=first["proof"]).json()["status"] == "approved"


@pytest.mark.parametrize("charset", ["punycode", "utf-7", "unicode_escape", "undefined", "idna"])
def test_a_stranger_does_not_choose_how_we_read(client: TestClient, charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="page"\r\n\r\nhi +2AA- \\ud800\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    assert client.post("/comments", content=body, headers={"content-type": kind}).status_code == 400


def test_a_made_up_language_is_not_repeated_in_the_page(client: TestClient) -> None:
    lang = "en" + "-aaaaaaaa" * 300
    page = client.get("/page", params={"page": ARTICLE, "lang": lang}).text
    assert '<html lang="en"' in page
    assert "aaaaaaaa" not in page


def test_slashes_at_the_end_do_not_grow_everybodys_links(reader: Reader) -> None:
    reader.post()
    reader.client.get("/comments", params={"page": ARTICLE + "/" * 1900})
    assert len(reader.read()) < 3000


@each_database
def test_an_address_with_a_percent_sign_is_one_page(reader: Reader) -> None:
    assert reader.post("https://blog.example/100%25-true%2541").status_code == 303


def test_a_comment_that_nobody_approved_does_not_name_the_page(reader: Reader) -> None:
    held(reader, title="FREE MONEY at evil.example")
    reader.post(title="MORE MONEY at evil.example", comment="Fine")
    assert "MONEY" not in reader.client.get("/page", params={"page": ARTICLE}).text


def test_words_of_a_comment_do_not_hide_the_form(reader: Reader) -> None:
    reader.post(comment='class="comment-respond"')
    page = reader.client.get("/page", params={"page": ARTICLE, "parent": "999"}).text
    assert '<form id="commentform"' in page


def test_nobody_is_redirected_to_a_host_that_was_only_claimed(client: TestClient) -> None:
    assert client.get("/embed.js/", headers={"host": "evil.example"}).status_code == 404


def test_a_fragment_opened_by_itself_can_do_nothing(client: TestClient) -> None:
    for path in ("/comments", "/thread", "/form"):
        assert "sandbox" in client.get(path, params={"page": ARTICLE}).headers["content-security-policy"]


def test_a_host_that_could_be_a_command_is_not_repeated(client: TestClient) -> None:
    answer = client.get("/page", params={"page": "https://x;curl${IFS}evil/"})
    assert answer.status_code == 400
    assert "curl" not in answer.text


@each_database
class TestEmail:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"flood_seconds": 15})

    def test_guesses_at_an_email_address_within_the_wait_all_look_alike(self, reader: Reader, clock: Clock) -> None:
        reader.post(comment="Public words", email="secret@example.org")
        reader.post(comment="Something of my own", author="Mallory", email="m@example.org")
        guesses = {email: reader.fields(comment="Public words", author="Mallory", email=email)
                   for email in ("secret@example.org", "wrong@example.org")}  # fmt: skip
        clock.advance(seconds=-35)
        assert {reader.send(fields).status_code for fields in guesses.values()} == {429}


@pytest.mark.parametrize("link", ["[x](//evil.example)", "[x](&#104;ttps://evil.example)", "[x](https:evil.example)"])
def test_links_that_no_pattern_knows_are_counted(reader: Reader, link: str) -> None:
    assert reader.post(json=True, comment=" and ".join([link] * 5)).json()["status"] == "pending"


@pytest.mark.parametrize(
    "text",
    [
        " and ".join(f"//shop{n}.example/a" for n in range(12)),
        "http://a.example and http://b.example and http://c.example, "
        "[x](//d.example) and [x](//e.example) and [x](//f.example)",
    ],
    ids=["slashes without a scheme", "half of one kind, half of another"],
)
def test_links_are_counted_as_they_will_be_shown(reader: Reader, text: str) -> None:
    answer = reader.post(json=True, comment=text).json()
    assert answer["html"].count("<a href") > 5
    assert answer["status"] == "pending"


class TestOneHousehold:
    """A provider gives it 65,536 networks of IPv6."""

    @pytest.fixture
    def client(self, settings: Settings, clock: Clock) -> Iterator[TestClient]:
        behind = settings.model_copy(update={"trusted_proxies": (ip_network("10.0.0.0/8"),)})
        with AppClient(create_app(behind, clock), client=("10.0.0.1", 1)) as client:
            yield client

    def test_its_wrong_answers_raise_nothing_for_others(self, client: TestClient, context: AppContext) -> None:
        reader = Reader(client)
        for number in range(25):
            client.headers["x-forwarded-for"] = f"2001:db8:1:{number:x}::1"
            assert reader.post(captcha="99").status_code == 422
        assert context.levels.level(1, context.clock().timestamp()) == 1
        for number in range(25):
            client.headers["x-forwarded-for"] = f"2001:db8:{number:x}::1"
            reader.post(captcha="99")
        assert context.levels.level(1, context.clock().timestamp()) == 2


class TestFewQuestions:
    """A site's owner lets few posts in, which is no reason to ask few questions."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"rate_site": "60/minute", "trusted_proxies": (ip_network("10.0.0.0/8"),)})

    def test_one_client_does_not_use_up_the_questions_of_all(self, settings: Settings, clock: Clock) -> None:
        with AppClient(create_app(settings, clock), client=("10.0.0.1", 1)) as client:
            asked = {"params": {"page": ARTICLE}}
            for _ in range(61):
                client.get("/captcha", **asked, headers={"x-forwarded-for": "198.51.100.7"})
            assert client.get("/captcha", **asked, headers={"x-forwarded-for": "203.0.113.7"}).status_code == 200


def test_who_hangs_up_half_way_fills_no_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    headers = {b"host": b"testserver", b"content-type": b"application/x-www-form-urlencoded", b"content-length": b"99"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/comments",
        "query_string": b"",
        "headers": [*headers.items()],
        "state": dict(client.app_state),
    }
    arriving = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"page=", "more_body": True}]
    sent: list[Any] = []

    async def receive() -> Any:
        return arriving.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    client.portal.call(client.app, scope, receive, send)
    assert sent[0]["status"] == 400
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
