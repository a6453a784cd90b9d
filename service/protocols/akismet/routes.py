"""The routes of Akismet's protocol, on any Host."""

from starlette.routing import BaseRoute, Route

from service.protocols.akismet import comment_check, key_info
from service.protocols.akismet.akismet_messages import with_key
from service.web.http.reader_params import Handler

_BOTH = ["GET", "POST"]


def akismet_routes() -> list[BaseRoute]:
    """Akismet 1.1 and 1.2."""
    return [
        _post("/1.1/verify-key", with_key(key_info.verify_key)),
        _post("/1.1/comment-check", with_key(comment_check.comment_check, "blog", "user_ip")),
        # without user_ip: the WordPress plugin no longer has it 15 days after the comment
        _post("/1.1/submit-spam", with_key(comment_check.submit_spam, "blog")),
        _post("/1.1/submit-ham", with_key(comment_check.submit_ham, "blog")),
        _post("/1.1/get-stats", with_key(key_info.get_stats)),
        _post("/1.1/get-subscription", with_key(key_info.get_subscription)),
        _post("/1.1/deactivate", with_key(key_info.deactivate)),
        Route("/1.1/test", key_info.connection),
        Route("/1.2/usage-limit", with_key(key_info.usage_limit), methods=_BOTH),
        Route("/1.2/key-sites", with_key(key_info.key_sites), methods=_BOTH),
    ]


def _post(path: str, handler: Handler) -> Route:
    return Route(path, handler, methods=["POST"])
