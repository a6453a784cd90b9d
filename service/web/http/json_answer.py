"""Answers in JSON, in which ``<`` is written ``\\u003c``: what readers typed is not taken for a tag or a directive
where an answer is pasted into a page or a proxy reads it (nginx's ``ssi_types``)."""

import json
from typing import Any

from starlette.responses import JSONResponse

JSON = "application/json"
_ESCAPED = "\\u003c"


def safe(text: str) -> str:
    """JSON with the same meaning: outside of its strings there is no ``<``."""
    return text.replace("<", _ESCAPED)


def written(value: Any) -> str:
    """A value in JSON."""
    return safe(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


class JsonAnswer(JSONResponse):
    """An answer in JSON."""

    def render(self, content: Any) -> bytes:
        """See Starlette."""
        return written(content).encode()
