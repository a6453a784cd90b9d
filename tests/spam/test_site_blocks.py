"""What is blocked, and until when."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from service.spam.block_and_unblock import Unblockable, entry_of
from service.spam.evidence import Evidence, LookedUp
from service.spam.look_up_and_judge import check
from service.spam.site_blocks import BlockKind, Blocks, CommentSender
from service.spam.verdict import Action
from tests.rows import each_row

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def sender(**more: object) -> CommentSender:
    given: dict[str, object] = {"author": "Ann", "email": "ann@example.org", "address": "203.0.113.9", "hosts": ()}
    return CommentSender(**{**given, "text": "good morning", **more})  # type: ignore[arg-type]  # fields by name


def blocks(*entries: tuple[str, str], until: datetime | None = None) -> Blocks:
    return Blocks.of(SimpleNamespace(kind=kind, value=value, until=until) for kind, value in entries)


@each_row(
    ("what", "typed", "entry"),
    [
        ("author", " Ann  SEO", "ann  seo"),
        ("email", "Ann@Spam.example", "ann@spam.example"),
        ("word", "Casino", "casino"),
        ("host", "https://www.casino.example/now", "casino.example"),
        ("network", "203.0.113.", "203.0.113.0/24"),
        ("network", "203.0.", "203.0.0.0/16"),
        ("network", "203.0.113.77/25", "203.0.113.0/25"),
        ("network", "2001:db8:1:", "2001:db8:1::/48"),
        ("network", "203.0.113.9", "203.0.113.9/32"),
        ("network", "1", None),
        ("network", "10.", None),
        ("network", "0.0.0.0/0", None),
        ("network", "999.1.1.", None),
        ("host", "github.com", None),
        ("author", "", None),
        ("word", "a", None),
        ("word", "a\nb", None),
    ],
)
def test_what_is_typed_becomes_one_entry(what: str, typed: str, entry: str | None) -> None:
    if entry is not None:
        assert entry_of(BlockKind(what), typed) == entry
        return
    with pytest.raises(Unblockable):
        entry_of(BlockKind(what), typed)


@pytest.mark.parametrize(
    ("kind", "value", "hit", "missed"),
    [
        ("author", "ann", {"author": " ANN "}, {"author": "Anna"}),
        ("email", "ann@example.org", {"email": "Ann@example.org"}, {"email": "joann@example.org"}),
        ("network", "203.0.113.0/24", {"address": "203.0.113.250"}, {"address": "203.0.114.1"}),
        ("network", "203.0.113.0/24", {"address": "::ffff:203.0.113.250"}, {"address": ""}),
        ("network", "2001:db8:1::/48", {"address": "2001:db8:1:ff::1"}, {"address": "2001:db8:2::1"}),
        ("host", "casino.example", {"hosts": ("ok.example", "casino.example")}, {"hosts": ("example",)}),
        ("word", "casino", {"text": "a casino, here"}, {"text": "casinos"}),
        ("word", "赌场", {"text": "在线赌场网"}, {"text": "赌 场"}),
    ],
)
def test_each_kind_is_compared_as_what_it_is(
    kind: str, value: str, hit: dict[str, object], missed: dict[str, object]
) -> None:
    found = blocks((kind, value))
    assert found.hits(sender(**hit), NOW) == (kind,)
    missed = {"author": "Bo", "email": "", "address": "198.51.100.1"} | missed
    assert not found.hits(sender(**missed), NOW)


def test_a_block_ends() -> None:
    found = blocks(("author", "ann"), until=NOW + timedelta(days=1))
    assert found.hits(sender(), NOW) == ("author",)
    assert not found.hits(sender(), NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("by", "action"), [("author", "spam"), ("email", "spam"), ("network", "hold"), ("host", "hold"), ("word", "hold")]
)
def test_names_go_to_spam_and_what_may_hit_others_is_held(by: str, action: str) -> None:
    evidence = Evidence("Good morning", "Ann", "", "", "", background=LookedUp(blocked=(by,), known_author=True))
    assert check(evidence).action is Action(action)
