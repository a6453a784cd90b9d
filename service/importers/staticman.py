"""Comments as data files of a static site: those of Staticman, and what people made by hand for Jekyll or Hugo.

A comment is a YAML or JSON file, in a folder that is called as its page, or with the page in one of its fields; or a
file holds the list of a page's comments. No two sites call their fields the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from db.models import Status
from service.importers import typed_values
from service.importers.fit_columns import LARGEST_TEXT, cut_to
from service.importers.folder_export import file_names, named_files
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingPage, UnreadablePart
from service.importers.plain_yaml import NotData, parsed
from service.importers.shown_text import from_either
from service.importers.source_addresses import page_at
from service.importers.source_file import Opening, Source

_ENDINGS = (".yml", ".yaml", ".json")
_ROOTS = ("comments", "staticman-comments", "staticman_comments", "staticman")
_TEXTS = ("message", "body", "comment", "content", "text")
_AUTHORS = ("name", "author", "nickname", "user")
_WEBSITES = ("url", "website", "link", "authorUrl", "author_url")
_PAGES = ("postPath", "slug", "page", "post", "path", "postid")
_SURELY_PARENTS = ("reply_to", "replying_to", "replyingTo", "replying_to_uid", "replyThread", "parent_id")
_MAYBE_PARENTS = ("parent", "_parent")
"""The id of the comment that is answered, on some sites; on others the page's slug or address."""


def sniff(opening: Opening) -> bool:
    """Whether a source is a folder with such files."""
    return any(name.lower().endswith(_ENDINGS) for name in file_names(opening))


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a folder. All of them are published ones. Raises BadSource."""
    pages: dict[str, list[_Entry]] = {}
    for item in _entries(source):
        if isinstance(item, UnreadablePart):
            yield item
        else:
            pages.setdefault(item.group, []).append(item)
    for group, entries in pages.items():
        yield from _Thread(group, entries).comments()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A comment. ``group`` is what its page is called."""

    group: str
    number: str
    row: dict[str, Any]

    def first(self, names: tuple[str, ...]) -> str:
        """The first of the fields that has a text."""
        return next((found for name in names if (found := typed_values.text(self.row.get(name)).strip())), "")


def _entries(source: Source) -> Iterator[_Entry | UnreadablePart]:
    for item in named_files(source, _ENDINGS):
        if isinstance(item, UnreadablePart):
            yield item
            continue
        name, content = item
        path = _below_root(PurePosixPath(name))
        if path is None:
            continue
        try:
            value = parsed(name, content)
        except NotData as reason:
            yield UnreadablePart(str(reason), name)
            continue
        rows = value if isinstance(value, list) else [value]
        if _repeats(rows, content):
            yield UnreadablePart(ImportSentence.FILE_REPEATS, name)
            continue
        found = [_entry(row, path, count, in_list=value is rows) for count, row in enumerate(rows, 1)]
        yield from (entry for entry in found if entry)
        if not any(found) and path.stem not in ("staticman", "_config"):
            yield UnreadablePart(ImportSentence.FILE_NO_COMMENT, name)


def _repeats(rows: list[Any], content: bytes) -> bool:
    """Whether the texts are longer than the file: names of YAML for a text make thousands of comments of it."""
    texts = (typed_values.text(row.get(name)) for row in rows if isinstance(row, dict) for name in _TEXTS)
    return sum(map(len, texts)) > len(content)


def _below_root(path: PurePosixPath) -> PurePosixPath | None:
    """A file's path below the folder of all comments. None for other files of a whole site."""
    places = [place for place, name in enumerate(path.parts[:-1]) if name.lower() in _ROOTS]
    if places:
        return PurePosixPath(*path.parts[places[-1] + 1 :])
    return None if path.parts[0].startswith("_") or len(path.parts) > 4 else path


def _entry(row: Any, path: PurePosixPath, count: int, *, in_list: bool) -> _Entry | None:
    if not isinstance(row, dict) or not any(typed_values.text(row.get(name)).strip() for name in _TEXTS):
        return None
    folder = "" if path.parent == PurePosixPath() else path.parent.as_posix()
    named = next((found for name in _PAGES if (found := typed_values.text(row.get(name)).strip())), "")
    group = named if "/" in named else folder or named or (path.stem if in_list else "")
    number = typed_values.number(row.get("_id")) or typed_values.number(row.get("id"))
    return _Entry(group, number or (f"{path.stem}-{count}" if in_list else path.stem), row)


class _Thread:
    """A page's comments, by whose ids it is seen what they answer."""

    def __init__(self, group: str, entries: list[_Entry]) -> None:
        self._entries = sorted(entries, key=lambda entry: str(_date(entry)))
        self._ids = {entry.number for entry in entries}
        self._group = group

    def comments(self) -> Iterator[Incoming]:
        page = self._page()
        for entry in self._entries:
            website, text = entry.first(_WEBSITES), entry.first(_TEXTS)
            yield typed_values.comment(
                page,
                blog="staticman",
                number=entry.number,
                parent=self._parent(entry),
                status=Status.APPROVED,
                author=typed_values.unescaped(entry.first(_AUTHORS)),
                mail=entry.row.get("email"),
                site="" if website in page.names else website,
                words=from_either(text[:LARGEST_TEXT]),
                at=_date(entry),
                notes=(cut_to(LARGEST_TEXT),) if len(text) > LARGEST_TEXT else (),
            )

    def _page(self) -> IncomingPage:
        """The page. An address that one of its comments names is worth more than the folder's name."""
        typed = (typed_values.text(entry.row.get("_parent")).strip() for entry in self._entries)
        address = next((each for each in typed if each.startswith(("http://", "https://"))), self._group)
        return page_at(address, self._group, title=self._entries[0].first(("page_title", "title")))

    def _parent(self, entry: _Entry) -> str:
        typed = [typed_values.number(entry.row.get(name), ("0",)) for name in (*_SURELY_PARENTS, *_MAYBE_PARENTS)]
        if known := next((each for each in typed if each in self._ids and each != entry.number), ""):
            return known
        sure = next((each for each in typed[: len(_SURELY_PARENTS)] if each and each != entry.number), "")
        if sure.isdecimal() and len(sure) < 6 and int(sure) <= len(self._entries):  # some sites count a page's comments
            return self._entries[int(sure) - 1].number
        return sure


def _date(entry: _Entry) -> Any:
    names = ("date", "timestamp", "created_at", "createdAt", "published")
    return next((at for name in names if (at := typed_values.date(entry.row.get(name)))), None)
