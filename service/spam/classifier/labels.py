"""Tokens as a moderator reads them."""

from service.spam.classifier.features import Token

_PLAIN = frozenset({"word", "pair"})
_STEPS = ("no", "few", "few", "few", "some", "some", "some")
"""Of ``shape.step``: up to 3, up to 19, and more."""
_SIZES = ("an empty", "a short", "a short", "a short", "a short", "a short", "a short", "a middling", "a middling")
_NAMES = {"upper": "capitals", "repetition": "different words", "link density": "links among the words"}


def label(token: Token) -> str:
    """Words as they are, the rest with its kind before it. Empty for what only the model needs to know of."""
    kind, name = token
    if kind in _PLAIN:
        return name
    if kind == "shape":
        return _trait(name)
    if kind == "cross" or (kind == "topic" and name.startswith("all ")):
        return ""
    return f"{kind}: {name}"


def _trait(name: str) -> str:
    """``links=0``: no links; ``script=latin``: script: latin."""
    what, mark, value = name.partition("=")
    if not mark:
        return name
    if not value.isdigit():
        return f"{what}: {value}"
    step = int(value)
    if what == "length":
        return f"{_SIZES[step] if step < len(_SIZES) else 'a long'} text"
    return f"{_STEPS[step] if step < len(_STEPS) else 'many'} {_NAMES.get(what, what)}"
