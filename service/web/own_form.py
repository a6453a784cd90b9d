"""The form by which authors change their own comment: on a page of its own, or as JSON."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from service.comments.author_edit import EditRefusal, OwnComment
from service.comments.returning_authors import comment_of_private_link
from service.web.http import response_headers
from service.web.http.json_answer import JsonAnswer
from service.web.http.reader_params import ThreadRequest
from service.web.render.thread_views import PageView
from service.web.submission import Submission


@dataclass(slots=True)
class OwnCommentView:
    """``text`` is what the form holds; ``error`` is about it, ``notice`` about the comment as a whole."""

    token: str
    page: str
    frame: bool
    id: int
    text: str
    may_edit: bool
    may_delete: bool
    error: str = ""
    notice: str = ""


Place = ThreadRequest | Submission


def answer(place: Place, view: OwnCommentView, title: str, code: int, said: str, *, has_form: bool) -> Response:
    """The form on its page, or as JSON."""
    context = place.context
    values = {"own": view, "page": PageView(place.page.url, title)}
    if isinstance(place, Submission) and place.json:
        form = context.templates.render("own_form.html", place.language, values) if has_form else ""
        return answer_json({"error": said, "form": form}, code)
    html = context.templates.render("own.html", place.language, {**values, "back": place.urls.address()})
    sent = response_headers.page_headers(context.settings.public_url, place.page.url, place.urls.frame_ancestors)
    return Response(html, code, {**sent, **response_headers.SECRET_ADDRESS}, "text/html")


def form_view(place: Place, token: str, own: OwnComment | None, refusal: EditRefusal | None) -> OwnCommentView:
    typed = place.fields.get("comment", "") if isinstance(place, Submission) else ""
    now, minutes = place.context.clock(), place.context.settings.edit_minutes
    return OwnCommentView(
        token=token,
        page=place.page.url,
        frame=place.urls.surface == "frame",
        id=own.id if own else 0,
        text=typed or (own.text if own else ""),
        may_edit=own is not None and refusal in (None, EditRefusal.DUPLICATE),
        may_delete=own is not None and own.refusal(now, minutes, editing=False) is None,
    )


def not_now(submission: Submission, message: str, retry_after: int) -> Response:
    """503 with the form as it was sent: whether the comment can still be changed is not known just now."""
    context, token = submission.context, submission.fields.get("preview", "")
    own_id = comment_of_private_link(context.keyring, submission.page.site_id, token, submission.now)
    text = submission.fields.get("comment", "")
    page, frame = submission.page.url, submission.urls.surface == "frame"
    view = OwnCommentView(token, page, frame, own_id, text, may_edit=bool(text), may_delete=True)
    view.error, view.notice = (message, "") if text and own_id else ("", message)
    response = answer(submission, view, submission.version.title, 503, message, has_form=own_id > 0)
    response.headers["retry-after"] = str(retry_after)
    return response


def answer_json(answer: dict[str, Any], status: int = 200) -> Response:
    return JsonAnswer(answer, status, response_headers.FRESH_FRAGMENT)
