"""Email addresses of comments."""

from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from service.comments.validation import ORDINARY_ADDRESS, valid_email

_PART = st.from_regex(r"[A-Za-z0-9_+-]{1,70}(\.[a-z0-9]{1,3})?", fullmatch=True)
_LABEL = st.from_regex(r"[A-Za-z0-9-]{1,66}|xn--[a-z0-9-]{1,9}", fullmatch=True)
_ENDING = st.sampled_from(["com", "ORG", "de", "zz", "info", "test", "local", "onion", "arpa", "c1", "x"])


@given(_PART, st.lists(_LABEL, max_size=3), _ENDING)
def test_an_address_taken_for_ordinary_is_one_for_the_library(name: str, labels: list[str], ending: str) -> None:
    address = f"{name}@{'.'.join([*labels, ending])}"
    if ORDINARY_ADDRESS.fullmatch(address):
        validate_email(address, check_deliverability=False, test_environment=True)


def test_other_addresses_are_left_to_the_library() -> None:
    assert valid_email("jörg@bücher.example")
    assert not valid_email("a@b@example.org")
    assert not valid_email("a..b@example.org")
    assert not valid_email("ada@example.org\n")
