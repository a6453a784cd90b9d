"""An Akismet client's request as fields. Clients send what a commenter typed, so nothing in it is a reason to fail.

Bytes that are no UTF-8 (sites of another ``blog_charset``) become U+FFFD, and NULs go, as no store takes them.
"""

import re
from collections.abc import Mapping

from service.web.body import read_pairs_of_any_charset
from service.web.state import Request

MOST = 600
"""Fields. The plugin forwards the form's, and one for each header of the commenter's request."""

_KEY = re.compile(r"^[0-9A-Za-z]{12}\Z")

Fields = Mapping[str, str]


async def read(request: Request) -> dict[str, str]:
    """Query and form together; of a name sent twice the last counts. Raises HTTPException for what is too much."""
    pairs = [*request.query_params.multi_items()]
    if request.method == "POST":
        pairs += await read_pairs_of_any_charset(request, MOST)
    return {name.replace("\x00", ""): value.replace("\x00", "") for name, value in pairs}


def key_of(request: Request, fields: Fields) -> str:
    """The key: ``api_key``, ``key``, or the left-most label of the Host (``0123456789ab.rest.akismet.com``)."""
    label, dot, _ = request.headers.get("host", "").partition(".")
    return fields.get("api_key") or fields.get("key") or (label if dot and _KEY.match(label) else "")


def is_true(text: str) -> bool:
    """Some clients send ``is_test=False`` with every call, so that it is there says nothing."""
    return text.strip().lower() in ("1", "true", "yes", "on")
