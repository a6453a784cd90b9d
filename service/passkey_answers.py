"""What browsers and we say to each other about passkeys (WebAuthn): challenges, options, valid answers.

A challenge is the hash of a signed token that the form sends back, so nothing is stored before an answer arrives.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from itsdangerous import BadData

from service.secret_keys import Keyring
from service.web_origin import is_this_machine, origin_of

T = TypeVar("T")

CHALLENGE_LIFETIME = timedelta(minutes=30)
LONGEST_ANSWER = 20_000
NOBODY = 0
"""Whose challenge that of the login page is: it is not known yet who answers."""

_ALGORITHMS = (-8, -7, -257)
"""EdDSA, ECDSA with P-256, RSA (COSE's numbers)."""
_SECONDS_TO_ANSWER = 300


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """What a device is to sign. ``token`` comes back with the answer."""

    token: str
    issued_at: datetime

    @property
    def text(self) -> str:
        """As the browser is given it."""
        return _to_text(self.nonce)

    @property
    def nonce(self) -> bytes:
        """The bytes that are signed."""
        return hashlib.sha256(self.token.encode()).digest()


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that a device has made."""

    credential: bytes
    public_key: bytes
    uses: int
    host: str


@dataclass(frozen=True, slots=True)
class StoredPasskey:
    """What is needed to check an answer."""

    id: int
    admin_id: int
    public_key: bytes
    uses: int
    host: str


def issue(keyring: Keyring, admin_id: int, purpose: str, at: datetime) -> PasskeyChallenge:
    """A challenge for an admin, or for ``NOBODY``."""
    microseconds = int(at.timestamp() * 1_000_000)
    token = keyring.serializer("passkey").dumps([purpose, admin_id, microseconds, secrets.token_urlsafe(16)])
    return PasskeyChallenge(str(token), datetime.fromtimestamp(microseconds / 1_000_000, UTC))


def read_challenge(keyring: Keyring, token: str, admin_id: int, purpose: str, at: datetime) -> PasskeyChallenge | None:
    """The challenge of a token; None if it is too old, another's, for another purpose, or not ours."""
    try:
        made_for, whose, microseconds, _ = keyring.serializer("passkey").loads(token[:500])
        issued_at = datetime.fromtimestamp(int(microseconds) / 1_000_000, UTC)
    except (BadData, ValueError, TypeError):
        return None
    is_meant = (made_for, whose) == (purpose, admin_id) and issued_at <= at < issued_at + CHALLENGE_LIFETIME
    return PasskeyChallenge(token, issued_at) if is_meant else None


def creation_options(challenge: PasskeyChallenge, admin_id: int, name: str, others: Sequence[bytes]) -> dict[str, Any]:
    """What the browser is asked to make a passkey by; bytes as base64url. ``others``: credentials that there are."""
    return {
        "challenge": challenge.text,
        "rp": {"name": "Leave a Reply"},
        "user": {"id": _to_text(f"admin {admin_id}".encode()), "name": name, "displayName": name},
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in _ALGORITHMS],
        "timeout": _SECONDS_TO_ANSWER * 1000,
        "attestation": "none",
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "excludeCredentials": _named(others),
    }


def request_options(challenge: PasskeyChallenge, allowed: Sequence[bytes] = ()) -> dict[str, Any]:
    """What the browser is asked to sign by; with ``allowed`` credentials, or any that it has for this host."""
    return {
        "challenge": challenge.text,
        "timeout": _SECONDS_TO_ANSWER * 1000,
        "userVerification": "required",
        "allowCredentials": _named(allowed),
    }


def own_origins(public_url: str) -> set[str]:
    """The origins of our own pages, which the owner has set: a request may name any host. Browsers make passkeys for
    names only, so where the address is a number of this machine, its name ``localhost`` is meant, too."""
    origin = origin_of(public_url)
    parts = urlsplit(origin)
    port = f":{parts.port}" if parts.port else ""
    return {origin, f"{parts.scheme}://localhost{port}"} if is_this_machine(parts.hostname or "") else {origin}


def verify_new(answer: str, challenge: PasskeyChallenge, origins: Collection[str]) -> NewPasskey | None:
    """The passkey that an answer of a browser brings; None if it is not valid. ``origins``: those of our own pages."""

    def verify(origin: str, host: str) -> NewPasskey:
        from webauthn import verify_registration_response  # takes 25 MB, which a service without passkeys can save

        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge.nonce,
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
        return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count, host)

    return _checked(answer, origins, verify)


def verify(answer: str, challenge: PasskeyChallenge, origins: Collection[str], stored: StoredPasskey) -> int | None:
    """The device's new count of uses, if the answer is signed by this passkey; else None."""

    def check(origin: str, host: str) -> int | None:
        from webauthn import verify_authentication_response  # see above

        if host != stored.host:
            return None
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.nonce,
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=stored.public_key,
            credential_current_sign_count=stored.uses,
            require_user_verification=True,
        )
        return verified.new_sign_count

    return _checked(answer, origins, check)


def credential_of(answer: str) -> bytes:
    """The id of the credential that an answer names; empty if it names none."""
    try:
        return _to_bytes(json.loads(answer[:LONGEST_ANSWER])["rawId"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return b""


def _checked(answer: str, origins: Collection[str], check: Callable[[str, str], T]) -> T | None:
    """What ``check`` says of an answer that names one of our origins; None if it raises."""
    if len(answer) > LONGEST_ANSWER:
        return None
    try:
        client_data = json.loads(_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
        origin = client_data["origin"]
        return check(origin, urlsplit(origin).hostname or "") if origin in origins else None
    except Exception:  # whatever a parser of the library trips over, the answer is not valid
        return None


def _named(credentials: Sequence[bytes]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": _to_text(each)} for each in credentials]


def _to_text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def _to_bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
