"""The examiner: tests run here, the student's functions in a sandbox, and only values pass between.

`examine` grades one rebuilt notebook. It runs the student's cells in a box, then the tests here
with remote names for what the student has defined, and at last compares what the tests saw with
the recorded values. See `examination` for the order of things, which is what keeps hidden tests
hidden.
"""

from autograder.examiner.examination import Examined, examine
from autograder.examiner.judge import CellVerdict

__all__ = ["CellVerdict", "Examined", "examine"]
