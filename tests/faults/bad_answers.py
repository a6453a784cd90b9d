"""Tokens and answers that must never be accepted: missing, empty, malformed, doubled, spliced, foreign, late, wrong."""

import base64
import random
from datetime import datetime, timedelta

from service.captcha import Captcha
from service.captcha.challenge_token import TOKEN_LIFETIME
from service.secret_keys import Keyring
from tests.reader import solve

Pairs = list[tuple[str, str]]
SITE_ID, PAGE_KEY = 1, "https://blog.example/post"
POOL = 300
_JUNK = "abcXYZ019-_.=+/ %&\x00\x07\ud800é٣８🙂\u202e\n'\"<>;\\"
_WRONG = (
    "{0}.0",
    "-{0}",
    "+{0}",
    "{0}{0}",
    "{0} {0}",
    "0x{0}",
    "{0}e0",
    "[{0}]",
    "{0} or 1=1",
    "≠{0}",
    "{0}/1",
    "{0}\x00",
)
_NOTHING = ("", " ", "\t\r\n", "\u200b", "\u3000", "None", "null", "undefined", "true", "nan", "∞", "९९९", "𝟗𝟗")


class BadAnswers:
    """Draws pairs of ``captcha`` and ``captcha_token`` that hold no right answer. Seeded, so that a failure repeats."""

    def __init__(self, captcha: Captcha, now: datetime, seed: int) -> None:
        self._chance = random.Random(seed)
        self._kinds = [
            self._missing, self._empty, self._wrong, self._mangled, self._spliced, self._doubled,
            self._foreign, self._late, self._junk, self._long,
        ]  # fmt: skip
        forger = Captcha(Keyring(("a forger has the source but not the key 5!",)))
        soon, late = now - timedelta(seconds=20), now - TOKEN_LIFETIME
        self._pool = {
            "ours": [_issue(captcha, SITE_ID, PAGE_KEY, soon) for _ in range(POOL)],
            "foreign": [
                *(_issue(forger, SITE_ID, PAGE_KEY, soon) for _ in range(POOL)),
                *(_issue(captcha, SITE_ID + 1, PAGE_KEY, soon) for _ in range(POOL)),
                *(_issue(captcha, SITE_ID, PAGE_KEY + "/", soon) for _ in range(POOL)),
            ],
            "late": [_issue(captcha, SITE_ID, PAGE_KEY, late - timedelta(milliseconds=n**3)) for n in range(POOL)],
        }

    def draw(self) -> Pairs:
        """One attempt."""
        return self._chance.choice(self._kinds)()

    def _issue(self, kind: str = "ours") -> tuple[str, str]:
        """The right answer, and its token: one of the pool, as issuing takes longer than judging."""
        return self._chance.choice(self._pool[kind])

    def _missing(self) -> Pairs:
        answer, token = self._issue()
        return self._chance.choice([[], [("captcha", answer)], [("captcha_token", token)]])

    def _empty(self) -> Pairs:
        answer, token = self._issue()
        nothing = self._chance.choice(_NOTHING)
        return _pairs(*self._chance.choice([(nothing, token), (answer, nothing), (nothing, nothing)]))

    def _wrong(self) -> Pairs:
        answer, token = self._issue()
        another = str(int(answer) + self._chance.choice([-2, -1, 1, 2, 100]))
        return _pairs(self._chance.choice([another, self._chance.choice(_WRONG).format(answer)]), token)

    def _mangled(self) -> Pairs:
        """A character of the token changed, left out or put in; cut short; turned round; in other letters."""
        answer, token = self._issue()
        at, letter = self._chance.randrange(len(token)), self._chance.choice(_JUNK)
        mangled = self._chance.choice([
            token[:at] + letter + token[at + 1 :], token[:at] + token[at + 1 :], token[:at] + letter + token[at:],
            token[:at], token[at:], token[::-1], token.swapcase(), token.upper(), token + token, letter + token,
        ])  # fmt: skip
        return _pairs(answer, mangled) if not _same(mangled, token) else self._mangled()

    def _spliced(self) -> Pairs:
        """The payload of one token with the signature of another."""
        (answer, token), (other_answer, other) = self._chance.sample(self._pool["ours"], 2)
        spliced = f"{token.rpartition('.')[0]}.{other.rpartition('.')[2]}"
        return _pairs(self._chance.choice([answer, other_answer]), spliced)

    def _doubled(self) -> Pairs:
        """A field twice: two readers of such a form may disagree on what it says."""
        answer, token = self._issue()
        pairs = _pairs(answer, token)
        return self._chance.choice([pairs + pairs, [*pairs, ("captcha", answer)], [("captcha_token", ""), *pairs]])

    def _foreign(self) -> Pairs:
        """Another key, another site, another page."""
        return _pairs(*self._issue("foreign"))

    def _late(self) -> Pairs:
        return _pairs(*self._issue("late"))

    def _junk(self) -> Pairs:
        return _pairs(self._letters(self._chance.randrange(50)), self._letters(self._chance.randrange(300)))

    def _long(self) -> Pairs:
        answer, token = self._issue()
        return self._chance.choice(
            [_pairs(answer * 1000, token), _pairs(answer, token * 10), _pairs(answer, "a" * 5000)]
        )

    def _letters(self, count: int) -> str:
        return "".join(self._chance.choices(_JUNK, k=count))


def _issue(captcha: Captcha, site_id: int, page_key: str, now: datetime) -> tuple[str, str]:
    challenge = captcha.issue(site_id, page_key, now)
    return solve(challenge.question), challenge.token


def _pairs(answer: str, token: str) -> Pairs:
    return [("captcha", answer), ("captcha_token", token)]


def _same(mangled: str, token: str) -> bool:
    """Whether this is another spelling of the token: base64 passes over foreign characters and spare bits."""
    payload, _, signature = mangled.rpartition(".")
    return payload == token.rpartition(".")[0] and _decoded(signature) == _decoded(token.rpartition(".")[2])


def _decoded(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    try:
        return base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except ValueError:
        return raw
