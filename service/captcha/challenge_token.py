"""Tokens of challenges: signed but readable, so they hold nothing derived from the answer.

Even a hash of a small number can be guessed. A token holds nonce, site, page, level, times and key id; the sum is
derived from a keyed hash of them when it is shown and again when the answer is judged.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from itsdangerous import BadData
from itsdangerous.encoding import base64_decode, base64_encode

from service.captcha.question import GAP, derive, read_answer, spoken, written
from service.secret_keys import Keyring, keyed_hash

TOKEN_LIFETIME = timedelta(hours=24)
"""Above the 20 hours of WCAG 2.2.1, so the form has no time limit in its terms."""

_LONGEST_TOKEN = 1024
_VERSION = 2
_LIFETIME = int(TOKEN_LIFETIME.total_seconds() * 1000)


class AnswerOutcome(StrEnum):
    """The result of judging an answer. Only RIGHT admits a comment without review."""

    RIGHT = "right"
    WRONG = "wrong"
    EMPTY = "empty"
    MISSING = "missing"
    EXPIRED = "expired"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A question as shown, with the token that must accompany its answer. ``decoy`` is the name of a trap field.

    ``work`` is a proof-of-work challenge as JSON; empty below level 3.
    """

    question: str
    spoken: str
    token: str
    level: int
    expires_at: datetime
    decoy: str
    work: str = ""

    @property
    def before(self) -> str:
        """What is shown before the answer's field, where a number is missing; else nothing."""
        return around_gap(self.question)[0]

    @property
    def after(self) -> str:
        """What is shown after the answer's field, where a number is missing; else nothing."""
        return around_gap(self.question)[1]


def around_gap(question: str) -> tuple[str, str]:
    """What is shown before and after the answer's field, where a number is missing; else nothing."""
    before, gap, after = question.partition(GAP)
    return (before.strip(), after.strip()) if gap else ("", "")


@dataclass(frozen=True, slots=True)
class Judgement:
    """``nonce`` is what is spent: that of the form's first question, which this one may stand in for. None without a
    valid token. ``began_at`` is when the form got the first one."""

    outcome: AnswerOutcome
    nonce: bytes | None = None
    level: int = 0
    began_at: datetime | None = None
    expires_at: datetime | None = None
    decoy: str = ""


class Captcha:
    """Issues challenges and judges answers. Without I/O or state."""

    def __init__(self, keyring: Keyring) -> None:
        self._signer = keyring.serializer("captcha").make_signer()  # kept: to make one takes as long as to sign
        self._keys = keyring.derive("captcha")
        self._newest = next(reversed(self._keys))

    def issue(
        self,
        site_id: int,
        page_key: str,
        now: datetime,
        *,
        level: int = 1,
        language: str = "en",
        gettext: Callable[[str], str] = str,
        instead_of: str = "",
        spent: bool = False,
    ) -> Challenge:
        """A new question for a page of a site. ``instead_of`` is the token of the form's previous question; the form is
        as old as that one if it was for the same page and has not expired.

        All questions of one form can be answered once together: otherwise one old token would make any number of forms
        old. Only where the service itself has just ``spent`` the previous one, the new one can be answered, too.
        """
        nonce = secrets.token_bytes(16)
        issued = _milliseconds(now)
        expires, began = issued + _LIFETIME, ""
        if instead_of and (before := self._load(instead_of)) and _is_for(before, site_id, page_key, now):
            began = f',"b":{_began(before)}' + ("" if spent else f',"r":"{_root(before)}"')
        page = _page_digest(page_key)
        payload = (  # as JSON: every part is a number, or letters, digits, - and _
            f'{{"v":{_VERSION},"n":"{_text(nonce)}","s":{site_id},"p":"{page}","l":{level},"i":{issued},"e":{expires},'
            f'"k":"{self._newest}"{began}}}'
        )
        token = self._signer.sign(base64_encode(payload)).decode()
        return self._show(self._newest, site_id, level, expires, nonce, token, language, gettext)

    def show(self, token: str, language: str = "en", gettext: Callable[[str], str] = str) -> Challenge | None:
        """The same question again, for a form shown again for another reason; None for an invalid token."""
        payload = self._load(token)
        if payload is None:
            return None
        key, site_id, level, expires = (payload[name] for name in "ksle")
        return self._show(key, site_id, level, expires, _bytes(payload["n"]), token, language, gettext)

    def judge(
        self, token: str, answer: str, site_id: int, page_key: str, now: datetime, language: str = "en"
    ) -> Judgement:
        """Judge an answer. RIGHT requires a valid, unexpired token for this site and page."""
        if not token:
            return Judgement(AnswerOutcome.MISSING)
        payload = self._load(token)
        if payload is None or not _is_for(payload, site_id, page_key):
            return Judgement(AnswerOutcome.INVALID)
        nonce = _bytes(payload["n"])
        return Judgement(
            self._outcome(payload, nonce, answer, now, language),
            _bytes(payload["r"]) if "r" in payload else nonce,
            payload["l"],
            _instant(_began(payload)),
            _instant(payload["e"]),
            self._decoy(payload["k"], nonce),
        )

    def _outcome(
        self, payload: dict[str, Any], nonce: bytes, answer: str, now: datetime, language: str
    ) -> AnswerOutcome:
        if payload["e"] <= _milliseconds(now):
            return AnswerOutcome.EXPIRED
        if not answer.strip():
            return AnswerOutcome.EMPTY
        question = derive(self._keys[payload["k"]], nonce, payload["s"], payload["l"])
        is_right = read_answer(answer, language) == question.answer
        return AnswerOutcome.RIGHT if is_right else AnswerOutcome.WRONG

    def _show(
        self,
        key: str,
        site_id: int,
        level: int,
        expires: int,
        nonce: bytes,
        token: str,
        language: str,
        gettext: Callable[[str], str],
    ) -> Challenge:
        question = derive(self._keys[key], nonce, site_id, level)
        return Challenge(
            written(question, language),
            spoken(question, gettext, language),
            token,
            level,
            _instant(expires),
            self._decoy(key, nonce),
        )

    def _decoy(self, key: str, nonce: bytes) -> str:
        """The name of a field hidden from people. It differs for each challenge, so bots cannot learn it."""
        return "subject-" + keyed_hash(self._keys[key], b"decoy|" + nonce).hex()[:8]

    def _load(self, token: str) -> dict[str, Any] | None:
        """The payload of a token signed by this service, else None."""
        if len(token) > _LONGEST_TOKEN:
            return None
        try:
            payload = json.loads(base64_decode(self._signer.unsign(token)))
        except (BadData, ValueError):
            return None
        known = isinstance(payload, dict) and payload.get("v") == _VERSION and payload.get("k") in self._keys
        return payload if known else None


def _is_for(payload: dict[str, Any], site_id: int, page_key: str, now: datetime | None = None) -> bool:
    """Whether a token is of this page, and still valid at ``now`` if that is given."""
    is_valid = now is None or payload["e"] > _milliseconds(now)
    return bool(payload["s"] == site_id and payload["p"] == _page_digest(page_key) and is_valid)


def _began(payload: dict[str, Any]) -> int:
    return int(payload.get("b", payload["i"]))


def _root(payload: dict[str, Any]) -> str:
    """The nonce of the form's first question."""
    return str(payload.get("r", payload["n"]))


@lru_cache(maxsize=1024)
def _page_digest(page_key: str) -> str:
    return _text(hashlib.sha256(page_key.encode("utf-8", "surrogatepass")).digest()[:12])


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
