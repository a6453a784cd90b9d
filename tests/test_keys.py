"""The secret is made once, kept to its owner, and rotated by a list."""

import stat
from pathlib import Path

import pytest
from itsdangerous import BadSignature

from service.keys import Keyring, WeakSecret, load_keyring, rotate, secret_path
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
