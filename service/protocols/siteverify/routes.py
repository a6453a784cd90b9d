"""The routes of the captcha for other forms."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from service.protocols.siteverify import check_pass, widget_challenge
from service.web import assets
from service.web.context import Request
from service.web.http.reader_params import by_method

_BOTH = ["GET", "POST"]


async def _script(request: Request) -> Response:
    """``captcha.js`` and behind it what finds in its own address whose object to define."""
    return await assets.asset(Request({**request.scope, "path": "/captcha-services.js"}))


def siteverify_routes() -> list[BaseRoute]:
    """Routes for the form's page, for readers without JavaScript, and for the form's backend."""
    return [
        Route("/captcha.js", assets.asset),
        Route("/recaptcha/api.js", _script),
        Route("/1/api.js", _script),
        Route("/turnstile/v0/api.js", _script),
        Route("/captcha/challenge", widget_challenge.challenge),
        Route("/captcha/answer", widget_challenge.answer, methods=["POST"]),
        by_method("/captcha/pass", get=widget_challenge.show, post=widget_challenge.answer_page),
        Route("/siteverify", check_pass.siteverify, methods=_BOTH),
        Route("/recaptcha/api/siteverify", check_pass.recaptcha, methods=_BOTH),
        Route("/turnstile/v0/siteverify", check_pass.siteverify, methods=_BOTH),
        Route("/altcha/challenge", widget_challenge.altcha),
        Route("/altcha/siteverify", check_pass.altcha, methods=_BOTH),
    ]
