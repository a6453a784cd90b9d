import zipfile
from pathlib import Path

import pytest

from service.importers.source import BadSource
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
