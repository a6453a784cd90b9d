"""Exports that are many small files: a folder, or a zip of one."""

import io
import os
import zipfile
import zlib
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from service.importers.cut_zip import CUT, CutZip, open_zip
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import UnreadablePart
from service.importers.source_file import BadSource, Opening, Source
from service.importers.unpacking import Borrowed, most_unpacked

_LARGEST = 4 * 1024 * 1024
_LOOK_AT = 5000
"""Names by which a folder is recognised."""

_ZIP = b"PK\x03\x04"

NamedFile = tuple[str, bytes]
"""A name with the folders before it, ``roses/comment-1.yml``, and the content."""


def named_files(source: Source, endings: Collection[str]) -> Iterator[NamedFile | UnreadablePart]:
    """The files with these endings in the order of their names; one that cannot be read is passed over."""
    if source.path is None:
        raise BadSource(ImportSentence.FOLDER_BY_NAME)
    if source.path.is_dir():
        for name in sorted(_names_in(source.path)):
            if name.lower().endswith(tuple(endings)):
                yield _read(source.path, name)
    elif _is_zip(source.path):
        yield from _zipped(source.path, endings)
    else:
        yield _read(source.path.parent, source.path.name)


def file_names(opening: Opening) -> list[str]:
    """Names in a folder or a zip, as many as it takes to recognise it; of a single file none."""
    try:
        if opening.folder:
            return list(islice(_names_in(opening.folder), _LOOK_AT))
        if opening.path and opening.path.is_file() and _is_zip(opening.path):
            with opening.path.open("rb") as file, open_zip(file) as archive:
                return archive.namelist()[:_LOOK_AT]
    except (BadSource, OSError, zipfile.BadZipFile, NotImplementedError):
        pass
    return []


def _names_in(folder: Path) -> Iterator[str]:
    """The files below a folder. Links are not followed: they may lead round, or out of it."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and not (path := Path(place) / name).is_symlink():
                yield path.relative_to(folder).as_posix()


def _read(folder: Path, name: str) -> NamedFile | UnreadablePart:
    try:
        with (folder / name).open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        return UnreadablePart(ImportSentence.FILE_UNREAD % {"reason": error.strerror}, name)
    return _bounded(name, content)


def _zipped(path: Path, endings: Collection[str]) -> Iterator[NamedFile | UnreadablePart]:
    left = most_unpacked(path.stat().st_size)  # of all files: each alone may be small in a bomb
    try:
        with path.open("rb") as zipped, open_zip(zipped) as archive:
            for info in sorted(archive.infolist(), key=lambda info: info.filename):
                name = info.filename
                if name.lower().endswith(tuple(endings)) and not name.startswith("__MACOSX/"):
                    try:
                        with archive.open(info) as file:
                            content = io.BufferedReader(Borrowed(file, left)).read(_LARGEST + 1)
                        left -= len(content)
                        yield _bounded(name, content)
                    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
                        yield UnreadablePart(ImportSentence.FILE_DAMAGED, name)
            if isinstance(archive, CutZip):
                yield UnreadablePart(ImportSentence.PACKED_DAMAGED % {"reason": CUT}, path.name)
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise BadSource(ImportSentence.PACKED_DAMAGED % {"reason": error}) from error


def _bounded(name: str, content: bytes) -> NamedFile | UnreadablePart:
    return (name, content) if len(content) <= _LARGEST else UnreadablePart(ImportSentence.FILE_LARGE, name)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP
