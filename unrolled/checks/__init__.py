"""The checks of the assignments: recorded values, comparison, hints, summary."""

from unrolled.checks.session import CheckFailed, Checks

__all__ = ["CheckFailed", "Checks"]
