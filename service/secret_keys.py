"""Secrets: a key for each purpose, derived from one master, which a list of masters rotates."""

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

from db.sqlite_file import make_folder
from service.settings import Settings

MIN_LENGTH = 32
_SAMPLES = ("change", "secret", "example", "password", "xxxxxxxx", "0123456789")


class WeakSecret(ValueError):
    """The secret is too short, empty, or a published example."""


class _Uncompressed(URLSafeSerializer):
    """Does not try to compress: with so few bytes that saves nothing and takes longer than the signature."""

    def dump_payload(self, obj: Any) -> bytes:
        return base64_encode(Serializer.dump_payload(self, obj))


class Keyring:
    """Keys for each purpose, derived from the masters. The last master is the newest and signs; the others verify."""

    def __init__(self, masters: tuple[str, ...]) -> None:
        for master in masters:
            _refuse_weak(master)
        self._masters = masters
        self._serializers: dict[str, URLSafeSerializer] = {}

    def derive(self, purpose: str) -> dict[str, bytes]:
        """Key id → 32-byte key of this purpose, oldest first."""
        return {hashlib.sha256(master.encode()).hexdigest()[:6]: _hkdf(master, purpose) for master in self._masters}

    def newest(self, purpose: str) -> bytes:
        """The newest 32-byte key of this purpose."""
        return _hkdf(self._masters[-1], purpose)

    def serializer(self, purpose: str) -> URLSafeSerializer:
        """A serializer that signs JSON for one purpose. It rejects values signed for another."""
        if purpose not in self._serializers:
            self._serializers[purpose] = _Uncompressed(
                [*self.derive(f"sign/{purpose}").values()],  # already derived: itsdangerous must not derive again
                signer_kwargs={"key_derivation": "none", "digest_method": hashlib.sha256},
            )
        return self._serializers[purpose]

    @cached_property
    def _privacy(self) -> list[bytes]:
        return list(self.derive("privacy").values())

    def pseudonym(self, kind: str, value: str) -> bytes:
        """A 16-byte keyed hash to store instead of a value. ``kind`` keeps equal values of different kinds apart."""
        return self.pseudonyms(kind, value)[-1]

    def pseudonyms(self, kind: str, value: str) -> list[bytes]:
        """The pseudonyms by every valid key, newest last."""
        text = f"{kind}|{value}".encode("utf-8", "surrogatepass")
        return [keyed_hash(key, text)[:16] for key in self._privacy]


Purpose = Literal["author", "preview", "mail-confirm", "mail-unsubscribe"]


def sign_comment(
    keyring: Keyring, purpose: Purpose, site_id: int, comment_id: int, until: datetime | None = None
) -> str:
    """A token that lets its holder do one thing with one comment: prove authorship, view and edit, confirm mail, or
    unsubscribe. It does not expire unless ``until`` is given.
    """
    return str(keyring.serializer(purpose).dumps([site_id, comment_id, int(until.timestamp()) if until else 0]))


def signed_comment(keyring: Keyring, purpose: Purpose, token: str, now: datetime) -> tuple[int, int] | None:
    """(site_id, comment_id) of a token; None if it is invalid, for another purpose, or expired."""
    if not token:
        return None
    try:
        site_id, comment_id, *ends = keyring.serializer(purpose).loads(token[:500])  # tokens of 0.1.0 have no end
        comment, end = (int(site_id), int(comment_id)), int(ends[0]) if ends else 0
    except (BadData, ValueError, TypeError):
        return None
    return None if end and end <= now.timestamp() else comment


def keyed_hash(key: bytes, text: bytes) -> bytes:
    """A 32-byte keyed BLAKE2b hash (RFC 7693), which takes a key by design.

    A short text takes a microsecond, without releasing the interpreter lock as ``hmac`` does.
    """
    return hashlib.blake2b(text, key=key, digest_size=32).digest()


def _hkdf(master: str, purpose: str) -> bytes:
    return hmac.digest(master.encode(), f"leave-a-reply/{purpose}".encode(), "sha256")


def _refuse_weak(secret: str) -> None:
    if len(secret) < MIN_LENGTH:
        raise WeakSecret(f"REPLY_SECRET must have at least {MIN_LENGTH} characters. Omit it, and a secret is created.")
    if len(set(secret)) < 10 or any(sample in secret.lower() for sample in _SAMPLES):
        raise WeakSecret("REPLY_SECRET looks like a published example. Omit it, and a secret is created.")


def load_keyring(settings: Settings) -> Keyring:
    """The keys of this installation. Without ``REPLY_SECRET`` they come from the secret's file, which is created with
    mode 0600 if it is missing.

    Raises WeakSecret, or OSError if the file cannot be read or written.
    """
    if given := settings.secret.get_secret_value().split():
        return Keyring(tuple(given))
    path = secret_path(settings)
    if not path.exists():
        _write_new(path, secrets.token_urlsafe(48))
    try:
        masters = tuple(path.read_text(encoding="utf-8").split())
    except UnicodeDecodeError as error:
        raise WeakSecret(f"{path} is not a secret, which is text of at least {MIN_LENGTH} characters.") from error
    if not masters:
        raise WeakSecret(f"{path} is empty. Remove it, and a new secret is created.")
    return Keyring(masters)


def rotate(settings: Settings) -> Path:
    """Add a new master to the secret's file and return its path. The previous master stays valid; older ones go."""
    path = secret_path(settings)
    masters = path.read_text(encoding="utf-8").split()
    replacement = path.with_suffix(".new")
    replacement.unlink(missing_ok=True)
    _write_new(replacement, "\n".join([*masters[-1:], secrets.token_urlsafe(48)]))
    replacement.replace(path)
    return path


def secret_path(settings: Settings) -> Path:
    """The secret's file, used when ``REPLY_SECRET`` is not set."""
    return settings.secret_file or settings.data / "secret"


def _write_new(path: Path, text: str) -> None:
    """Write a file that appears only once it is complete: another process may be starting and reading it."""
    make_folder(path.parent)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # with mode 0600
    except OSError as error:
        raise OSError(f"The secret {path} cannot be created: {error.strerror}.") from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # fails if another process was first: then its secret counts
        except FileExistsError:
            return
    finally:
        temporary.unlink(missing_ok=True)
