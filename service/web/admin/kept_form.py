"""A form that was sent when its login had run out: it is kept in the pages of the login, and offered to be sent again.

So nobody types twice, with or without JavaScript, and what one person decided is not done in the name of another who
logs in there: a page shows it first.
"""

import base64
import json
import re
import zlib
from dataclasses import dataclass

from service.web.admin.admin_params import ActionFields
from service.web.context import Request, context_of
from service.web.http.request_body import MAX_BODY, media_type

LONGEST = 64 * 1024
"""Characters of a packed form. The longest comment, of letters that need three bytes each, takes a third."""

_PATH = re.compile(r"/admin(?!/log(?:in|out))(?:/[a-z-]{1,20}){1,3}", re.ASCII)
_SECRETS = {"current", "password", "again", "code", "credential", "token"}
"""Fields that are not to be written into a page: their forms are not kept."""


@dataclass(frozen=True, slots=True)
class KeptForm:
    """Where a form goes, below the service's root, and its fields."""

    path: str
    pairs: list[tuple[str, str]]

    @property
    def words(self) -> list[str]:
        """What somebody may have typed: the fields that are long or have spaces."""
        return [value for _, value in self.pairs if len(value) > 40 or " " in value.strip()]

    def packed(self) -> str:
        """As one field of another form; empty if it is too long for that."""
        packed = base64.urlsafe_b64encode(zlib.compress(json.dumps([self.path, self.pairs]).encode())).decode()
        return packed if len(packed) <= LONGEST else ""

    @classmethod
    def unpacked(cls, text: str) -> "KeptForm | None":
        """The reverse; None for anything else."""
        try:
            unpacking = zlib.decompressobj()
            path, pairs = json.loads(unpacking.decompress(base64.urlsafe_b64decode(text[:LONGEST]), 4 * MAX_BODY))
            return cls(path, [(str(name), str(value)) for name, value in pairs]) if _PATH.fullmatch(path) else None
        except (ValueError, TypeError, zlib.error, RecursionError):
            return None


async def keep(request: Request) -> str:
    """The form of a request, packed; empty if it cannot or need not be kept: a script keeps what it sends. Raises as
    ``ActionFields.of`` does."""
    path = "/admin" + request.url.path.rpartition("/admin")[2]
    is_script = request.headers.get("sec-fetch-mode", "navigate") != "navigate"
    if is_script or not _PATH.fullmatch(path) or media_type(request) != "application/x-www-form-urlencoded":
        return ""
    pairs = (await ActionFields.of(request)).pairs
    if not pairs or any(value for name, value in pairs if name in _SECRETS):
        return ""
    return await context_of(request).compute(KeptForm(path, pairs).packed)
