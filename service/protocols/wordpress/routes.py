"""The routes of WordPress, and the small resources: index, namespace, current user."""

from collections.abc import Iterator
from typing import Any

from starlette.endpoints import HTTPEndpoint
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Scope

from service.admin_rights import Right, Role
from service.protocols.wordpress import legacy_form
from service.protocols.wordpress.comment_resource import CommentResource
from service.protocols.wordpress.comment_schema import ROUTES, describe_route
from service.protocols.wordpress.comments_resource import CommentsResource
from service.protocols.wordpress.post_resource import PostResource
from service.protocols.wordpress.rest_params import Params, read_view
from service.protocols.wordpress.rest_request import RestRequest
from service.protocols.wordpress.rest_resource import NoResource, Resource, answer
from service.web.context import Request


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
        return answer(body)


class NamespaceResource(Resource):
    """``/wp-json/wp/v2``."""

    route = "/wp/v2"

    async def get(self, _caller: RestRequest) -> Response:
        """The routes of the namespace."""
        return answer({"namespace": "wp/v2", "routes": _routes()})


class MeResource(Resource):
    """``/wp-json/wp/v2/users/me``."""

    route = "/wp/v2/users/me"

    async def get(self, rest_request: RestRequest) -> Response:
        """The admin whose application password it is. Raises RestError for a reader."""
        admin = rest_request.must_have(Right.OWN, "rest_not_logged_in", "You are not currently logged in.")
        me = {"id": admin.id, "name": admin.name, "url": "", "description": "", "link": "", "slug": admin.name}
        if read_view(rest_request, Params.of_query(rest_request.http)) == "edit":
            me |= {"username": admin.name, "nickname": admin.name, "roles": [_ROLES[admin.role]]}
            capabilities = _CAPABILITIES if admin.may(Right.MODERATE, rest_request.site_id) else {"read": True}
            me |= {"capabilities": capabilities, "extra_capabilities": {_ROLES[admin.role]: True}}
        return answer(me | {"meta": []})


_CAPABILITIES = dict.fromkeys(("read", "moderate_comments", "edit_comment", "edit_posts", "edit_others_posts"), True)
"""What WordPress asks before it lets a user moderate, edit and delete comments."""

_ROLES = {Role.OWNER: "administrator", Role.MODERATOR: "editor", Role.READER: "subscriber"}
"""WordPress's word for each role."""


def _routes() -> dict[str, Any]:
    return {route: describe_route(route) for route in ROUTES}


class _RestRouteQuery(Route):
    """``/?rest_route=/wp/v2/comments``: WordPress's addresses without permalinks. Other requests pass it by."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if b"rest_route=" not in scope.get("query_string", b""):
            return Match.NONE, {}
        return super().matches(scope)


class _RestRouteApp(HTTPEndpoint):
    """Answers as ``/wp-json`` followed by the route does."""

    async def dispatch(self) -> None:
        route = Request(self.scope).query_params.get("rest_route", "").strip("/")
        site = self.scope["path_params"].get("site", "")
        path = f"/{site}/wp-json/{route}" if site else f"/wp-json/{route}"
        scope = {name: value for name, value in self.scope.items() if name not in ("endpoint", "path_params")}
        await _REST(scope | {"path": path, "raw_path": path.encode()}, self.receive, self.send)


def rest_route_routes() -> list[BaseRoute]:
    """``?rest_route=`` at the home of the API. Must come before the route of the start page."""
    return [_RestRouteQuery(path, _RestRouteApp) for path in ("/", "/index.php", "/{site}/")]


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
        ("/wp/v2/posts/{id}", PostResource),
        ("/wp/v2/users/me", MeResource),
        ("/{path:path}", NoResource),
    ):
        yield Route(f"{before}/wp-json{path}", resource)


_REST = Router([*_rest(""), *_rest("/{site}")])
