"""Unrolled, student side: checks, data and figures for a course on recurrent networks."""

from unrolled.arrays import fixed_array
from unrolled.checks import CheckFailed, Checks

__all__ = ["CheckFailed", "Checks", "fixed_array"]
__version__ = "0.1.0"
