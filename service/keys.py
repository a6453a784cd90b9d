"""Secrets: one master, a key for each purpose, and rotation by a list."""

import hashlib
import hmac
import os
import secrets
import tempfile
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from itsdangerous import BadData, Serializer, URLSafeSerializer
from itsdangerous.encoding import base64_encode

from service.settings import Settings

MIN_LENGTH = 32
_SAMPLES = ("change", "secret", "example", "password", "xxxxxxxx", "0123456789")


class WeakSecret(ValueError):
    """The secret is too short, or one that everybody knows."""


class _Uncompressed(URLSafeSerializer):
    """Without the attempt to compress, which on so few bytes gains nothing and takes longer than all the rest."""

    def dump_payload(self, obj: Any) -> bytes:
        return base64_encode(Serializer.dump_payload(self, obj))


class Keyring:
    """Keys for each purpose, derived from the masters. The newest master comes last and signs; older ones verify."""

    def __init__(self, masters: tuple[str, ...]) -> None:
        for master in masters:
            _refuse_weak(master)
        self._masters = masters
        self._serializers: dict[str, URLSafeSerializer] = {}

    def derive(self, purpose: str) -> dict[str, bytes]:
        """Key id → 32-byte key for this purpose, oldest first."""
        return {hashlib.sha256(master.encode()).hexdigest()[:6]: _hkdf(master, purpose) for master in self._masters}

    def newest(self, purpose: str) -> bytes:
        """The 32-byte key that new things of this purpose are made with."""
        return _hkdf(self._masters[-1], purpose)

    def serializer(self, purpose: str) -> URLSafeSerializer:
        """Signs JSON for one purpose; a value signed for another never passes."""
        if purpose not in self._serializers:
            self._serializers[purpose] = _Uncompressed(
                [*self.derive(f"sign/{purpose}").values()],  # a purpose has keys of its own: none is derived again
                signer_kwargs={"key_derivation": "none", "digest_method": hashlib.sha256},
            )
        return self._serializers[purpose]

    @cached_property
    def _privacy(self) -> list[bytes]:
        return list(self.derive("privacy").values())

    def pseudonym(self, kind: str, value: str) -> bytes:
        """A 16-byte keyed hash that stands for a value which is not to be kept."""
        return self.pseudonyms(kind, value)[-1]

    def pseudonyms(self, kind: str, value: str) -> list[bytes]:
        """The pseudonyms by every key that is still good, newest last."""
        text = f"{kind}|{value}".encode("utf-8", "surrogatepass")
        return [keyed_hash(key, text)[:16] for key in self._privacy]


Purpose = Literal["author", "preview", "mail-confirm", "mail-unsubscribe"]


def sign_comment(
    keyring: Keyring, purpose: Purpose, site_id: int, comment_id: int, until: datetime | None = None
) -> str:
    """A token that says something of one comment to whoever holds it, for ever if no end is given: that they wrote it,
    may see and change it, or want mail about it or none any more. It is good for one purpose alone."""
    return str(keyring.serializer(purpose).dumps([site_id, comment_id, int(until.timestamp()) if until else 0]))


def signed_comment(keyring: Keyring, purpose: Purpose, token: str, now: datetime) -> tuple[int, int] | None:
    """(site_id, comment_id) of a token; None for one that is not ours, for another purpose, or too old."""
    if not token:
        return None
    try:
        site_id, comment_id, *until = keyring.serializer(purpose).loads(token[:500])  # proofs had no end up to 0.1.0
        found, end = (int(site_id), int(comment_id)), int(until[0]) if until else 0
    except (BadData, ValueError, TypeError):
        return None
    return None if end and end <= now.timestamp() else found


def keyed_hash(key: bytes, text: bytes) -> bytes:
    """32 bytes that nobody can work out without the key (RFC 7693): of so short a text in a microsecond, and without
    letting another thread in between."""
    return hashlib.blake2b(text, key=key, digest_size=32).digest()


def _hkdf(master: str, purpose: str) -> bytes:
    return hmac.digest(master.encode(), f"leave-a-reply/{purpose}".encode(), "sha256")


def _refuse_weak(secret: str) -> None:
    if len(secret) < MIN_LENGTH:
        raise WeakSecret(f"REPLY_SECRET must have at least {MIN_LENGTH} characters; leave it out and one is made.")
    if len(set(secret)) < 10 or any(sample in secret.lower() for sample in _SAMPLES):
        raise WeakSecret("REPLY_SECRET looks like a sample. Leave it out and one is made for you.")


def load_keyring(settings: Settings) -> Keyring:
    """The keys of this installation. Without ``REPLY_SECRET``, the file is read, and made (0600) if there is none.

    Raises WeakSecret, or OSError when the file cannot be read or made.
    """
    if given := settings.secret.get_secret_value().split():
        return Keyring(tuple(given))
    path = secret_path(settings)
    if not path.exists():
        _write_new(path, secrets.token_urlsafe(48))
    masters = tuple(path.read_text(encoding="utf-8").split())
    if not masters:
        raise WeakSecret(f"{path} is empty. Remove it and a new secret is made.")
    return Keyring(masters)


def rotate(settings: Settings) -> Path:
    """Add a new master to the secret's file; the one before stays valid, older ones are dropped. Returns the file."""
    path = secret_path(settings)
    masters = path.read_text(encoding="utf-8").split()
    replacement = path.with_suffix(".new")
    replacement.unlink(missing_ok=True)
    _write_new(replacement, "\n".join([*masters[-1:], secrets.token_urlsafe(48)]))
    replacement.replace(path)
    return path


def secret_path(settings: Settings) -> Path:
    """Where the secret is kept when the environment does not hold it."""
    return settings.secret_file or settings.data / "secret"


def _write_new(path: Path, text: str) -> None:
    """Complete or not at all: another process that starts now must never read half a secret."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # with mode 0600
    half = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(half, path)  # fails when another process was first; then its secret is the one
        except FileExistsError:
            return
    finally:
        half.unlink(missing_ok=True)
