"""The cache of parsed query strings is bounded by bytes."""

from collections.abc import Iterator

import pytest

from service.web.http.reader_params import MAX_CACHED_QUERY, cached_query, read_query


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cached_query.cache_clear()
    yield
    cached_query.cache_clear()


def query(number: int, length: int) -> bytes:
    return f"page=https://blog.example/{number}&x=".encode().ljust(length, b"x")


def test_a_usual_query_is_parsed_once() -> None:
    for _ in range(5):
        assert read_query(query(1, 100)).page == "https://blog.example/1"
    assert cached_query.cache_info().misses == 1


def test_long_queries_are_read_and_not_kept() -> None:
    for number in range(100):
        assert read_query(query(number, 31_000)).page == f"https://blog.example/{number}"
    assert cached_query.cache_info().currsize == 0


def test_the_bytes_that_are_kept_have_a_bound() -> None:
    lengths = [MAX_CACHED_QUERY - 1, MAX_CACHED_QUERY, MAX_CACHED_QUERY + 1]
    for length in lengths:
        read_query(query(length, length))
    assert cached_query.cache_info().currsize == 2
    assert MAX_CACHED_QUERY * (cached_query.cache_info().maxsize or 0) <= 4 * 1024 * 1024
