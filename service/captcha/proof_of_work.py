"""Proof of work as ALTCHA's widget and libraries solve it: version 2, deterministic form (altcha.org/docs/v2).

The server draws a counter and derives a key from it. The client must find the counter whose key has the given prefix,
trying from 0 on. A second signature, over the key, makes checking cheap and rejects a proof without work (PyPI altcha
2.0.0 to 2.0.2 accepted one).
"""

import base64
import hashlib
import hmac
import json
import secrets
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

from service.captcha.difficulty import WITH_WORK
from service.captcha.passes import Pass
from service.secret_keys import Keyring

LIFETIME = timedelta(minutes=20)
COST = 5000
"""Rounds of PBKDF2 per try: 1.3 ms on one core."""

TRIES = (200, 1000)
"""Least and most tries; the number is drawn for each challenge. The mean takes 0.8 seconds on one core."""

LONGEST = 4096


class Proofs:
    """Issues challenges and reads proofs, without I/O. Whether one was used is recorded in the database."""

    def __init__(self, keyring: Keyring) -> None:
        self._keys = [*reversed(keyring.derive("altcha").values())]

    def issue(
        self, site_id: int, action: str, now: datetime, lifetime: timedelta = LIFETIME, times: int = 1
    ) -> dict[str, Any]:
        """A challenge with ALTCHA's field names, for ``times`` the usual number of tries."""
        nonce, salt = secrets.token_bytes(16), secrets.token_bytes(16)
        counter = times * (TRIES[0] + secrets.randbelow(TRIES[1] - TRIES[0] + 1))
        derived = hashlib.pbkdf2_hmac("sha256", nonce + struct.pack(">I", counter), salt, COST)
        parameters = {
            "algorithm": "PBKDF2/SHA-256",
            "cost": COST,
            "data": {"action": action, "site": site_id, "times": times},
            "expiresAt": int((now + lifetime).timestamp()),
            "keyLength": len(derived),
            "keyPrefix": derived[:16].hex(),
            "keySignature": _sign(self._keys[0], b"key|" + derived),
            "nonce": nonce.hex(),
            "salt": salt.hex(),
        }
        return {"parameters": parameters, "signature": _sign(self._keys[0], _canonical(parameters))}

    def read(self, text: str, hostname: str, times: int = 1) -> Pass | None:
        """A pass for a valid proof, with the nonce of its challenge; None for an invalid proof, or for less than
        ``times`` the usual work."""
        if len(text) > LONGEST:
            return None
        try:
            payload = json.loads(base64.b64decode(text, validate=True))
            parameters, signature = payload["challenge"]["parameters"], payload["challenge"]["signature"]
            derived = bytes.fromhex(payload["solution"]["derivedKey"])
            signed = _canonical(parameters)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        if not any(_is_solved(key, signed, signature, parameters, derived) for key in self._keys):
            return None
        return _pass(parameters, hostname) if parameters["data"].get("times", 1) >= times else None


def _is_solved(key: bytes, signed: bytes, signature: Any, parameters: dict[str, Any], derived: bytes) -> bool:
    """Whether both signatures are ours. The first is checked before the parameters are used."""
    return _equal(signature, _sign(key, signed)) and _equal(parameters["keySignature"], _sign(key, b"key|" + derived))


def _pass(parameters: dict[str, Any], hostname: str) -> Pass:
    expires_at = datetime.fromtimestamp(parameters["expiresAt"], UTC)
    data = parameters["data"]
    nonce = bytes.fromhex(parameters["nonce"])
    began_at = expires_at - LIFETIME
    return Pass(nonce, data["site"], hostname, data["action"], "", began_at, expires_at, WITH_WORK, worked=True)


def _canonical(parameters: Any) -> bytes:
    """JSON as ALTCHA signs it: sorted and compact. Values are ASCII and integers, so JSON libraries agree on them."""
    return json.dumps(parameters, sort_keys=True, separators=(",", ":")).encode()


def _sign(key: bytes, signed: bytes) -> str:
    return hmac.digest(key, signed, "sha256").hex()


def _equal(given: Any, ours: str) -> bool:
    return isinstance(given, str) and given.isascii() and hmac.compare_digest(given.lower(), ours)
