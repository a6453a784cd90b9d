"""The captcha: sums, their wording, signed tokens, passes and proofs of work."""

from service.captcha.challenge_token import AnswerOutcome, Captcha, Challenge, Judgement
from service.captcha.question import Question

__all__ = ["AnswerOutcome", "Captcha", "Challenge", "Judgement", "Question"]
