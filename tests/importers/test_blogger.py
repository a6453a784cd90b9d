import zipfile
from pathlib import Path

import pytest

from service.importers.incoming_comments import Remark
from service.importers.source_file import BadSource
from tests.importers.export_files import FOLDER, read_path, recognised, told

FEED = (FOLDER / "blogger-takeout.atom").read_bytes()


def takeout(path: Path, **feeds: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Takeout/Blogger/Albums/Garden/rose.jpg", b"\xff\xd8\xff\0")
        for blog, feed in feeds.items():
            archive.writestr(f"Takeout/Blogger/Blogs/{blog}/settings.csv", "a,b\n")
            archive.writestr(f"Takeout/Blogger/Blogs/{blog}/feed.atom", feed)
            archive.writestr(f"Takeout/Blogger/Blogs/{blog}/theme-layouts.xml", "<html/>")
    return path


def test_the_feed_of_a_takeout_is_found_in_its_zip(tmp_path: Path) -> None:
    path = takeout(tmp_path / "takeout.zip", garden=FEED)
    assert recognised(path) == "blogger"
    assert told(read_path(path)) == (FOLDER / "blogger-takeout.atom.told").read_text()


def test_of_several_blogs_one_has_to_be_chosen(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="several blogs"):
        read_path(takeout(tmp_path / "takeout.zip", garden=FEED, kitchen=FEED))


def test_a_broken_feed_is_read_on_behind_the_break(tmp_path: Path) -> None:
    entries = FEED.decode().split("<entry>")
    entries[2] = entries[2].replace("</entry>", "Tom & Jerry</entry>")
    feed = tmp_path / "feed.atom"
    feed.write_text("<entry>".join(entries))
    whole, broken = read_path(FOLDER / "blogger-takeout.atom"), read_path(feed)
    assert [item for item in broken if not isinstance(item, Remark)] == whole
    assert any(isinstance(item, Remark) for item in broken)


def test_an_id_may_hold_any_number_of_digits(tmp_path: Path) -> None:
    """Looked at again from each of them, these would take hours."""
    feed = tmp_path / "feed.atom"
    feed.write_bytes(FEED.replace(b".post-", b".post-" + b"7" * 200_000 + b"-", 1))
    whole = read_path(FOLDER / "blogger-takeout.atom")
    assert len(read_path(feed)) == len(whole)
