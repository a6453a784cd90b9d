"""Every address of the spam check as a service, on any Host."""

from starlette.routing import BaseRoute, Route

from service.web.akismet import account, api, comments
from service.web.akismet.asking import with_key
from service.web.methods import Handler

_BOTH = ["GET", "POST"]
_CHECKED = ("blog", "user_ip")


def akismet_routes() -> list[BaseRoute]:
    """Akismet 1.1 and 1.2, and the native twin."""
    return [
        _post("/1.1/verify-key", with_key(account.verify_key)),
        _post("/1.1/comment-check", with_key(comments.comment_check, *_CHECKED)),
        _post("/1.1/submit-spam", with_key(comments.submit_spam, *_CHECKED)),
        _post("/1.1/submit-ham", with_key(comments.submit_ham, *_CHECKED)),
        _post("/1.1/get-stats", with_key(account.get_stats)),
        _post("/1.1/get-subscription", with_key(account.get_subscription)),
        _post("/1.1/deactivate", with_key(account.deactivate)),
        Route("/1.2/usage-limit", with_key(account.usage_limit), methods=_BOTH),
        Route("/1.2/key-sites", with_key(account.key_sites), methods=_BOTH),
        _post("/api/v1/check", api.check),
        _post("/api/v1/learn", api.learn),
    ]


def _post(path: str, handler: Handler) -> Route:
    return Route(path, handler, methods=["POST"])
