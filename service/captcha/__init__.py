"""Signed challenges: the sum, its wording, and the token."""

from service.captcha.question import Question
from service.captcha.token import Captcha, Challenge, Judgement, Outcome

__all__ = ["Captcha", "Challenge", "Judgement", "Outcome", "Question"]
