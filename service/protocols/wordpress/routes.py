"""Every address of WordPress's that is answered here."""

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from service.protocols.wordpress import legacy_form
from service.protocols.wordpress.auth import RestRequest
from service.protocols.wordpress.comment import CommentResource
from service.protocols.wordpress.comment_list import CommentsResource
from service.protocols.wordpress.resource import NoResource, Resource, answer

_COMMENT = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_ROUTES = {
    "/wp/v2": ["GET"],
    "/wp/v2/comments": ["GET", "POST"],
    r"/wp/v2/comments/(?P<id>[\d]+)": _COMMENT,
    "/wp/v2/users/me": ["GET"],
}


class IndexResource(Resource):
    """The whole API."""

    async def get(self, rest_request: RestRequest) -> Response:
        """Which site this is, what there is, and where a password for a program is made."""
        account = rest_request.context.address("/admin/account")
        body = {
            "name": rest_request.origin.partition("://")[2],
            "description": "",
            "url": rest_request.origin,
            "home": rest_request.origin,
            "gmt_offset": 0,
            "timezone_string": "UTC",
            "namespaces": ["wp/v2"],
            "authentication": {"application-passwords": {"endpoints": {"authorization": account}}},
            "routes": {"/": {"namespace": "", "methods": ["GET"]}, **_routes()},
        }
        return answer(body, headers={"link": f'<{rest_request.home}/wp-json/>; rel="https://api.w.org/"'})


class NamespaceResource(Resource):
    """``wp/v2``, as much of it as there is."""

    async def get(self, _caller: RestRequest) -> Response:
        """Its routes."""
        return answer({"namespace": "wp/v2", "routes": _routes()})


class MeResource(Resource):
    """Who is logged in."""

    async def get(self, rest_request: RestRequest) -> Response:
        """The admin of an application password."""
        admin = rest_request.must_moderate("rest_not_logged_in", "You are not currently logged in.")
        me = {"id": admin.id, "name": admin.name, "url": "", "description": "", "link": "", "slug": admin.name}
        return answer(me | {"meta": []})


def _routes() -> dict[str, Any]:
    return {
        path: {
            "namespace": "wp/v2",
            "methods": methods,
            "endpoints": [{"methods": [method], "args": {}} for method in methods],
        }
        for path, methods in _ROUTES.items()
    }


def wordpress_routes() -> list[BaseRoute]:
    """The form of a theme, and the REST API: of the only site, or of the one whose host stands before it."""
    return [
        Route("/wp-comments-post.php", legacy_form.comment, methods=["POST"]),
        *_rest(""),
        *_rest("/{site}"),
    ]


def _rest(before: str) -> Iterator[BaseRoute]:
    for path, resource in (
        ("", IndexResource),
        ("/", IndexResource),
        ("/wp/v2", NamespaceResource),
        ("/wp/v2/", NamespaceResource),
        ("/wp/v2/comments", CommentsResource),
        ("/wp/v2/comments/", CommentsResource),
        ("/wp/v2/comments/{id}", CommentResource),
        ("/wp/v2/comments/{id}/", CommentResource),
        ("/wp/v2/users/me", MeResource),
        ("/{path:path}", NoResource),
    ):
        yield Route(f"{before}/wp-json{path}", resource)
