"""Two checkouts beside each other."""

import pytest

from bench import compare, load_client
from bench.rounds import READS
from bench.servers import ROOT


def test_both_sides_are_asked_for_everything_and_what_is_slower_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "COMMENTS", 8)  # in the thread that is read
    monkeypatch.setattr(
        load_client, "run", load_client.drive
    )  # here: ``test_load_client`` tries it as a process of its own
    figures = compare.measure(ROOT, ROOT, rounds=1, requests=10, posts=8)
    assert figures.keys() == {*READS, compare.POST}
    assert {len(pairs) for pairs in figures.values()} == {1}
    made_up = {"a read": [(0.001, 0.001), (0.002, 0.001), (0.001, 0.0011)], "a post": [(0.001, 0.002)]}
    assert compare.table(made_up).splitlines()[2:] == [
        "| a read | 1.000 | 1.000 | 1.000 |",
        "| a post | 1.000 | 2.000 | 2.000 slower |",
    ]
