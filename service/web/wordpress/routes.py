"""Every address of WordPress's that is answered here."""

from collections.abc import Iterator

from starlette.routing import BaseRoute, Route

from service.web.wordpress import post
from service.web.wordpress.comment import Comment
from service.web.wordpress.comments import Comments
from service.web.wordpress.index import Index, Me, Namespace
from service.web.wordpress.resource import Nothing


def wordpress_routes() -> list[BaseRoute]:
    """The form of a theme, and the REST API: of the only site, or of the one whose host stands before it."""
    return [
        Route("/wp-comments-post.php", post.comment, methods=["POST"]),
        *_rest(""),
        *_rest("/{site}"),
    ]


def _rest(before: str) -> Iterator[BaseRoute]:
    for path, resource in (
        ("", Index),
        ("/", Index),
        ("/wp/v2", Namespace),
        ("/wp/v2/", Namespace),
        ("/wp/v2/comments", Comments),
        ("/wp/v2/comments/", Comments),
        ("/wp/v2/comments/{id}", Comment),
        ("/wp/v2/comments/{id}/", Comment),
        ("/wp/v2/users/me", Me),
        ("/{path:path}", Nothing),
    ):
        yield Route(f"{before}/wp-json{path}", resource)
