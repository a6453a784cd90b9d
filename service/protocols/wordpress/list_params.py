"""The parameters of WordPress's list of comments."""

from datetime import timedelta
from itertools import islice

from db.models import Status
from service.protocols.wordpress.comment_queries import ORDERS, CommentQuery
from service.protocols.wordpress.rest_errors import RestError
from service.protocols.wordpress.rest_params import Params
from service.protocols.wordpress.rest_request import RestRequest

_MOST_SKIPPED = 100_000
"""Comments before the page that is asked for: each of them is counted again."""
_TOO_FAR = f"A list ends after {_MOST_SKIPPED} comments. Use before or after for those behind them."
LONGEST_SEARCH = 200
_STATUSES = {
    "approve": (Status.APPROVED,),
    "approved": (Status.APPROVED,),
    "hold": (Status.PENDING,),
    "spam": (Status.SPAM,),
    "trash": (Status.TRASH,),
    "all": (Status.APPROVED, Status.PENDING),
    "any": tuple(Status),
}
_FOR_MODERATORS = {"author": "", "author_exclude": "", "author_email": "", "type": "comment", "status": "approve"}
"""Parameter → the only value of it that readers may send (``check_restricted`` rules of WordPress)."""


def read_query(request: RestRequest, params: Params) -> tuple[CommentQuery, int]:
    """The query for the list, and the page's number. Raises RestError."""
    page, per_page = params.integer("page", 1, 1, 10**9), params.integer("per_page", 10, 1, 100)
    offset = params.integer("offset", (page - 1) * per_page, 0, 10**11)
    if offset > _MOST_SKIPPED:
        name = "offset" if "offset" in params else "page"
        params.refuse(name, _TOO_FAR, "rest_post_invalid_page_number")
    after = params.instant("after")
    wanted = CommentQuery(
        site_id=request.site_id,
        statuses=_STATUSES[params.choice("status", "approve", tuple(_STATUSES))],
        posts=params.integers("post"),
        parents=params.integers("parent"),
        parent_exclude=params.integers("parent_exclude"),
        include=params.integers("include"),
        exclude=params.integers("exclude"),
        after=after and after + timedelta(seconds=1),
        before=params.instant("before"),
        email=params.text("author_email"),
        search="".join(islice(params.text("search").replace("\x00", " "), LONGEST_SEARCH)),
        private=request.sees_all,
        orderby=params.choice("orderby", "date_gmt", ORDERS),
        descending=params.choice("order", "desc", ("asc", "desc")) == "desc",
        limit=per_page,
        offset=offset,
    )
    _refuse_restricted(request, params)
    params.check()
    return wanted, page


def _refuse_restricted(request: RestRequest, params: Params) -> None:
    if request.sees_all:
        params.choice("type", "comment", ("comment", "all"))
        for name in ("author", "author_exclude"):
            if params.integers(name) not in ((), (0,)):
                params.refuse(name, "Authors have no accounts here.")
        return
    forbidden = [name for name, free in _FOR_MODERATORS.items() if name in params and params.text(name) != free]
    if forbidden:
        raise RestError(401, "rest_forbidden_param", f"Query parameter not permitted: {', '.join(forbidden)}")
