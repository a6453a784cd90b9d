import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.importers import json_stream
from service.importers.incoming_comments import UnreadablePart
from service.importers.json_stream import json_keys, json_lines, json_rows, json_values
from service.importers.source_file import BadSource, Source


def source(text: str | bytes) -> Source:
    return Source(io.BytesIO(text.encode() if isinstance(text, str) else text))


def test_the_values_at_the_places_are_given_with_their_places() -> None:
    text = '{"n": 1, "data": {"Comment": [{"a": [1, {"b": 2.5}]}, "x", null], "Users": [{"c": true}]}, "rest": [[]]}'
    found = list(json_values(source(text), {"data.Comment[]", "data.Users[]", "n"}))
    assert [place for place, _ in found] == ["n", *["data.Comment[]"] * 3, "data.Users[]"]
    assert found[1][1]["a"][0] == 1
    assert float(found[1][1]["a"][1]["b"]) == 2.5
    assert [value for _, value in found[2:]] == ["x", None, {"c": True}]


def test_several_documents_in_one_file_are_read_one_after_the_other() -> None:
    assert [value for _, value in json_values(source("[1]\n[2][3]"), {"[]"})] == [1, 2, 3]


def test_a_document_that_is_cut_short_gives_what_is_whole() -> None:
    values = json_values(source('[{"a": 1}, {"a": 2}, {"a'), {"[]"})
    assert [next(values)[1], next(values)[1]] == [{"a": 1}, {"a": 2}]
    with pytest.raises(BadSource, match="is broken after value 2;"):
        next(values)


@pytest.mark.parametrize(
    "text",
    ["", "words", "\0\1\2", "{]", "[" * 1_000_000, '{"a":' * 1_000_000, '[{"a":' * 1000, "[1e999999999]", "9" * 5000],
)
def test_what_is_no_json_is_refused_with_a_sentence_or_gives_nothing(text: str) -> None:
    for places in ({"[]"}, {"", "x"}):
        with suppress(BadSource):
            assert [value for _, value in json_values(source(text), places)] in (
                [],
                [float("inf")],
                [[float("inf")]],
                [None],
            )


def test_a_number_that_no_number_type_holds_is_none() -> None:
    text = "[" + "9" * 5000 + ", -" + "9" * 5000 + ", 12345678901234567890123, NaN]"
    assert [value for _, value in json_values(source(text), {"[]"})] == [None, None, 12345678901234567890123, None]


TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")))
NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS


@given(st.recursive(SCALARS, st.lists), st.data())
def test_a_document_may_be_read_in_pieces_of_any_size(value: object, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_AT_ONCE", data.draw(st.integers(1, 50)))
        text = json.dumps({"other": value, "a": {"b": [value, value]}}, ensure_ascii=data.draw(st.booleans()))
        assert [found for _, found in json_values(source(text), {"a.b[]"})] == [value, value]


def test_utf_16_and_bytes_of_no_encoding_are_read() -> None:
    assert list(json_values(source('["é"]'.encode("utf-16")), {"[]"})) == [("[]", "é")]
    assert list(json_values(source(b'["\xe9"]'), {"[]"})) == [("[]", "\ufffd")]


def test_lines_are_read_with_their_places_and_broken_ones_passed_over() -> None:
    text = '#filetype:x\n{"a": 1} {"a": 2}\n\nbroken\n{"a": 3}{"a": \n' + "[" * 100_000 + '\r\n{"a": 4}'
    found = list(json_lines(source(text)))
    assert [item for item in found if not isinstance(item, UnreadablePart)] == [
        ("line 2", {"a": 1}),
        ("line 2", {"a": 2}),
        ("line 5", {"a": 3}),
        ("line 7", {"a": 4}),
    ]
    assert [item.place for item in found if isinstance(item, UnreadablePart)] == ["line 4", "line 5", "line 6"]


def test_rows_are_those_of_lines_if_the_first_line_is_a_comment() -> None:
    assert list(json_rows(source('{"c": 1}\n{"c": 2}'), {"[]"}, "c")) == [("line 1", {"c": 1}), ("line 2", {"c": 2})]
    assert list(json_rows(source('{"data": [{"c": 1}, 5]}'), {"data[]"}, "c")) == [
        ("value 1", {"c": 1}),
        UnreadablePart("a value that is not a comment", "value 2"),
    ]


def test_keys_are_those_of_json_only() -> None:
    assert json_keys(source(' [{"a": 1, "b.c": {"_id" : 2}}]').opening()) == {"a", "_id"}
    assert json_keys(source('<a title="x": 1>').opening()) == set()
