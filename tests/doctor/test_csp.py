"""Which addresses a page's Content-Security-Policy lets through."""

from service.doctor.csp import forbids, parse
from tests.rows import each_row

OURS = "https://comments.example.com/embed.js"
PAGE = "https://example.com/article"


@each_row(
    ("policy", "by"),
    [
        ("", ""),
        ("img-src 'none'", ""),
        ("script-src https://comments.example.com", ""),
        ("script-src comments.example.com", ""),
        ("script-src *.example.com", ""),
        ("script-src https:", ""),
        ("script-src *", ""),
        ("script-src https://comments.example.com/embed.js", ""),
        ("script-src https://comments.example.com/", ""),
        ("script-src http://comments.example.com", ""),
        ("script-src https://comments.example.com:443", ""),
        ("script-src 'nonce-abc'", ""),
        ("default-src 'none'; script-src-elem https://comments.example.com", ""),
        ("SCRIPT-SRC HTTPS://COMMENTS.EXAMPLE.COM", ""),
        ("default-src 'self'", "default-src"),
        ("script-src", "script-src"),
        ("script-src 'none'", "script-src"),
        ("script-src 'self'", "script-src"),
        ("script-src https://example.com", "script-src"),
        ("script-src *.comments.example.com", "script-src"),
        ("script-src https://comments.example.com:8443", "script-src"),
        ("script-src https://comments.example.com/js/", "script-src"),
        ("script-src 'nonce-xyz'", "script-src"),
        ("script-src 'strict-dynamic' https://comments.example.com", "script-src"),
        ("script-src https://comments.example.com; script-src 'none'", ""),
        ("script-src https://comments.example.com, default-src 'none'", "default-src"),
        ("default-src *; script-src-elem 'self'", "script-src-elem"),
    ],
)
def test_a_script(policy: str, by: str) -> None:
    assert forbids(parse([policy]), "script-src-elem", OURS, PAGE, "abc") == by


def test_what_falls_back_and_what_does_not() -> None:
    policies = parse(["default-src 'none'"])
    assert forbids(policies, "form-action", OURS, PAGE) == ""
    assert forbids(policies, "connect-src", OURS, PAGE) == "default-src"
    assert forbids(parse(["child-src 'self'"]), "frame-src", OURS, PAGE) == "child-src"


def test_every_policy_has_to_let_it_through() -> None:
    assert forbids(parse(["script-src *", "script-src 'self'"]), "script-src-elem", OURS, PAGE) == "script-src"


def test_self_is_the_pages_own_origin() -> None:
    policies = parse(["script-src 'self'"])
    assert forbids(policies, "script-src-elem", "https://example.com/talk/embed.js", PAGE) == ""
    assert forbids(policies, "script-src-elem", "https://example.com:8000/embed.js", PAGE) == "script-src"
