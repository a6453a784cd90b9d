"""What the setup check finds on a page, in the words that say what to change."""

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from typing import Any

import pytest

from service.doctor import InspectionTarget, Severity, diagnose
from service.doctor.fetch_url import Fetched, LeadsElsewhere
from service.known_sites import KnownSites
from service.outgoing_http import CannotFetch
from service.secret_keys import Keyring
from service.settings import Settings

PAGE = "https://example.com/article"
OURS = "https://comments.example.com"
ARRIVAL = {"forwarded": True, "trusted": True, "peer": "10.0.0.1"}
SCRIPT = f'<script src="{OURS}/embed.js" async></script>'
ELEMENT = "<leave-a-reply></leave-a-reply>"
FRAME = f'<iframe src="{OURS}/page?frame=1&amp;page={PAGE}"></iframe>'
INCLUDE = f'<div class="leave-a-reply" data-page="{PAGE}"><form method="post" action="{OURS}/comments"></form></div>'
FORM = f'<form method="post" action="{OURS}/comments"><input type="hidden" name="page" value="{PAGE}"></form>'
THEME = '<form action="{}" method=post><input type=hidden name=comment_post_ID value=5></form>'


def answer(body: str = "", status: int = 200, **headers: str | list[str]) -> Fetched:
    message = Message()
    for name, value in headers.items():
        for each in value if isinstance(value, list) else [value]:
            message[name.replace("_", "-")] = each
    return Fetched(PAGE, status, message, body.encode())


def look(page: str | Fetched | CannotFetch = SCRIPT + ELEMENT, url: str = PAGE, **changes: Any) -> dict[str, str]:
    """What fails, and what is to be noted: what was looked at → the sentence. ``passed``: what is as it should."""
    passed = changes.pop("passed", False)
    settings = Settings(public_url=changes.pop("public_url", OURS))
    answers: dict[str, Fetched | CannotFetch] = {
        "page": page if isinstance(page, Fetched | CannotFetch) else answer(page),
        "check": answer(json.dumps(ARRIVAL)),
        "comments": answer(access_control_allow_origin="*"),
        "frame": answer(content_security_policy=f"frame-ancestors 'self' https://example.com {url.rpartition('/')[0]}"),
    } | {name: changes.pop(name) for name in [*changes] if name in ("check", "comments", "frame")}

    def fetch(asked: str, headers: Mapping[str, str]) -> Fetched:
        path = asked.removeprefix(settings.public_url).partition("?")[0]
        name = {"/check": "check", "/comments": "comments", "/page": "frame"}.get(path, "page")
        found = answers[name]
        if isinstance(found, CannotFetch):
            raise found
        return found

    keys = {"https://example.com": "abcdefabcdef"}
    sites, keyring = KnownSites.plain({"https://example.com": 1}), Keyring(("k" * 20 + "0123abcdXYZ-",))
    asked = InspectionTarget(url, settings, keyring, sites, keys, datetime.now(UTC), fetch)
    return {found.what: found.sentence for found in diagnose(asked) if (found.level is Severity.OK) is passed}


@pytest.mark.parametrize(
    "page", [SCRIPT + ELEMENT, FRAME, INCLUDE, FORM, THEME.format(f"{OURS}/wp-comments-post.php")],
    ids=["script", "frame", "include", "form", "theme"],
)  # fmt: skip
def test_each_of_the_ways_to_embed_is_found(page: str) -> None:
    assert look(page) == {}


def test_an_include_that_was_compressed_is_told_from_none() -> None:
    page = Fetched(PAGE, 200, Message(), b"<p>Words</p>" + gzip.compress(INCLUDE.encode()) + b"<p>More</p>")
    assert "Accept-Encoding" in look(page)["form in the page"]


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("<p>Nothing</p>", "leave-a-reply site show https://example.com"),
        (ELEMENT, f'add <script src="{OURS}/embed.js" async></script>'),
        (SCRIPT, "has no <leave-a-reply></leave-a-reply>: add it"),
        ('<script src="https://old.example/embed.js"></script>', "https://old.example/embed.js"),
        (FORM.replace("post", "get"), "method=post"),
        (FORM.replace("<input", "<b"), f'name="page" value="{PAGE}"'),
        (SCRIPT + '<link rel=canonical href="https://www.example.com/a">' + ELEMENT, "https://www.example.com is not"),
        (SCRIPT + '<leave-a-reply page="article"></leave-a-reply>', "not a complete address"),
        (FRAME.replace("/article", "/other"), "the comments are those of https://example.com/other"),
    ],
)
def test_what_is_wrong_with_a_page(page: str, says: str) -> None:
    assert says in look(page)["form in the page"]


