"""The examiner: tests run here, the student's functions in a sandbox, and only values pass between.

In come a rebuilt notebook, a way to open boxes, and the recorded values of its checks; out come
the notebook with its outputs and a verdict for each tests cell. It promises that student code and
tests never share a process, that hidden tests stay hidden, and that no evidence is no points. It
may import `sandbox`, `inside` and `cells`.

- `examination.examine`: all of it, for one submission.
- `plan.Plan`: what is to be done with each cell; `student.Student` runs the student's.
- `connection.Connection` and `remote.Remote`: how tests call functions that are not here.
- `collector.Collector` keeps what checks are given, as `events`; `judge.Judge` judges them.
- `errors`, `messages`: what can go wrong in a test, and how the student is told.
"""

from autograder.examiner.examination import Examined, examine
from autograder.examiner.judge import CellVerdict

__all__ = ["CellVerdict", "Examined", "examine"]
