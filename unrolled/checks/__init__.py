"""The checks of the assignments: recorded values, comparison, hints, summary.

`kinds` says what a tests cell can call, `show` what a learner reads.
"""

from unrolled.checks.session import CheckFailed, Checks

__all__ = ["CheckFailed", "Checks"]
