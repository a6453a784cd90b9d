"""``POST /public/comments``: a reader's comment, by the same way and with the same checks as the form's."""

from typing import Any, Literal

from starlette.responses import Response

from db.models import Status
from service.comments.submit import Accepted
from service.protocols.api.api_call import ApiAnswer, Call, not_here
from service.protocols.api.comment_shapes import FORM_NAMES, NewPublicComment
from service.protocols.api.common_shapes import Key, NoQuery, Shape, key_of, key_text
from service.protocols.api.public_comments import question_of
from service.web.accepted_response import proof_for
from service.web.http.api_problems import HEADERS, problem_response
from service.web.http.json_answer import JsonAnswer
from service.web.post_comment import answer, build_submission
from service.web.render.form_view import FormView
from service.web.submission import Submission


class PostedComment(Shape):
    """A comment that was stored. ``own`` is the token of the author's private link, ``/own?page=…&preview=…``."""

    id: Key
    status: Literal["approved", "pending"]
    link: str
    own: str
    proof: str | None


class _ApiFace:
    """Answers a submission in the API's way."""

    def give_back(self, submission: Submission, status: int, form: FormView) -> Response:
        """A problem, with the question that is to be answered next."""
        fields = form.error_of.items()
        errors = [{"field": FORM_NAMES.get(field, field), "detail": detail} for field, detail in fields]
        members: dict[str, Any] = {"errors": errors} if errors else {}
        if form.challenge is not None:
            members["question"] = question_of(form.challenge).model_dump(mode="json")
        detail = " ".join(form.leads) or submission.gettext("Please answer the question.")
        return problem_response(status, detail, members=members)

    async def accept(self, submission: Submission, result: Accepted, private_link: str) -> Response:
        """The comment's id; spam is answered as what waits."""
        posted = PostedComment(
            id=key_text(result.site_id, result.comment_id),
            status="approved" if result.status is Status.APPROVED else "pending",
            link=submission.urls.comment_url(result.comment_id),
            own=private_link,
            proof=await proof_for(submission, result) if submission.consent else None,
        )
        return JsonAnswer(posted.model_dump(mode="json"), 201, HEADERS)


async def post_published(call: Call[NoQuery, NewPublicComment]) -> ApiAnswer:
    """Post a comment as a reader. Without a right answer it is not stored, and the problem has a new question."""
    submission = await build_submission(call.http, call.body.fields, _ApiFace())
    parent = call.body.parent
    if parent and key_of(parent)[0] != submission.page.site_id:
        not_here()
    return ApiAnswer(response=await answer(submission))
