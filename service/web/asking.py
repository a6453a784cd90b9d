"""What a reader's request asks for: which page, in which language, on which face."""

import re
from dataclasses import dataclass

from service.language import Language, language
from service.pages import PageRef
from service.web.face import Face, Kind
from service.web.state import Core, Request, core_of

_TAG = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")


@dataclass(frozen=True, slots=True)
class Asking:
    """A GET of a reader, understood."""

    core: Core
    page: PageRef
    title: str
    language: Language
    face: Face
    parent: int
    preview: str

    @classmethod
    async def of(cls, request: Request, kind: Kind) -> "Asking":
        """Raises BadPage when no page of a registered site is meant."""
        core = core_of(request)
        query = request.query_params
        page = await core.page(core.demo_url if kind == "demo" else query.get("page", ""))
        asked = query.get("lang", "")
        if kind == "page" and query.get("frame") == "1":
            kind = "frame"
        face = Face(kind, core.settings.public_url, page, asked if _TAG.match(asked) else "")
        return cls(
            core,
            page,
            query.get("title", "")[:300],
            choose_language(core, asked),
            face,
            number(query.get("parent") or query.get("replytocom") or ""),
            query.get("preview", ""),
        )


def choose_language(core: Core, asked: str) -> Language:
    """The page's language if it says one, else the owner's."""
    return language(asked if _TAG.match(asked) else core.settings.language)


def number(text: str) -> int:
    """A comment's id out of a parameter; 0 for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0
