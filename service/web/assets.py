"""Serves style sheets, scripts and the icon."""

from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.web.context import Request, context_of
from service.web.http import response_headers
from service.web.http.gzip_blocks import compressed, takes_gzip

_compressed = lru_cache(maxsize=32)(compressed)
NAMES = (
    *(
        "embed.js",
        "enhance.js",
        "widgets.js",
        "form.js",
        "own.js",
        "report.js",
        "live.js",
        "work.js",
        "admin.js",
        "import.js",
        "passkey.js",
    ),
    *("embed.css", "demo.css", "admin.css", "icon.svg"),
)
"""Served at the root. captcha.js belongs to siteverify."""
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


async def asset(request: Request) -> Response:
    """``GET /embed.js`` and other assets, cacheable for an hour, or for ever when their digest is in the address."""
    name = request.url.path.rpartition("/")[2]
    try:
        content, digest = context_of(request).templates.asset(name)
    except FileNotFoundError as error:
        raise HTTPException(404) from error
    immutable = request.query_params.get("v") == digest
    sent = {
        **response_headers.FRAGMENT,
        "cache-control": "public, max-age=31536000, immutable" if immutable else "public, max-age=3600",
        "etag": f'W/"{digest}"',  # weak, since it is the same for all encodings
        "cross-origin-resource-policy": "cross-origin",
        "vary": "Accept-Encoding",
    }
    if f'"{digest}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=sent)
    if takes_gzip(request.scope["headers"]):
        content, sent["content-encoding"] = _compressed(content), "gzip"
    return Response(content, headers=sent, media_type=_TYPES[name.rpartition(".")[2]])
