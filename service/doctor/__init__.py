"""The self-check: whether the form works on a page, and what to change where it does not."""

from service.doctor.checks import CHECKS, run
from service.doctor.findings import Finding, Severity
from service.doctor.target import Probe, Target

__all__ = ["CHECKS", "Finding", "Probe", "Severity", "Target", "run"]
