"""The captcha: sums, their wording, signed tokens, passes and proofs of work."""

from service.captcha.question import Question
from service.captcha.token import Captcha, Challenge, Judgement, Outcome

__all__ = ["Captcha", "Challenge", "Judgement", "Outcome", "Question"]
