"""The JSON schema of a comment and the parameters of each method, as OPTIONS and the index return them."""

from typing import Any

Schema = dict[str, Any]

_TYPES: dict[str, tuple[str, str, bool]] = {
    "id": ("integer", "view edit embed", True),
    "author": ("integer", "view edit embed", True),
    "author_email": ("string", "edit", False),
    "author_ip": ("string", "edit", True),
    "author_name": ("string", "view edit embed", False),
    "author_url": ("string", "view edit embed", False),
    "author_user_agent": ("string", "edit", True),
    "content": ("object", "view edit embed", False),
    "date": ("string", "view edit embed", False),
    "date_gmt": ("string", "view edit", False),
    "link": ("string", "view edit embed", True),
    "meta": ("object", "view edit", True),
    "parent": ("integer", "view edit embed", False),
    "post": ("integer", "view edit", False),
    "status": ("string", "view edit", False),
    "type": ("string", "view edit embed", True),
}
"""Field → type, contexts, whether it is read-only."""

COMMENT: Schema = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "comment",
    "type": "object",
    "properties": {
        name: {"type": kind, "context": contexts.split()} | ({"readonly": True} if readonly else {})
        for name, (kind, contexts, readonly) in _TYPES.items()
    },
}
_WRITABLE: Schema = {
    name: {"type": kind, "required": False} for name, (kind, _, readonly) in _TYPES.items() if not readonly
}
_CONTEXT: Schema = {
    "context": {"type": "string", "default": "view", "enum": ["view", "embed", "edit"], "required": False}
}
_LISTED: Schema = _CONTEXT | {
    name: {"type": kind, "required": False}
    for kind, names in (
        ("integer", "page per_page offset"),
        ("array", "author author_exclude exclude include parent parent_exclude post"),
        ("string", "after author_email before order orderby search status type"),
    )
    for name in names.split()
}
_FORCE: Schema = {"force": {"type": "boolean", "default": False, "required": False}}

ROUTES: dict[str, dict[str, Schema]] = {
    "/wp/v2": {"GET": _CONTEXT},
    "/wp/v2/comments": {"GET": _LISTED, "POST": _WRITABLE},
    r"/wp/v2/comments/(?P<id>[\d]+)": {
        "GET": _CONTEXT,
        **dict.fromkeys(("POST", "PUT", "PATCH"), _WRITABLE),
        "DELETE": _FORCE,
    },
    r"/wp/v2/posts/(?P<id>[\d]+)": {"GET": _CONTEXT},
    "/wp/v2/users/me": {"GET": _CONTEXT},
}
"""Route → method → parameters (``args``)."""


def describe_route(route: str) -> Schema:
    """A route's namespace, methods and endpoints, as WordPress's index lists them."""
    methods = ROUTES[route]
    return {
        "namespace": "wp/v2",
        "methods": [*methods],
        "endpoints": [{"methods": [method], "args": args} for method, args in methods.items()],
    }
