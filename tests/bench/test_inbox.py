"""The table of the moderators' list says where an aim is missed."""

from bench import inbox
from bench.inbox import ListAnswer


def test_a_cell_compares_with_the_first_size_that_shows_as_many_rows() -> None:
    found = {
        (name, size): ListAnswer([10.0] * 20, [20.0] * 20, 25) for name in inbox.ASKED for size in (100, 1000, 10_000)
    }
    found["the list", 100] = ListAnswer([2.0] * 20, [20.0] * 20, 8)
    found["the list", 10_000] = ListAnswer([16.0] * 20, [20.0] * 20, 25)
    found["day", 1000] = ListAnswer([10.0] * 18 + [90.0] * 2, [20.0] * 20, 25)
    lines = inbox.table(found, (100, 1000, 10_000)).splitlines()
    assert lines[0] == "| what is asked | 100 | 1,000 | 10,000 |"
    rows = {line.split(" | ")[0].lstrip("| "): line for line in lines}
    assert rows["the list"] == "| the list | 2, 2 (0.20) | 10, 10 (1.00) | 16, 16 (1.60) ✗ |"
    assert rows["day"] == "| day | 10, 10 (1.00) | 10, 90 (1.00) ✗ | 10, 10 (1.00) |"
