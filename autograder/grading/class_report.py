"""How the submissions of a class came out; `tables.print_class` shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from autograder.grading.one import Stages

State = Literal["graded", "unchanged", "needs attention"]


@dataclass(frozen=True)
class Result:
    """How one submission came out.

    Attributes:
        student: the name of the folder under submitted/.
        state: "graded", "unchanged" (graded before, nothing new since) or "needs attention".
        score: the points in the gradebook, None where there are none.
        reason: for "needs attention", what went wrong, in one line.
    """

    student: str
    state: State
    score: float | None = None
    reason: str = ""


Progress = Callable[[Result], None]


@dataclass(frozen=True)
class CellReport:
    """One graded cell over the class: its points, the mean, and how many still need a person."""

    cell: str
    points: float
    mean: float
    waiting: int


@dataclass(frozen=True)
class ClassReport:
    """A graded class."""

    results: tuple[Result, ...]
    cells: tuple[CellReport, ...]
    points: float
    stages: Stages

    def count(self, state: State) -> int:
        """How many submissions are in a state."""
        return sum(result.state == state for result in self.results)

    @property
    def scores(self) -> list[float]:
        """The points of all submissions that were graded, now or before."""
        return [
            result.score
            for result in self.results
            if result.score is not None and result.state != "needs attention"
        ]