def test_the_policy_of_the_page_in_its_header_and_in_itself() -> None:
    strict = answer(SCRIPT + ELEMENT, content_security_policy=f"default-src 'self'; script-src {OURS}")
    assert "to connect-src" in look(strict)["policy"]
    assert "to style-src" in look(strict)["styles"]
    assert "styles" not in look(answer(SCRIPT + ELEMENT, content_security_policy=f"style-src {OURS}"))
    meta = '<meta http-equiv="Content-Security-Policy" content="{}">'
    assert "to form-action" in look(meta.format("form-action 'self'") + FORM)["policy"]
    assert "to frame-src" in look(meta.format("default-src 'self'") + FRAME)["policy"]
    good = f"default-src 'self'; script-src {OURS}; style-src {OURS}; connect-src {OURS}; form-action {OURS}"
    assert look(meta.format(good) + SCRIPT + ELEMENT) == {}
    assert look(meta.format("default-src 'self'; script-src 'nonce-x'; style-src *; connect-src *")
                + SCRIPT.replace("async", "nonce=x") + ELEMENT) == {}  # fmt: skip


MODULES = [
    f'<script type="module" src="{OURS}/embed.js"></script>',
    f'<script type="module">import("{OURS}/embed.js")</script>',
    f"<script type=module>import '{OURS}/embed.js?v=1';</script>",
    f"<script>let s = document.createElement('script'); s.src = `{OURS}/embed.js`; document.head.append(s)</script>",
]


@pytest.mark.parametrize("tag", MODULES)
def test_a_script_is_found_in_whichever_way_it_is_loaded(tag: str) -> None:
    assert look(tag + ELEMENT) == {}
    assert "to script-src" in look(answer(tag + ELEMENT, content_security_policy="script-src 'self'"))["policy"]


def test_a_script_that_waits_for_consent_is_noted() -> None:
    found = look(SCRIPT.replace("async", 'type="text/plain"') + ELEMENT)
    assert "type=text/plain" in found["form in the page"]
    assert look(f'<script type="application/json">{{"a": "{OURS}/other.js"}}</script>' + SCRIPT + ELEMENT) == {}


LISTS = f'<script src="{OURS}/widgets.js"></script><ul data-leave-a-reply-list="latest"></ul>'


@pytest.mark.parametrize("way", [SCRIPT + ELEMENT, SCRIPT + INCLUDE, SCRIPT + ELEMENT + LISTS])
def test_trusted_types_have_to_allow_our_names(way: str) -> None:
    names = ["leave-a-reply", *(["leave-a-reply-widgets"] if LISTS in way else [])]
    required = "require-trusted-types-for 'script'"
    for policy in (required, f"{required}; trusted-types {' '.join(names)}", f"{required}; trusted-types *"):
        assert look(answer(way, content_security_policy=policy)) == {}
    assert look(answer(way, content_security_policy="trusted-types 'none'")) == {}  # strings are taken then
    for policy in (f"{required}; trusted-types dompurify", f"{required}; trusted-types 'none'"):
        assert f"add {' '.join(names)} to trusted-types" in look(answer(way, content_security_policy=policy))["policy"]
    twice = answer(way, content_security_policy=[f"{required}; trusted-types *", "trusted-types 'allow-duplicates'"])
    assert "to trusted-types" in look(twice)["policy"]


def test_a_frame_and_a_plain_form_need_no_trusted_type() -> None:
    strict = "require-trusted-types-for 'script'; trusted-types 'none'"
    assert look(answer(FRAME + FORM, content_security_policy=strict)) == {}


