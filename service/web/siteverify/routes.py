"""Every address of the captcha for other forms."""

from starlette.routing import BaseRoute, Route

from service.web import embed
from service.web.methods import by_method
from service.web.siteverify import challenge, page, verify


def siteverify_routes() -> list[BaseRoute]:
    """For the form's page, for readers without JavaScript, and for the form's backend."""
    return [
        Route("/captcha.js", embed.asset),
        Route("/captcha/challenge", challenge.challenge),
        Route("/captcha/answer", challenge.answer, methods=["POST"]),
        by_method("/captcha/pass", get=page.show, post=page.answer),
        Route("/siteverify", verify.siteverify, methods=["GET", "POST"]),
        Route("/recaptcha/api/siteverify", verify.recaptcha, methods=["GET", "POST"]),
        Route("/turnstile/v0/siteverify", verify.siteverify, methods=["GET", "POST"]),
        Route("/altcha/challenge", challenge.altcha),
        Route("/altcha/siteverify", verify.altcha, methods=["GET", "POST"]),
    ]
