"""POST /counts with many or costly addresses neither stops the event loop nor takes quadratic time."""

import json
import threading

import idna
import pytest
from starlette.testclient import TestClient

from service import page_address

SITE = "https://blog.example"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough, since only addresses are read."""
    return sqlite_url


@pytest.fixture
def threads(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each address that is read: whether the event loop read it."""
    threads: list[bool] = []
    canonical = page_address.canonical
    assert client.portal
    loop_thread = client.portal.call(threading.get_ident)

    def counted(address: str) -> str:
        threads.append(threading.get_ident() == loop_thread)
        return canonical(address)

    monkeypatch.setattr(page_address, "canonical", counted)
    return threads


def count(client: TestClient, pages: list[str]) -> dict[str, int | None]:
    answer = client.post("/counts", content=json.dumps({"pages": pages}, ensure_ascii=False).encode())
    assert answer.status_code == 200
    counts: dict[str, int | None] = answer.json()["counts"]
    return counts


def test_few_addresses_are_read_at_once(client: TestClient, threads: list[bool]) -> None:
    assert count(client, [f"{SITE}/few/{number}" for number in range(20)]) != {}
    assert threads == [True] * 20


def test_many_addresses_are_read_off_the_event_loop(client: TestClient, threads: list[bool]) -> None:
    counts = count(client, [f"{SITE}/many/{number}" for number in range(500)])
    assert set(counts.values()) == {0}
    assert threads == [False] * 500


def test_long_addresses_are_read_off_the_event_loop(client: TestClient, threads: list[bool]) -> None:
    count(client, [f"{SITE}/{number}?{'a=%C3%A4&' * 45}" for number in range(19)])
    assert threads == [False] * 19


def test_an_address_is_read_once(client: TestClient, threads: list[bool]) -> None:
    for _ in range(2):
        count(client, [f"{SITE}/again/{number % 50}" for number in range(500)])
    assert len(threads) == 50


def test_a_host_name_that_is_too_long_never_reaches_idna(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[str] = []
    remap = idna.uts46_remap

    def counted(host: str, *, std3_rules: bool, transitional: bool) -> str:
        hosts.append(host)
        return remap(host, std3_rules=std3_rules, transitional=transitional)

    monkeypatch.setattr(idna, "uts46_remap", counted)
    assert set(count(client, [f"https://{number}{'ä' * 3800}/" for number in range(30)]).values()) == {None}
    assert hosts == []
    count(client, ["https://bücher.example/"])
    assert hosts == ["bücher.example"]
