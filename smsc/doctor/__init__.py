"""Probes a remote: does it resolve, connect, bind, answer, deliver; with two engines."""

from smsc.doctor.direct import DirectResult, DirectSegment, submit_directly
from smsc.doctor.examine import examine
from smsc.doctor.report import Finding, Outcome, Probe, Report, Step, Suggestion, Target
from smsc.doctor.second_opinion import examine_with_smpplib

__all__ = [
    "DirectResult",
    "DirectSegment",
    "Finding",
    "Outcome",
    "Probe",
    "Report",
    "Step",
    "Suggestion",
    "Target",
    "examine",
    "examine_with_smpplib",
    "submit_directly",
]
