"""Errors in the shape and with the codes of WordPress's REST API (``WP_Error``)."""

from collections.abc import Mapping
from typing import Any

from service.web.http.json_answer import JsonAnswer


class RestError(Exception):
    """``{"code": …, "message": …, "data": {"status": …}}``."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.data = status, code, message, data
        self.headers: dict[str, str] = {}

    def answer(self) -> JsonAnswer:
        """The error as a response."""
        body = {"code": self.code, "message": self.message, "data": {"status": self.status, **self.data}}
        return JsonAnswer(body, self.status, self.headers)


def invalid(wrong: Mapping[str, tuple[str, str]]) -> RestError:
    """The error for invalid parameters, given as name → (code, sentence)."""
    return RestError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {', '.join(wrong)}",
        params={name: sentence for name, (_, sentence) in wrong.items()},
        details={name: {"code": code, "message": sentence, "data": None} for name, (code, sentence) in wrong.items()},
    )


def no_route() -> RestError:
    """The error for an unknown route or method."""
    return RestError(404, "rest_no_route", "No route was found matching the URL and request method.")


def unknown_comment() -> RestError:
    """The error for an id without a comment."""
    return RestError(404, "rest_comment_invalid_id", "Invalid comment ID.")


def throttled(seconds: int) -> RestError:
    """The error for too many requests; ``seconds`` goes into Retry-After."""
    error = RestError(429, "rest_too_many_requests", "Too many requests. Please wait a moment.")
    error.headers["retry-after"] = str(seconds)
    return error
