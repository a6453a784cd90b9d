"""What readers get while the store takes nothing: 503, and the form with what they typed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.responses import Response

from db.engine import UNAVAILABLE
from db.writer import NotWritten, WriterStopped
from service.web.submission import Submission

log = logging.getLogger("service.comments")

NotNow = Callable[[Submission, str, int], Response]
"""Answers with the form, a sentence, and the seconds to wait."""


async def or_not_now(submission: Submission, answer: Awaitable[Response], not_now: NotNow) -> Response:
    """The answer, or that of ``not_now`` if the database is away or locked, the writer has too much to do, or the
    service stops."""
    _ = submission.gettext
    try:
        return await answer
    except UNAVAILABLE:
        submission.context.metrics.database_errors += 1
        log.exception("the database did not take a comment")
        return not_now(submission, _("The comment could not be saved. Please try again later."), 30)
    except (WriterStopped, asyncio.CancelledError) as error:
        if isinstance(error, asyncio.CancelledError) and not submission.context.admission.is_draining:
            raise
        return not_now(submission, _("The comment could not be saved. Please try again later."), 5)
    except NotWritten:
        message = _("Too many comments are coming in at once. Please send yours again in a moment.")
        return not_now(submission, message, 5)
