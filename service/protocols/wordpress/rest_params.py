"""Typed request parameters as WordPress's REST API reads them; reports all invalid ones in one error."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from service.admin_rights import Right
from service.number_parsing import whole_number
from service.protocols.wordpress.comment_json import CONTEXTS
from service.protocols.wordpress.rest_errors import RestError, invalid
from service.protocols.wordpress.rest_request import RestRequest
from service.safe_html import without_tags
from service.web.context import Request
from service.web.http.request_body import is_json, read_object, read_pairs
from service.web.http.unreadable_body import UnreadableBody

_LIST = re.compile(r"\[[0-9]*\]\Z")
_SEPARATORS = re.compile(r"[\s,]+")
_MOST_IDS, _MOST_FIELDS, _MOST_CHARACTERS = 500, 100, 4000


class Params:
    """Name → value. Getters collect what is invalid, and ``check`` raises it as one error."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._wrong: dict[str, tuple[str, str]] = {}

    @classmethod
    def of_query(cls, request: Request) -> "Params":
        """The query string's parameters."""
        return cls(_with_lists(request.query_params.multi_items()))

    @classmethod
    async def of_body(cls, request: Request) -> "Params":
        """The parameters of the query string and of a JSON or form body; the body wins. Raises RestError."""
        given = _with_lists(request.query_params.multi_items())
        if request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers:
            return cls(given)  # some clients declare an empty body as JSON
        try:
            if is_json(request):
                return cls(given | await read_object(request))
            if request.headers.get("content-type"):
                return cls(given | _with_lists(await read_pairs(request)))
        except UnreadableBody as error:
            code = "rest_invalid_json" if is_json(request) else "rest_invalid_param"
            raise RestError(400, code, error.detail) from error
        return cls(given)

    def __contains__(self, name: str) -> bool:
        return self._given.get(name) is not None

    def check(self) -> None:
        """Raises RestError that names every invalid parameter."""
        if self._wrong:
            raise invalid(self._wrong)

    def refuse(self, name: str, sentence: str, code: str = "rest_invalid_param") -> None:
        """Record a parameter as invalid; its first error counts."""
        self._wrong.setdefault(name, (code, sentence))

    def text(self, name: str) -> str:
        """A string, or the ``raw`` of an object, since clients send back what they received. Default: empty.

        An object without ``raw`` comes from a client that read the comment without ``context=edit``: its ``rendered``
        HTML is taken as plain text.
        """
        value = self._given.get(name, "")
        if isinstance(value, dict):
            value = value["raw"] if "raw" in value else _plain(value.get("rendered", ""))
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        self.refuse(name, f"{name} is not of type string.", "rest_invalid_type")
        return ""

    def rendered(self, name: str) -> str | None:
        """The ``rendered`` of an object without ``raw``; None for anything else."""
        value = self._given.get(name)
        return (
            str(value["rendered"]) if isinstance(value, dict) and "rendered" in value and "raw" not in value else None
        )

    def relations(self, known: Sequence[str]) -> tuple[str, ...]:
        """``_embed``: the link relations to embed. Without a value, or with a true one, all of those known."""
        if "_embed" not in self:
            return ()
        value = self._given["_embed"]
        items = value if isinstance(value, list) else _SEPARATORS.split(str(value))
        chosen = {str(item) for item in items} - {"", "1", "true"}
        return tuple(relation for relation in known if relation in chosen or not chosen)

    def integer(self, name: str, default: int, least: int, most: int | None = None) -> int:
        """A whole number from ``least`` to ``most``."""
        if name not in self:
            return default
        number = _integer(self._given[name])
        if number is None:
            self.refuse(name, f"{name} is not of type integer.", "rest_invalid_type")
        elif number < least or (most is not None and number > most):
            bounds = f"greater than or equal to {least}" if most is None else f"between {least} and {most} (inclusive)"
            self.refuse(name, f"{name} must be {bounds}.", "rest_out_of_bounds")
        else:
            return number
        return default

    def integers(self, name: str) -> tuple[int, ...]:
        """Up to 500 whole numbers, from ``1,2`` or a list."""
        if name not in self:
            return ()
        value = self._given[name]
        items = value if isinstance(value, list) else [item for item in _SEPARATORS.split(str(value)) if item]
        numbers = [_integer(item) for item in items]
        valid = tuple(number for number in numbers if number is not None)
        if len(valid) < len(numbers):
            self.refuse(name, f"{name}[{numbers.index(None)}] is not of type integer.", "rest_invalid_type")
        if len(valid) > _MOST_IDS:
            self.refuse(name, f"{name} must contain at most {_MOST_IDS} items.", "rest_too_many_items")
        return valid[:_MOST_IDS]

    def choice(self, name: str, default: str, among: Sequence[str]) -> str:
        """One of the words in ``among``."""
        if name not in self:
            return default
        value = str(self._given[name])
        if value not in among:
            self.refuse(name, f"{name} is not one of {', '.join(among)}.", "rest_not_in_enum")
            return default
        return value

    def instant(self, name: str) -> datetime | None:
        """An ISO 8601 date and time as UTC; one without a zone is in UTC, the time zone of all our sites."""
        if name not in self:
            return None
        try:
            at = datetime.fromisoformat(str(self._given[name]).strip().replace(" ", "+"))
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.refuse(name, "Invalid date.", "rest_invalid_date")
            return None

    def fields(self) -> tuple[str, ...]:
        """``_fields``: names of fields to return, ``content.rendered`` too; the first 100. Empty means all."""
        value = self._given.get("_fields", "")
        items = value if isinstance(value, list) else _SEPARATORS.split(str(value)[:_MOST_CHARACTERS])
        names = dict.fromkeys(str(item).strip() for item in items if str(item).strip())
        return tuple(islice(names, _MOST_FIELDS))

    def flag(self, name: str) -> bool:
        """True for ``true`` and ``1``."""
        return str(self._given.get(name, "")).lower() in ("true", "1")


def _plain(html: Any) -> Any:
    return without_tags(re.sub(r"</p>\s*<p>", "\n\n", html)) if isinstance(html, str) else html


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**18 else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    number = whole_number(text.removeprefix("-"), None)
    return -number if number is not None and text.startswith("-") else number


def _with_lists(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Parse as PHP does: ``post[]=1&post[]=2`` is a list, and the last value of a repeated name wins."""
    given: dict[str, Any] = {}
    for name, value in pairs:
        bare = _LIST.sub("", name)
        if bare == name:
            given[name] = value
        else:
            listed = given.setdefault(bare, [])
            if isinstance(listed, list):
                listed.append(value)
    return given


def read_view(request: RestRequest, params: Params) -> str:
    """``context``: view, embed or edit. Raises RestError when a reader asks for edit."""
    view = params.choice("context", "view", CONTEXTS)
    params.check()
    if view == "edit":
        request.must_have(Right.READ, "rest_forbidden_context", "Sorry, you are not allowed to edit comments.")
    return view
