"""The captcha for other forms: a question, a pass for the right answer, and ``siteverify`` to ask what it is worth."""
