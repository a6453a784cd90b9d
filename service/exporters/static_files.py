"""Threads as files for the build of a static site: a fragment for each page, and ``index.json`` that lists them.

A file is written only if it changes, so a build that looks at times of change rebuilds only what is new. A file is
removed only if the index of an earlier run lists it.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

INDEX = "index.json"
INDEX_VERSION = 1

_NAME = re.compile(r"[a-z0-9-]{1,60}-[0-9a-f]{12}\.html")


class BadIndex(ValueError):
    """The folder's index is not ours, or cannot be read. The message says what to do."""


@dataclass(frozen=True, slots=True)
class StaticThread:
    """A page's fragment, with the number of its approved comments."""

    url: str
    key: str
    title: str
    count: int
    html: bytes


@dataclass(slots=True)
class StaticSummary:
    """How many files a run wrote, left as they were, and removed."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0


def file_name(key: str) -> str:
    """The file of a page, by its key: the same for all spellings of its address, and safe on every system."""
    readable = re.sub(r"[^a-z0-9]+", "-", urlsplit(key).path.lower()).strip("-")[:60].strip("-") or "home"
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.html"


def write_threads(out: Path, origin: str, threads: Iterable[StaticThread]) -> StaticSummary:
    """Bring the folder up to date. Raises BadIndex, OSError.

    The index is written last: after a run that was cut off, the next one still knows the files of the one before.
    """
    out.mkdir(parents=True, exist_ok=True)
    before, summary = _listed(out, origin), StaticSummary()
    pages: dict[str, dict[str, Any]] = {}
    for thread in threads:
        name = file_name(thread.key)
        pages[thread.url] = {"file": name, "count": thread.count, "title": thread.title}
        if _write(out / name, thread.html):
            summary.written += 1
        else:
            summary.unchanged += 1
    for name in sorted(before - {page["file"] for page in pages.values()}):
        if (out / name).is_file():
            (out / name).unlink()
            summary.removed += 1
    index = {"version": INDEX_VERSION, "generator": "leave-a-reply", "site": origin, "pages": pages}
    _write(out / INDEX, (json.dumps(index, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode())
    return summary


def _listed(out: Path, origin: str) -> set[str]:
    """The files that an earlier run wrote. A name that this module would not give is left alone."""
    try:
        index = json.loads((out / INDEX).read_bytes())
        if index["generator"] != "leave-a-reply" or index["site"] != origin:
            raise BadIndex(f"{out / INDEX} belongs to {index['site']}. Each site needs a folder of its own.")
        names = {str(page["file"]) for page in index["pages"].values()}
    except FileNotFoundError:
        return set()
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadIndex(f"{out / INDEX} was not written by this command. Name another folder.") from error
    return {name for name in names if _NAME.fullmatch(name)}


def _write(path: Path, content: bytes) -> bool:
    """Write the file as a whole if it differs. Returns whether it did."""
    try:
        if path.read_bytes() == content:
            return False
    except FileNotFoundError:
        pass
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(content)
    os.replace(draft, path)  # noqa: PTH105 - also where the file exists on Windows
    return True
