"""The setup check of an installation: whether the form works on a page, and what to change if not.

"Check" alone means the spam check elsewhere in the code, so the parts of this one are called diagnoses.
"""

from service.doctor.diagnoses import DIAGNOSES, diagnose
from service.doctor.findings import Finding, Severity
from service.doctor.inspection_target import InspectionTarget, Probe
from service.doctor.log_check import read_log_state

__all__ = ["DIAGNOSES", "Finding", "InspectionTarget", "Probe", "Severity", "diagnose", "read_log_state"]
