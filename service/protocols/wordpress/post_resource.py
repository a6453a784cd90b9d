"""``/wp-json/wp/v2/posts/ID``: the page that ``_links.up`` of a comment leads to, as far as the service knows it."""

from typing import Any

from starlette.responses import Response

from service.number_parsing import whole_number
from service.protocols.wordpress.comment_json import as_html, only_fields
from service.protocols.wordpress.post_queries import RestPost, find_posts
from service.protocols.wordpress.rest_errors import RestError
from service.protocols.wordpress.rest_params import Params, read_view
from service.protocols.wordpress.rest_request import RestRequest
from service.protocols.wordpress.rest_resource import Resource, answer


class PostResource(Resource):
    """One page. There is no list of posts, since pages belong to the site and not to the service."""

    route = r"/wp/v2/posts/(?P<id>[\d]+)"

    async def get(self, request: RestRequest) -> Response:
        """Title, link and comment status of a page that has an approved comment."""
        params = Params.of_query(request.http)
        read_view(request, params)
        post_id = whole_number(request.http.path_params["id"], 0)
        posts = await request.context.read(find_posts, request.site_id, {post_id}) if post_id else {}
        if post_id not in posts:
            raise RestError(404, "rest_post_invalid_id", "Invalid post ID.")
        post = post_json(request, posts[post_id])
        return answer(only_fields(post, params.fields()))


def post_json(request: RestRequest, post: RestPost) -> dict[str, Any]:
    """The fields of a post that the service knows."""
    return {
        "id": post.number,
        "link": post.url,
        "title": {"rendered": as_html(post.title)},
        "status": "publish",
        "type": "post",
        "comment_status": "closed" if post.closed else "open",
        "_links": {
            "self": [{"href": f"{request.api}/posts/{post.number}"}],
            "replies": [{"embeddable": True, "href": f"{request.api}/comments?post={post.number}"}],
        },
    }
