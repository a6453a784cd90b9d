"""What a POST says of itself beside its fields: the face that its form was on, and the kind of answer it wants."""

from service.pages import PageRef
from service.web.face import Face, Kind
from service.web.state import Core, Request


def face_of_post(core: Core, page: PageRef, field: str, lang: str) -> Face:
    """The face that a form was on, by its ``frame`` field."""
    kinds: dict[str, Kind] = {"1": "frame", "page": "page"}
    kind = kinds.get(field, "demo" if page.url == core.demo_url and core.settings.demo else "embed")
    return Face(kind, core.settings.public_url, page, lang)


def wants_json(request: Request) -> bool:
    """Whether the answer should be JSON rather than a page."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept
