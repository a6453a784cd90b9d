"""Makes an incoming comment fit our columns, and says where something had to give."""

import hashlib
from typing import Any

from service.transfer.model import IncomingComment

LONGEST = {"author": 245, "email": 100, "url": 200}
"""Characters that our columns hold."""

TITLE = 300
"""Characters that a page's title may have."""

LONG_TEXT = 65525
"""Bytes that our form takes in. A longer text is kept whole: somebody did write it."""

ANONYMOUS = "Anonymous"
_NO_ADDRESS = {"http://", "https://"}
_LONGEST_IDENTITY = 100


def fit(comment: IncomingComment) -> tuple[dict[str, Any], list[str]]:
    """The comment's own columns, and what was changed to fit them."""
    row: dict[str, Any] = {name: getattr(comment, name).replace("\0", "") for name in (*LONGEST, "text")}
    notes = list(comment.notes)
    if row["url"] in _NO_ADDRESS:
        row["url"] = ""
    if not row["author"]:
        row["author"] = ANONYMOUS
        notes.append(f"no name, called {ANONYMOUS}")
    for name, longest in LONGEST.items():
        if len(row[name]) > longest:
            row[name] = row[name][:longest]
            notes.append(f"{name} cut to {longest} characters")
    if len(row["text"].encode()) > LONG_TEXT:
        notes.append(f"text longer than {LONG_TEXT:,} bytes, kept whole")
    return row | {"status": comment.status, "format": comment.format, "created_at": comment.created_at}, notes


def identity(blog: str, number: str) -> str:
    """What a comment is known by among those of its system, however often it is imported."""
    name = f"{blog}:{number}"
    return name if len(name) <= _LONGEST_IDENTITY else hashlib.sha256(name.encode()).hexdigest()