@pytest.mark.parametrize("way", [INCLUDE, FORM], ids=["include", "form"])
def test_a_form_inside_a_form_is_named(way: str) -> None:
    assert "inside another form" in look(f"<form action=/search><p>{way}</p></form>")["form in the page"]
    assert look(f"<form action=/search></form>{way}<form action=/more></form>") == {}


def test_a_script_puts_its_own_form_even_into_a_form() -> None:
    assert look(f"<form action=/search>{SCRIPT}{ELEMENT}</form>") == {}


def test_what_numbers_lists_and_captchas_need_of_a_policy() -> None:
    for name in ("widgets", "captcha"):
        page = f'<script src="{OURS}/{name}.js"></script>{FRAME}'
        strict = answer(page, content_security_policy=f"script-src 'self'; connect-src 'self'; frame-src {OURS}")
        assert "to script-src" in look(strict)["policy"] or "to connect-src" in look(strict)["policy"]
        assert look(answer(page, content_security_policy=f"script-src {OURS}; connect-src {OURS}")) == {}


def test_a_page_that_cannot_be_read() -> None:
    assert "answers 404" in look(answer("", 404))["page"]
    assert "did not answer" in look(CannotFetch("did not answer (refused)"))["page"]
    assert (
        "redirects to https://www.example.com/article"
        in look(LeadsElsewhere("https://www.example.com/article"))["page"]
    )


def test_an_origin_that_is_not_registered() -> None:
    assert look(url="https://other.example/x")["origin"].endswith("leave-a-reply site add https://other.example")


def test_a_service_that_is_not_there_or_another() -> None:
    assert "correct REPLY_PUBLIC_URL" in look(check=CannotFetch("did not answer"))["service"]
    assert "another service answers" in look(check=answer("<h1>Welcome</h1>"))["service"]
    assert "another service answers" in look(check=answer("{}", 404))["service"]


@pytest.mark.parametrize(
    ("arrival", "says"),
    [
        ({"forwarded": True, "trusted": False, "peer": "10.0.0.1"}, "REPLY_TRUSTED_PROXIES=10.0.0.1"),
        ({"forwarded": False, "trusted": True, "peer": ""}, "does not send X-Forwarded-For"),
        ({"forwarded": False, "trusted": False, "peer": ""}, "does not send X-Forwarded-For"),
    ],
)
def test_a_proxy_for_which_all_readers_are_one(arrival: dict[str, object], says: str) -> None:
    assert says in look(check=answer(json.dumps(arrival)))["proxy"]


def test_without_a_proxy_readers_come_by_themselves() -> None:
    alone = {"forwarded": False, "trusted": False, "peer": ""}
    found = look(page="", url="", check=answer(json.dumps(alone)), public_url="http://127.0.0.1:8000")
    assert found == {}


def test_what_a_proxy_does_to_headers() -> None:
    assert "keep it" in look(comments=answer())["sharing (CORS)"]
    assert "twice" in look(comments=answer(access_control_allow_origin=["*", "*"]))["sharing (CORS)"]
    assert "X-Frame-Options" in look(FRAME, frame=answer(x_frame_options="DENY"))["frame"]
    assert "frame-ancestors" in look(FRAME, frame=answer(content_security_policy="frame-ancestors 'none'"))["frame"]


def test_a_service_that_does_not_answer_is_not_said_to_be_reached() -> None:
    assert "https" in look(passed=True)
    assert "https" not in look(check=CannotFetch("did not answer"), passed=True)


def test_http_below_https() -> None:
    page = (SCRIPT + ELEMENT).replace("https://comments", "http://comments")
    assert "serve it over https" in look(page, public_url="http://comments.example.com")["https"]


def test_the_key_of_a_captcha() -> None:
    captcha = f'<script src="{OURS}/captcha.js"></script><div data-sitekey="{{}}"></div>{FORM}'
    assert look(captcha.format("abcdefabcdef")) == {}
    assert "not the key of https://example.com" in look(captcha.format("123456123456"))["captcha"]
    for path in ("recaptcha/api.js?render=explicit", "1/api.js", "turnstile/v0/api.js"):
        page = captcha.format("123456123456").replace("captcha.js", path)
        assert "not the key of https://example.com" in look(page)["captcha"]
