"""The secret is created once, readable only by its owner, and rotated by a list."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from itsdangerous import BadSignature

from service.secret_keys import (
    Keyring,
    Purpose,
    WeakSecret,
    load_keyring,
    rotate,
    secret_path,
    sign_comment,
    signed_comment,
)
from service.settings import Settings

GOOD = "kP3vLx8QzR1mW7tYbN5cD2fGhJ9sA4uE6iO0"


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "var")
    signed = load_keyring(settings).serializer("x").dumps(1)
    assert stat.S_IMODE(secret_path(settings).stat().st_mode) == 0o600
    assert load_keyring(settings).serializer("x").loads(signed) == 1


@pytest.mark.parametrize("secret", ["short", "a" * 64, "change-me-" * 5, "this-is-my-secret-this-is-my-secret-1"])
def test_a_weak_or_sample_secret_is_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(WeakSecret):
        load_keyring(Settings(data=tmp_path, secret=secret))


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    with pytest.raises(WeakSecret, match="is empty"):
        load_keyring(Settings(data=tmp_path))


def test_what_the_key_before_signed_is_good_until_the_rotation_after(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    signed = load_keyring(settings).serializer("x").dumps(1)
    rotate(settings)
    assert load_keyring(settings).serializer("x").loads(signed) == 1
    rotate(settings)
    with pytest.raises(BadSignature):
        load_keyring(settings).serializer("x").loads(signed)
    assert stat.S_IMODE(secret_path(settings).stat().st_mode) == 0o600


def test_a_value_signed_for_one_purpose_is_not_good_for_another() -> None:
    keyring = Keyring((GOOD,))
    with pytest.raises(BadSignature):
        keyring.serializer("session").loads(keyring.serializer("preview").dumps(1))


def test_a_pseudonym_stands_for_one_value_and_depends_on_the_secret() -> None:
    one, other = Keyring((GOOD,)), Keyring((GOOD[::-1],))
    assert one.pseudonym("email", "a") == one.pseudonym("email", "a")
    assert len({one.pseudonym("email", "a"), one.pseudonym("client", "a"), other.pseudonym("email", "a")}) == 3


NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_says_one_thing_of_one_comment(purpose: Purpose) -> None:
    keyring = Keyring((GOOD,))
    token = sign_comment(keyring, purpose, 3, 1700)
    assert signed_comment(keyring, purpose, token, NOW + timedelta(days=4000)) == (3, 1700)
    others = [other for other in PURPOSES if other != purpose]
    assert [signed_comment(keyring, other, token, NOW) for other in others] == [None] * 3


def test_a_token_ends_when_it_says() -> None:
    keyring = Keyring((GOOD,))
    token = sign_comment(keyring, "preview", 3, 1700, NOW)
    assert signed_comment(keyring, "preview", token, NOW - timedelta(seconds=1)) == (3, 1700)
    assert signed_comment(keyring, "preview", token, NOW) is None


def test_a_proof_of_version_0_1_0_which_says_no_end_is_still_good() -> None:
    keyring = Keyring((GOOD,))
    assert signed_comment(keyring, "author", str(keyring.serializer("author").dumps([3, 1700])), NOW) == (3, 1700)


@pytest.mark.parametrize("value", [None, 7, [], [1], {}, ["a", "b"], [1, 2, "x"], [1, None]])
def test_what_is_signed_and_is_no_comment_is_none(value: object) -> None:
    keyring = Keyring((GOOD,))
    assert signed_comment(keyring, "author", str(keyring.serializer("author").dumps(value)), NOW) is None
    assert signed_comment(keyring, "author", "", NOW) is None
    assert signed_comment(keyring, "author", "junk", NOW) is None
