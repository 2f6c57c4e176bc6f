"""The verdicts: what the tests saw, held against the recorded values, in the notebook's order.

No sandbox is needed for this, and no student's code runs. The checks are those of the student's
own notebook; they get the values one after the other and stop in a cell at the first failure, as
they do where everything runs in one process.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, assert_never

from autograder.errors import CourseError
from autograder.examiner.errors import Fault
from autograder.examiner.events import (
    AgreementAsked,
    CutShort,
    Event,
    HiddenLoaded,
    OutputShown,
    PropertySeen,
    Refused,
    SummaryAsked,
    ValueGiven,
)
from autograder.examiner.outputs import Output, add, display, error_output, stream
from autograder.sandbox.stops import Stop
from unrolled.checks.recorded import Recorded, RecordedCheck, unpack_hidden
from unrolled.checks.score import Score, agreement
from unrolled.checks.show import Verdict


@dataclass(frozen=True)
class CellVerdict:
    """The verdict on one tests cell.

    Attributes:
        cell: its grade id.
        passed: whether everything in it passed.
        message: what the student is told if not.
        check: the check that failed, "" where it was no check.
        hidden: whether it was a hidden test.
        misconceptions: the known mistakes that were recognised.
        carried: known mistakes in earlier functions that explain values accepted here.
        reason: "" for a check, "error" for an exception, or the limit that was reached.
    """

    cell: str
    passed: bool
    message: str = ""
    check: str = ""
    hidden: bool = False
    misconceptions: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    reason: Stop | Literal["", "error"] = ""


@dataclass(frozen=True)
class Judged:
    """A judged cell: the verdict, and what it shows."""

    verdict: CellVerdict
    outputs: list[Output]


class Judge:
    """Judges the cells of one submission.

    Args:
        recorded: the recorded values of visible checks; they are not changed.
    """

    def __init__(self, recorded: Recorded) -> None:
        own = Recorded(
            recorded.assignment, recorded.cells, dict(recorded.checks), recorded.mistakes
        )
        self._score = Score(own)

    def judge(self, cell: str, visible: Iterable[Event], hidden: Iterable[Event]) -> Judged:
        """Judge what happened in one cell.

        Raises:
            CourseError: a check is not recorded.
        """
        case = _Case(cell, self._score)
        try:
            ended = case.hear(visible, hidden=False) or case.hear(hidden, hidden=True)
        except KeyError as error:
            raise CourseError(f"cell {cell!r}: {error.args[0]}") from None
        return ended or case.passed()


class _Case:
    """One cell, as it is judged."""

    def __init__(self, cell: str, score: Score) -> None:
        self._cell, self._score = cell, score
        self._outputs: list[Output] = []
        self._carried: list[str] = []
        self._hidden = False
        self._passed_hidden = 0

    def hear(self, events: Iterable[Event], hidden: bool) -> Judged | None:
        """Go through events in order, up to the first that ends the cell; that end, if any."""
        self._hidden = hidden
        for event in events:
            ended = self._judge(event)
            if ended is not None:
                return ended
        if self._passed_hidden:
            plural = "s" * (self._passed_hidden > 1)
            self._outputs.append(stream(f"✓ {self._passed_hidden} hidden check{plural}\n"))
        return None

    def passed(self) -> Judged:
        """The verdict where everything has passed."""
        return self._judged(True)

    def _judge(self, event: Event) -> Judged | None:
        match event:
            case ValueGiven(name, Refused() as refused):
                return self._checked(self._score.refused(name, refused.words))
            case ValueGiven(name, value):
                return self._checked(self._score.value(name, value))
            case PropertySeen(name, holds):
                return self._checked(self._score.property(name, holds))
            case AgreementAsked(name, mine, theirs, tolerance):
                return self._compared(agreement(name, mine, theirs, tolerance))
            case HiddenLoaded(packed):
                self._score.recorded.checks.update(_unpacked(packed))
            case SummaryAsked():
                progress = self._score.progress()
                self._show([display(progress.text(), progress.as_html())])
            case OutputShown(outputs):
                self._show(outputs)
            case CutShort(fault):
                return self._cut_short(fault)
            case _:
                assert_never(event)
        return None

    def _checked(self, verdict: Verdict) -> Judged | None:
        if not verdict.right:
            return self._failed(verdict)
        if verdict.carried is not None:
            self._carried.append(verdict.carried.name)
        self._passed_hidden += self._hidden
        self._show([display(verdict.text(), verdict.as_html())])
        return None

    def _compared(self, verdict: Verdict) -> Judged | None:
        if not verdict.right:
            return self._failed(verdict)
        self._show([stream(verdict.text() + "\n")])
        return None

    def _show(self, outputs: list[Output]) -> None:
        """Show something below the cell, unless it could tell of a hidden test."""
        if not self._hidden:
            for output in outputs:
                add(self._outputs, output)

    def _failed(self, verdict: Verdict) -> Judged:
        text = verdict.text()
        self._outputs.append(error_output("CheckFailed", text, [text]))
        names = tuple(mistake.name for mistake in verdict.mistakes)
        return self._judged(False, message=text, check=verdict.name, misconceptions=names)

    def _cut_short(self, fault: Fault) -> Judged:
        self._outputs.append(error_output(fault.name, fault.text, [fault.text]))
        return self._judged(False, message=fault.text, reason=fault.reason)

    def _judged(self, passed: bool, **details: Any) -> Judged:
        carried = tuple(dict.fromkeys(self._carried))
        hidden = self._hidden and not passed
        verdict = CellVerdict(self._cell, passed, hidden=hidden, carried=carried, **details)
        return Judged(verdict, self._outputs)


@lru_cache(maxsize=1024)
def _unpacked(packed: str) -> dict[str, RecordedCheck]:
    return unpack_hidden(packed)
