from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from service.importers import typed_values
from tests.rows import each_row


@each_row(
    ("value", "right"),
    [
        (1619758876, "2021-04-30T05:01:16"),
        (1619758876000, "2021-04-30T05:01:16"),
        ("1619758876", "2021-04-30T05:01:16"),
        (1577880000.25, "2020-01-01T12:00:00.250000"),
        (Decimal("1577880000.25"), "2020-01-01T12:00:00.250000"),
        ("2016-08-14T05:13:13.0000000Z", "2016-08-14T05:13:13"),
        ("2012-09-07 22:47:23 -0400", "2012-09-08T02:47:23"),
        ("2021-10-28 20:50:15 +0800 CST", "2021-10-28T12:50:15"),
        ({"__type": "Date", "iso": "2022-11-25T04:04:24.047Z"}, "2022-11-25T04:04:24.047000"),
        ({"$date": {"$numberLong": "1692506074503"}}, "2023-08-20T04:34:34.503000"),
    ],
)
def test_a_date_is_read_however_it_is_written(value: Any, right: str) -> None:
    assert typed_values.date(value) == datetime.fromisoformat(right).replace(tzinfo=UTC)


@each_row(
    "value",
    [
        None,
        True,
        "",
        "soon",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00Z",
        -1,
        10**400,
        float("inf"),
        float("nan"),
        [],
        {"$date": []},
    ],
)
def test_what_is_no_date_is_none(value: Any) -> None:
    assert typed_values.date(value) is None


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("a\r\nb\0\x07", "a\r\nb"),
        (7, "7"),
        (7.0, "7"),
        (True, ""),
        (None, ""),
        ([], ""),
        ({"$numberInt": "3"}, "3"),
        ("\ud800", "?"),
    ],
)
def test_a_text_is_what_can_be_stored_as_one(value: Any, right: str) -> None:
    assert typed_values.text(value) == right


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (12, "12"),
        (" 12 ", "12"),
        ("0", ""),
        (0, ""),
        ("root", ""),
        (None, ""),
        ("null", ""),
        ({"$oid": "5f"}, "5f"),
        (10**400, ""),
    ],
)
def test_an_id_is_a_text_and_none_is_empty(value: Any, right: str) -> None:
    assert typed_values.number(value, ("0", "root")) == right


def test_an_email_address_is_one_or_nothing() -> None:
    given = (
        "mara@example.org",
        " mara@example.org ",
        "0a577c41cde30752036471c926d94515",
        "none@wordpress.disqus.net",
        None,
        7,
    )
    assert [typed_values.email(each) for each in given] == ["mara@example.org", "mara@example.org", "", "", "", ""]
