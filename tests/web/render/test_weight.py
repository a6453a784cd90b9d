"""The weight of the first view, and minified styles."""

import gzip
import re

from pydantic import SecretStr
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from service.web.render.style_sheets import small_styles, with_styles, yielding_styles
from service.web.render.templates import template_folder
from tests.app_client import AppClient
from tests.conftest import Clock
from tests.reader import ARTICLE

BUDGET = 12 * 1024


def test_script_styles_and_an_empty_thread_weigh_twelve_kilobytes_at_most(settings: Settings, clock: Clock) -> None:
    with_mail = {"smtp_url": SecretStr("smtp://mail.example"), "mail_from": "comments@blog.example"}
    address = ARTICLE + "/of-a-usual-length"
    assert len(address) >= 35
    with AppClient(create_app(settings.model_copy(update=with_mail), clock), base_url=settings.public_url) as client:
        thread = client.get("/thread", params={"page": address, "title": "A title of usual length", "jsonld": "no"})
        assert "subscribe_comments" in thread.text
        parts = [client.get("/embed.js").content, thread.content]  # the script brings the styles along
    assert sum(len(gzip.compress(part)) for part in parts) <= BUDGET


def test_scripts_and_styles_come_compressed_to_whoever_takes_that(client: TestClient) -> None:
    for name in ("embed.js", "embed.css", "widgets.js"):
        answer = client.get(f"/{name}", headers={"accept-encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in answer.headers["vary"].lower()
        plain = client.get(f"/{name}", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert answer.content == plain.content
        assert int(answer.headers["content-length"]) < len(plain.content)
        known = client.get(f"/{name}", headers={"if-none-match": plain.headers["etag"]})
        assert known.status_code == 304


def test_comments_in_the_code_stay_here(client: TestClient) -> None:
    for name in ("embed.js", "embed.css"):
        written = (template_folder() / "assets" / name).read_text()
        sent = client.get(f"/{name}").text
        assert "/*" in written
        assert not re.search(r"/\*|\n\s", sent)


def test_styles_mean_what_they_meant() -> None:
    written = """.a :is(b, c) { color: red; /* why */ content: "a;  /* b */" }
        @container (min-width: 1em) {
            .a :is(b) { x: calc(1em + 2px) }
        }"""
    assert small_styles(written) == (
        '.a :is(b,c){color:red;content:"a;  /* b */"}@container (min-width:1em){.a :is(b){x:calc(1em + 2px)}}'
    )


def test_styles_inside_the_script_yield_to_what_weighs_the_same() -> None:
    nine = ":is(_ _ _ _ _ _ _ _ _,:where(.leave-a-reply))"
    for written, lighter in {
        ".leave-a-reply .comment{margin:0}": f"{nine} .comment{{margin:0}}",
        ".leave-a-reply a:hover{margin:0}": ".leave-a-reply :where(a):hover{margin:0}",
        ".leave-a-reply :is(p,h2){margin:0}": ".leave-a-reply :is(:where(p),:where(h2)){margin:0}",
        ".leave-a-reply [type=text]:lang(ar),.lar-page a{}": f"{nine} [type=text]:lang(ar),.lar-page a{{}}",
        "@media print{.leave-a-reply.is-live{margin:0}}": f"@media print{{{nine}.is-live{{margin:0}}}}",
        '.leave-a-reply .fn{content:".leave-a-reply a{"}': f'{nine} .fn{{content:".leave-a-reply a{{"}}',
    }.items():
        assert yielding_styles(written) == lighter


def test_a_picture_inside_the_owners_styles_takes_no_longer_than_its_length() -> None:
    written = f".leave-a-reply .fn{{background:url(data:image/png;base64,{'A' * 300_000})}}"  # quadratic: half an hour
    assert yielding_styles(written).endswith(written.partition("{")[2])


def test_a_script_and_styles_of_the_owners_need_not_fit() -> None:
    place = "const[STYLES,DIGEST]=['styles','digest'];"
    assert with_styles(place, "a{}", "123") == 'const[STYLES,DIGEST]=["a{}", "123"];'
    assert with_styles(place, '@import "more.css";', "123") == place
    assert with_styles("theirs()", "a{}", "123") == "theirs()"


def test_pages_that_link_the_styles_get_the_script_without_them(client: TestClient) -> None:
    page = client.get("/page", params={"page": ARTICLE}).text
    assert "/embed.css?v=" in page
    assert "/enhance.js?v=" in page
    bare, whole = client.get("/enhance.js").text, client.get("/embed.js").text
    assert ".comment-list>" not in bare.replace(" ", "")
    styles = client.get("/embed.css").text
    assert len(whole) - len(bare) > len(styles.partition(".lar-page{")[0])
    assert ".lar-page-head" in styles
    assert ".lar-page-head" not in whole
