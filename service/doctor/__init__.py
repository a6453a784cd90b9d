"""The self-check: whether the form works on a page, and what to change where it does not."""

from service.doctor.checks import CHECKS, run
from service.doctor.findings import Finding, Level
from service.doctor.target import Look, Probe

__all__ = ["CHECKS", "Finding", "Level", "Look", "Probe", "run"]
