"""The parameters of a list of comments, understood. Some are for moderators alone."""

from datetime import timedelta
from itertools import islice

from db.models import Status
from service.web.wordpress.caller import Caller
from service.web.wordpress.errors import RestError
from service.web.wordpress.params import Params
from service.web.wordpress.present import CONTEXTS
from service.wordpress.listing import ORDERS, Wanted

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
"""With what a reader may say of them all the same."""


def read_context(caller: Caller, params: Params) -> str:
    """Raises RestError for a reader who wants to edit."""
    context = params.choice("context", "view", CONTEXTS)
    params.check()
    if context == "edit":
        caller.must_moderate("rest_forbidden_context", "Sorry, you are not allowed to edit comments.")
    return context


def read_wanted(caller: Caller, params: Params) -> tuple[Wanted, int]:
    """What is wanted, and which page of it. Raises RestError."""
    page, per_page = params.integer("page", 1, 1, 10**9), params.integer("per_page", 10, 1, 100)
    after = params.instant("after")
    wanted = Wanted(
        site_id=caller.site_id,
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
        private=caller.admin is not None,
        orderby=params.choice("orderby", "date_gmt", ORDERS),
        descending=params.choice("order", "desc", ("asc", "desc")) == "desc",
        limit=per_page,
        offset=params.integer("offset", (page - 1) * per_page, 0, 10**11),
    )
    _refuse_restricted(caller, params)
    params.check()
    return wanted, page


def _refuse_restricted(caller: Caller, params: Params) -> None:
    if caller.admin is not None:
        params.choice("type", "comment", ("comment", "all"))
        for name in ("author", "author_exclude"):
            if params.integers(name) not in ((), (0,)):
                params.refuse(name, "Authors have no accounts here.")
        return
    forbidden = [name for name, free in _FOR_MODERATORS.items() if name in params and params.text(name) != free]
    if forbidden:
        names = ", ".join(forbidden)
        raise RestError(401, "rest_forbidden_param", f"Query parameter not permitted: {names}")
