"""What a form's backend asks of ``siteverify``: form, multipart or JSON, understood."""

import re
from dataclasses import dataclass
from typing import Any

from service.web.body import Unreadable, is_json, read_body, read_fields, read_object
from service.web.state import Request

_UUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_NOTHING = {"", "None", "null", "undefined"}
"""How clients spell an optional field that they have no value for (Flask-WTF and django-turnstile: ``None``)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``sitekey`` and ``idempotency_key`` are empty when they were not sent. ``remoteip`` is not looked at."""

    secret: str
    response: str
    sitekey: str
    idempotency_key: str

    @property
    def missing(self) -> list[str]:
        """The codes for what was left out."""
        return [f"missing-input-{name}" for name in ("secret", "response") if not getattr(self, name)]


async def read_asked(request: Request) -> Asked:
    """Raises Unreadable for a body that is none of the three, wrong types, or an ``idempotency_key`` that is no UUID;
    TooLarge and TooSlow."""
    fields = await _fields(request)
    asked = Asked(
        _text(fields, "secret"),
        _text(fields, "response"),
        _optional(fields, "sitekey"),
        _optional(fields, "idempotency_key"),
    )
    if asked.idempotency_key and not _UUID.match(asked.idempotency_key):
        raise Unreadable("The idempotency_key must be a UUID.")
    return asked


async def _fields(request: Request) -> dict[str, Any]:
    if is_json(request):
        return await read_object(request)
    if "content-type" not in request.headers and not await read_body(request):
        return {}
    return dict(await read_fields(request))


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f"“{name}” must be text.")
    return (value or "").strip()


def _optional(fields: dict[str, Any], name: str) -> str:
    text = _text(fields, name)
    return "" if text in _NOTHING else text
