"""The self-check: whether the form works on a page, and what to change where it does not."""

from service.check.checks import CHECKS, run
from service.check.finding import Finding, Level
from service.check.look import Look, Probe

__all__ = ["CHECKS", "Finding", "Level", "Look", "Probe", "run"]
