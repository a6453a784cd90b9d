"""What is said to the peers, and about them."""

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.made_up_store import comments
from bench.peers import isso, measure_peer, peer_section, peer_tools, twikoo, waline, wordpress
from bench.peers.measure_peer import Measures
from bench.peers.peer import Peer, Running, Skipped
from bench.process_tree import Tree
from bench.results_page import Figure

OTHERS: list[type[Peer]] = [isso.Isso, waline.Waline, twikoo.Twikoo, wordpress.WordPress]
NOBODY = Running(0, Tree())


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.name)
def test_each_post_is_different_and_as_long_as_it_says(kind: type[Peer], tmp_path: Path) -> None:
    posts = kind(tmp_path).posts(NOBODY, range(5, 25), 20)
    assert len(set(posts)) == 20
    for post in posts:
        head, _, body = post.partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head.splitlines()


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.name)
def test_no_post_goes_to_the_thread_that_is_read(kind: type[Peer], tmp_path: Path) -> None:
    peer = kind(tmp_path)
    read = re.findall(rb"articles(?:%2F|/)(\d+)|p=(\d+)", peer.thread(0))[0]
    for post in peer.posts(NOBODY, range(40), 20):
        written = re.findall(rb"articles(?:%2F|/)(\d+)|comment_post_ID=(\d+)", post)[0]
        assert written != read


def test_where_replies_have_one_level_the_deeper_ones_hang_below_the_first() -> None:
    rows = {number: parent for _, number, parent, *_ in isso._rows(comments([300]))}
    replies = [parent for parent in rows.values() if parent]
    assert len(replies) > 100
    assert all(rows[parent] is None for parent in replies)


def test_a_reply_at_waline_names_its_thread_and_its_parent() -> None:
    rows = {row[0]: row for row in waline._rows(comments([300]))}
    replies = [row for row in rows.values() if row[7]]
    assert len(replies) > 100
    assert all(rows[row[8]][7] is None for row in replies)


def test_a_reply_at_twikoo_names_its_thread_and_its_parent() -> None:
    documents = {each["_id"]: each for each in twikoo._documents(comments([300]))}
    replies = [each for each in documents.values() if "pid" in each]
    assert len(replies) > 100
    assert all(reply["pid"] in documents and "rid" not in documents[reply["rid"]] for reply in replies)


def test_every_comment_is_written_into_wordpress() -> None:
    statements = list(wordpress._statements([50, 3]))
    assert sum(each.startswith("INSERT INTO wp_comments") for each in statements) == 53
    assert sum(each.startswith("INSERT INTO wp_posts") for each in statements) == 2


def test_a_tool_that_is_not_here_is_a_reason_to_skip(tmp_path: Path) -> None:
    with pytest.raises(Skipped, match=r"^no such-a-tool here$"):
        peer_tools.run(["such-a-tool"], tmp_path)


def test_a_tool_that_fails_is_a_reason_to_skip_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Skipped, match=r" failed$"):
        peer_tools.run([sys.executable, "-c", "raise SystemExit('no such package')"], tmp_path)
    assert "no such package" in capsys.readouterr().err


def test_a_server_that_ends_at_once_is_a_reason_to_skip(tmp_path: Path) -> None:
    with (
        pytest.raises(Skipped, match="does not start"),
        peer_tools.started([sys.executable, "-c", ""], tmp_path, tmp_path / "socket"),
    ):
        pass


def test_what_fails_takes_one_system_out_and_says_so(tmp_path: Path) -> None:
    class Missing(isso.Isso):
        def install(self) -> str:
            raise Skipped("no pip here")

    entry = peer_section._Entry(Missing(tmp_path), tmp_path)
    entry.attempt("prepare", peer_section.Gauge(NOBODY))
    assert entry.measures.skipped == "no pip here"


def system(**given: object) -> Measures:
    found = Measures("One", "1.2")
    found.speeds["form"] = Figure(
        "form", None, [100.0, 300.0, 200.0], [0.5, 0.4, 0.6], [1.0, 3.0, 2.0], [0.1, 0.3, 0.2]
    )
    found.values["cold start"] = [0.5, 0.7, 0.6]
    found.first_view = [1000, 2500]
    for name, value in given.items():
        setattr(found, name, value)
    return found


def rows_of(*systems: Measures) -> dict[str, list[str]]:
    lines = [line.strip("| ").split(" | ") for line in peer_section.table(list(systems)).splitlines()]
    return {name: cells for name, *cells in lines}


def test_the_table_shows_medians_with_their_ratios() -> None:
    rows = rows_of(system())
    assert rows["form: a second"] == ["200 (0.5)"]
    assert rows["form: server CPU"] == ["2.00 ms (0.2)"]
    assert rows["cold start"] == ["600 ms"]
    assert rows["first view, as it travels"] == ["3.5 kB in 2"]


def test_what_a_system_does_not_have_is_a_dash() -> None:
    assert rows_of(system(speeds={}))["form: a second"] == ["–"]
    assert rows_of(system())["thread of 10,000, warm"] == ["–"]


def test_of_a_skipped_system_the_table_shows_the_reason_and_no_figure() -> None:
    rows = rows_of(system(), system(name="Two", skipped="no npm here"))
    assert rows["version"] == ["1.2", "skipped: no npm here"]
    assert rows["form: a second"] == ["200 (0.5)", "–"]


def test_what_a_child_uses_counts() -> None:
    work = "sum(range(5_000_000)); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", work], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        child.stdout.readline()
        alone, above = Tree(child.pid), Tree(os.getpid())
        assert above.megabytes > alone.megabytes > 1
        assert above.cpu_seconds >= alone.cpu_seconds > 0
        child.communicate(b"\n")


def test_a_thread_is_read_also_if_it_came_compressed() -> None:
    assert measure_peer.unpacked(gzip.compress(b"Reader 1")) == b"Reader 1"
    assert measure_peer.unpacked(b"Reader 1") == b"Reader 1"
