"""The routes of WordPress, and the small resources: index, namespace, current user."""

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
    """``/wp-json/``."""

    async def get(self, rest_request: RestRequest) -> Response:
        """The site, its routes, and where application passwords are made."""
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
    """``/wp-json/wp/v2``."""

    async def get(self, _caller: RestRequest) -> Response:
        """The routes of the namespace."""
        return answer({"namespace": "wp/v2", "routes": _routes()})


class MeResource(Resource):
    """``/wp-json/wp/v2/users/me``."""

    async def get(self, rest_request: RestRequest) -> Response:
        """The admin whose application password it is. Raises RestError for a reader."""
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
    """The theme form's route, and the REST API with and without the site's host in the path."""
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
