"""What a reader's request asks for: which page, in which language, on which face."""

import re
from dataclasses import dataclass

from service.language import Language, language
from service.pages import PageRef
from service.text import one_line
from service.web.face import Face, Kind
from service.web.state import Core, Request, core_of


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
        spoken = choose_language(core, asked)
        if kind == "page" and query.get("frame") == "1":
            kind = "frame"
        face = Face(kind, core.settings.public_url, page, spoken.code if asked else "")
        return cls(
            core,
            page,
            one_line(query.get("title", ""))[:300],
            spoken,
            face,
            number(query.get("parent") or query.get("replytocom") or ""),
            query.get("preview", ""),
        )


def choose_language(core: Core, asked: str) -> Language:
    """The page's language if it says one, else the owner's."""
    return language(asked or core.settings.language)


def number(text: str) -> int:
    """A comment's id out of a parameter; 0 for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0
