"""A token tells nothing, passes once in its own place, and lives a day."""

import base64
import json
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.captcha import AnswerOutcome, Captcha
from service.secret_keys import Keyring
from tests.reader import solve

OLD = "old-master-aBcDeFgHiJkLmNoPqRsTuVwXyZ-987"
NEW = "new-master-ZyXwVuTsRqPoNmLkJiHgFeDcBa-456"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE = "https://blog.example/post"


@pytest.fixture(scope="module")
def captcha() -> Captcha:
    return Captcha(Keyring((OLD,)))


def judge(
    captcha: Captcha, token: str, answer: str, *, site: int = 1, page: str = PAGE, now: datetime = NOW
) -> AnswerOutcome:
    return captcha.judge(token, answer, site, page, now).outcome


def test_the_right_answer_is_right(captcha: Captcha) -> None:
    challenge = captcha.issue(1, PAGE, NOW)
    assert judge(captcha, challenge.token, solve(challenge.question)) is AnswerOutcome.RIGHT


def test_every_other_number_is_wrong(captcha: Captcha) -> None:
    challenge = captcha.issue(1, PAGE, NOW)
    right = int(solve(challenge.question))
    wrong = [judge(captcha, challenge.token, str(n)) for n in range(100) if n != right]
    assert set(wrong) == {AnswerOutcome.WRONG}


def test_a_token_of_another_site_or_page_is_invalid(captcha: Captcha) -> None:
    challenge = captcha.issue(1, PAGE, NOW)
    answer = solve(challenge.question)
    assert judge(captcha, challenge.token, answer, site=2) is AnswerOutcome.INVALID
    assert judge(captcha, challenge.token, answer, page=PAGE + "2") is AnswerOutcome.INVALID


def test_a_token_lives_a_day(captcha: Captcha) -> None:
    challenge = captcha.issue(1, PAGE, NOW)
    answer = solve(challenge.question)
    almost = NOW + timedelta(hours=23, minutes=59)
    assert judge(captcha, challenge.token, answer, now=almost) is AnswerOutcome.RIGHT
    assert judge(captcha, challenge.token, answer, now=NOW + timedelta(hours=24)) is AnswerOutcome.EXPIRED


@pytest.mark.parametrize(
    ("site", "page", "hours", "began"),
    [(1, PAGE, 23, 0), (2, PAGE, 23, 23), (1, PAGE + "2", 23, 23), (1, PAGE, 24, 24)],
    ids=["the same page", "another site", "another page", "too old"],
)
def test_a_form_is_as_old_as_the_question_it_had_on_the_same_page(
    captcha: Captcha, site: int, page: str, hours: int, began: int
) -> None:
    """A token kept for later does not end the check of haste elsewhere."""
    first, now = captcha.issue(1, PAGE, NOW), NOW + timedelta(hours=hours)
    second = captcha.issue(site, page, now, instead_of=first.token)
    third = captcha.issue(site, page, now + timedelta(minutes=1), instead_of=second.token)
    assert captcha.judge(third.token, "", site, page, now).began_at == NOW + timedelta(hours=began)


def test_all_questions_of_a_form_are_spent_together(captcha: Captcha) -> None:
    """One old token makes one form old, not as many as somebody asks for with it."""
    later = NOW + timedelta(minutes=1)
    first = captcha.issue(1, PAGE, NOW)
    second, third = (captcha.issue(1, PAGE, later, instead_of=first.token) for _ in range(2))
    fourth = captcha.issue(1, PAGE, later, instead_of=third.token)
    asked = (first, second, third, fourth)
    assert len({captcha.judge(each.token, "", 1, PAGE, later).nonce for each in asked}) == 1
    assert len({each.decoy for each in asked}) == 4
    renewed = captcha.judge(captcha.issue(1, PAGE, later, instead_of=first.token, spent=True).token, "", 1, PAGE, later)
    assert renewed.nonce != captcha.judge(first.token, "", 1, PAGE, later).nonce
    assert renewed.began_at == NOW


def test_a_question_in_place_of_a_foreign_one_begins_anew(captcha: Captcha) -> None:
    foreign = Captcha(Keyring((NEW,))).issue(1, PAGE, NOW - timedelta(hours=1))
    second = captcha.issue(1, PAGE, NOW, instead_of=foreign.token)
    assert captcha.judge(second.token, "", 1, PAGE, NOW).began_at == NOW


def test_tokens_of_the_key_before_are_good_after_a_rotation_and_those_before_it_are_not() -> None:
    challenge = Captcha(Keyring((OLD,))).issue(1, PAGE, NOW)
    answer = solve(challenge.question)
    assert judge(Captcha(Keyring((OLD, NEW))), challenge.token, answer) is AnswerOutcome.RIGHT
    assert judge(Captcha(Keyring((NEW,))), challenge.token, answer) is AnswerOutcome.INVALID


def test_a_value_signed_for_another_purpose_is_no_token(captcha: Captcha) -> None:
    stolen = (
        Keyring((OLD,)).serializer("preview").dumps({"v": 1, "n": "AAAA", "s": 1, "p": "", "l": 1, "i": 1, "e": 9e15})
    )
    assert judge(captcha, str(stolen), "8") is AnswerOutcome.INVALID


def test_the_payload_read_by_anyone_tells_nothing_of_the_answer(captcha: Captcha) -> None:
    """Equal answers and different ones give payloads that differ in nonce and time only."""
    payloads = [decode(captcha.issue(1, PAGE, NOW).token) for _ in range(200)]
    for payload in payloads:
        assert set(payload) == {"v", "n", "s", "p", "l", "i", "e", "k"}
    assert len({json.dumps({**payload, "n": ""}) for payload in payloads}) == 1
    assert len({payload["n"] for payload in payloads}) == 200


def decode(token: str) -> dict[str, object]:
    packed = token.startswith(".")
    text = token.lstrip(".").partition(".")[0]
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return dict(json.loads(zlib.decompress(raw) if packed else raw))


@given(st.text(max_size=300), st.text(max_size=50))
@example("", "8")
@example("." * 1024, "8")
@example("e30.x", "8")
def test_junk_is_never_right(token: str, answer: str) -> None:
    captcha = Captcha(Keyring((OLD,)))
    assert judge(captcha, token, answer) in (AnswerOutcome.MISSING, AnswerOutcome.INVALID)


def test_a_token_of_a_megabyte_is_invalid(captcha: Captcha) -> None:
    assert judge(captcha, "x" * 1_000_000, "8") is AnswerOutcome.INVALID


@given(st.floats(0, 1), st.text(alphabet="abcXYZ019._-=", max_size=4))
def test_a_token_spliced_or_bent_never_passes_as_another(cut: float, junk: str) -> None:
    """A bent token is refused, or means the very nonce of the token it was bent from."""
    captcha = Captcha(Keyring((OLD,)))
    one, two = captcha.issue(1, PAGE, NOW), captcha.issue(1, PAGE, NOW)
    nonces = {captcha.judge(c.token, "", 1, PAGE, NOW).nonce for c in (one, two)}
    at = round(cut * len(one.token))
    bent = one.token[:at] + junk + two.token[at:]
    judgement = captcha.judge(bent, solve(one.question), 1, PAGE, NOW)
    assert judgement.outcome in (AnswerOutcome.INVALID, AnswerOutcome.RIGHT, AnswerOutcome.WRONG)
    assert judgement.nonce in nonces | {None}
