"""What a client tells of the form: the honeypot, and the ``POST_ak_*`` of Akismet's own form script.

Names as in the WordPress plugin 5.7 (akismet-frontend.js): ``ak_js`` is a random number below 251 until the script puts
the reader's time in milliseconds there; ``ak_bkpc``, ``ak_bmcc``, ``ak_bmmc``, ``ak_btmc``, ``ak_btec`` count keys,
clicks, mouse and touch moves and touches.
"""

from collections.abc import Iterator
from datetime import datetime

from service.numbers import whole_number
from service.spam.evidence import Evidence
from service.spam.rules import Rule
from service.spam.verdict import Reason
from service.web.akismet.fields import Fields

_UNTOUCHED = 1000
_A_DAY = 86400.0
_COUNTERS = ("ak_bkpc", "ak_bmcc", "ak_bmmc", "ak_btmc", "ak_btec")
_LONG = 40


def honeypot_filled(fields: Fields) -> bool:
    """Whether a field that nobody sees was filled in: Akismet's own, or the one that ``honeypot_field_name`` names."""
    name = fields.get("honeypot_field_name", "")
    named = name and (fields.get(name) or fields.get(f"POST_{name}"))
    return bool(named or fields.get("POST_ak_hp_textarea", "").strip())


def fill_seconds(fields: Fields, now: datetime) -> float | None:
    """How long the form was open, by the reader's clock; None where that cannot be."""
    began = _number(fields.get("POST_ak_js", ""))
    age = now.timestamp() - began / 1000
    return age if began > _UNTOUCHED and 0 <= age <= _A_DAY else None


def rule(fields: Fields) -> Rule:
    """A rule of the spam check for this request."""

    def form_script(evidence: Evidence) -> Iterator[Reason]:
        """What Akismet's form script saw of the reader."""
        if "POST_ak_hp_textarea" not in fields and "POST_ak_js" not in fields:
            return
        if _number(fields.get("POST_ak_js", "")) <= _UNTOUCHED:
            yield Reason("no_script", 1.0, "The form came back from something that runs no scripts.")
        elif len(evidence.text) >= _LONG and _nobody_moved(fields):
            yield Reason("untouched", 1.5, "The form was sent without a key, a click or a touch.")

    return form_script


def _nobody_moved(fields: Fields) -> bool:
    """Whether the script counted, and found nothing."""
    counts = [fields[f"POST_{name}"] for name in _COUNTERS if f"POST_{name}" in fields]
    return bool(counts) and not any(map(_number, counts))


def _number(text: str) -> int:
    return whole_number(text.strip(), 0, digits=16)
