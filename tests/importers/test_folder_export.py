import io
import json
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from service.importers import folder_export, unpacking
from service.importers.folder_export import named_files
from service.importers.import_formats import read_source, recognise
from service.importers.incoming_comments import IncomingComment, UnreadablePart
from service.importers.plain_yaml import NotData, parsed
from service.importers.source_file import BadSource, Source, open_source
from tests.importers.export_files import FOLDER, comments, read_path, recognised, told

WORDS = "message: Words\nname: Mara\ndate: 2020-01-02\n"


@pytest.fixture
def site(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Writes a folder of files."""

    def write(contents: dict[str, str]) -> Path:
        for name, text in contents.items():
            path = tmp_path / "site" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "site"

    return write


@pytest.mark.parametrize("name", ["staticman", "hashover"])
def test_a_zip_of_a_folder_is_read_as_the_folder_is(name: str, tmp_path: Path) -> None:
    path = tmp_path / "site.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._x.yml", b"\0")
        for each in sorted((FOLDER / name).rglob("*.*")):
            if each.is_file():
                archive.write(each, each.relative_to(FOLDER / name))
    assert recognised(path) == name
    assert told(read_path(path)) == told(read_path(FOLDER / name))


def test_a_damaged_file_of_a_zip_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "site.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("comments/roses/a.yml", WORDS)
        archive.writestr("comments/roses/b.yml", WORDS)
    path.write_bytes(path.read_bytes().replace(b"Mara", b"Tara", 1))
    items = read_path(path, "staticman")
    assert [item for item in items if isinstance(item, UnreadablePart)] == [
        UnreadablePart("a file that is damaged in the zip", "comments/roses/a.yml")
    ]
    assert list(comments(items)) == ["b"]


def test_of_a_zip_of_several_exports_each_is_read(tmp_path: Path) -> None:
    path = tmp_path / "exports.zip"
    rows = [
        [{"id": number, "page_key": "/a", "nick": "Mara", "content": "x", "created_at": "2020-01-02"}]
        for number in (1, 2)
    ]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("READ ME.txt", "Two exports.")
        archive.writestr("b.artrans", json.dumps(rows[1]))
        archive.writestr("a.artrans", json.dumps(rows[0]))
        archive.writestr("c.artrans", json.dumps(rows[0])[:-9])
    with closing(open_source(str(path))) as source:
        name = recognise(*source.openings())
        items = list(read_source(name, source))
    assert (name, list(comments(items))) == ("artalk", ["1", "2"])
    (broken,) = (item for item in items if isinstance(item, UnreadablePart))
    assert broken.place == "c.artrans"


def test_a_zip_of_many_files_that_are_far_larger_unpacked_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(30):
            archive.writestr(f"comments/roses/{number}.yml", f"message: {'a' * 100_000}\n")
    assert len(read_path(path, "staticman")) == 30
    monkeypatch.setattr(unpacking, "_SMALL", 1024 * 1024)
    with pytest.raises(BadSource, match="far more than any export"):
        read_path(path, "staticman")


def test_a_folder_needs_a_name_and_a_zip_has_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="Name the folder"):
        list(named_files(Source(io.BytesIO(b"x")), (".yml",)))
    path = tmp_path / "cut.zip"
    path.write_bytes(b"PK\x03\x04cut")
    with closing(open_source(str(path))) as source, pytest.raises(BadSource, match="damaged"):
        list(named_files(source, (".yml",)))


def test_links_are_not_followed_and_large_files_are_passed_over(
    site: Callable[[dict[str, str]], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = site({"a.yml": WORDS, "big.yml": "x" * 200, ".git/b.yml": WORDS, "c.txt": "x"})
    (tmp_path / "outside.yml").write_text(WORDS)
    (folder / "link.yml").symlink_to(tmp_path / "outside.yml")
    (folder / "round").symlink_to(folder, target_is_directory=True)
    monkeypatch.setattr(folder_export, "_LARGEST", 100)
    with closing(open_source(str(folder))) as source:
        found = list(named_files(source, (".yml",)))
    assert found == [("a.yml", WORDS.encode()), UnreadablePart("a file that is too large for a comment", "big.yml")]


def test_of_a_whole_site_only_the_folder_of_comments_is_read(site: Callable[[dict[str, str]], Path]) -> None:
    folder = site({"_data/comments/roses/a.yml": WORDS, "_config.yml": "title: x", "_data/menu.yml": "text: Home"})
    assert list(comments(read_path(folder))) == ["a"]


@pytest.mark.parametrize(
    ("fields", "parent"),
    [
        ("_id: b\nreply_to: a", "a"),
        ("_id: b\nreplying_to: '1'", "a"),
        ("_id: b\n_parent: a", "a"),
        ("_id: b\n_parent: b", ""),
        ("_id: b\n_parent: roses", ""),
        ("_id: b\nreply_to: gone", "gone"),
        ("_id: b\nreplying_to: '99'", "99"),
        ("_id: b\nparent: 0", ""),
    ],
)
def test_an_answer_names_its_parent_in_one_of_many_ways(
    site: Callable[[dict[str, str]], Path], fields: str, parent: str
) -> None:
    later = WORDS.replace("2020", "2021")
    folder = site({"comments/roses/1.yml": f"_id: a\n{WORDS}", "comments/roses/2.yml": f"{fields}\n{later}"})
    assert comments(read_path(folder, "staticman"))["b"].parent == parent


def test_a_text_that_is_named_again_and_again_makes_no_store_full(site: Callable[[dict[str, str]], Path]) -> None:
    again = "".join(f"- {{name: Mara, date: 2020-01-02, id: {number}, message: *words}}\n" for number in range(500))
    folder = site({"comments/a.yml": f"- &words {'w' * 50_000}\n{again}", "comments/b/1.yml": WORDS})
    items = read_path(folder, "staticman")
    assert [type(item) for item in items] == [UnreadablePart, IncomingComment]


def test_a_text_longer_than_any_is_cut_before_it_is_read(site: Callable[[dict[str, str]], Path]) -> None:
    folder = site({"comments/a/1.json": json.dumps({"name": "Mara", "date": "2020-01-02", "message": "<p>" * 200_000})})
    (item,) = read_path(folder, "staticman")
    assert isinstance(item, IncomingComment)
    assert item.notes == ("text cut to 262,144 bytes",)


def test_yaml_is_text_and_makes_nothing() -> None:
    text = b"a: 0002\nb: 2012-09-07\nc: !!python/object/apply:os.system [ls]\nd: [&x y, *x]\ne: yes\nf: !!binary YQ==\n"
    value = parsed("x.yml", text)
    assert (value["a"], value["b"], value["c"], value["e"], value["f"]) == ("0002", "2012-09-07", ["ls"], "yes", "YQ==")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.yml", b"a: b: c"),
        ("x.yml", b"a: &x [*x]"),
        ("x.yml", b"[" * 5_000),
        ("x.yml", b"a: " + b"x" * 2_000_000),
        ("x.json", b"[" * 100_000),
        ("x.json", b"{'a': 1}"),
        ("x.json", b"\xff\xfe\x00"),
    ],
)
def test_what_is_no_data_is_said_to_be_none(name: str, content: bytes) -> None:
    with pytest.raises(NotData, match=r"^a file that is "):
        parsed(name, content)
