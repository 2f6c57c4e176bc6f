"""The verdicts: what the tests saw, held against the recorded values, in the notebook's order.

No sandbox is needed for this, and no student's code runs. The checks are those of the student's
own notebook; they get the values one after the other and stop in a cell at the first failure, as
they do where everything runs in one process.
"""

import contextlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from autograder.errors import CourseError
from autograder.examiner.collector import Event, Refused
from autograder.examiner.messages import Fault
from autograder.examiner.outputs import Output, add, display, error_output, stream
from unrolled.checks.recorded import Recorded, RecordedCheck, unpack_hidden
from unrolled.checks.session import CheckFailed, Checks
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
    reason: str = ""


@dataclass(frozen=True)
class Judged:
    """A judged cell: the verdict, and what it shows."""

    verdict: CellVerdict
    outputs: list[Output]


class Judge:
    """Judges the cells of one submission.

    Args:
        assignment: its name.
        recorded: the recorded values of visible checks; they are not changed.
    """

    def __init__(self, assignment: str, recorded: Recorded) -> None:
        own = Recorded(
            recorded.assignment, recorded.cells, dict(recorded.checks), recorded.mistakes
        )
        self._checks = _QuietChecks(assignment, own)

    def judge(self, cell: str, visible: Iterable[Event], hidden: Iterable[Event]) -> Judged:
        """Judge what happened in one cell.

        Raises:
            CourseError: a check is not recorded.
        """
        outputs: list[Output] = []
        self._checks.carried = []
        for is_hidden, events in ((False, visible), (True, hidden)):
            passed = 0
            for event in events:
                self._checks.shown = []
                try:
                    self._feed(event)
                except CheckFailed as failure:
                    return self._failed(cell, is_hidden, failure, outputs)
                except KeyError as error:
                    raise CourseError(f"cell {cell!r}: {error.args[0]}") from None
                if event.kind == "fault":
                    return self._ended(cell, is_hidden, event.value, outputs)
                if is_hidden:
                    passed += event.kind in ("value", "property")
                else:
                    shown = event.value if event.kind == "output" else self._checks.shown
                    for output in shown:
                        add(outputs, output)
            if passed:
                outputs.append(stream(f"✓ {passed} hidden check{'s' * (passed > 1)}\n"))
        return Judged(CellVerdict(cell, True, carried=self._carried()), outputs)

    def _feed(self, event: Event) -> None:
        checks = self._checks
        if event.kind == "value" and isinstance(event.value, Refused):
            checks.refuse(event.name, event.value.words)
        elif event.kind == "value":
            checks(event.name, event.value)
        elif event.kind == "property":
            checks.that(event.name, event.value)
        elif event.kind == "load":
            checks.load_hidden(event.value)
        elif event.kind == "agrees":
            mine, theirs, tolerance = event.value
            checks.agrees(event.name, mine, theirs, tolerance)
        elif event.kind == "summary":
            checks.summary()

    def _carried(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._checks.carried))

    def _failed(
        self, cell: str, hidden: bool, failure: CheckFailed, outputs: list[Output]
    ) -> Judged:
        verdict = failure.verdict
        names = tuple(mistake.name for mistake in verdict.mistakes)
        text = str(failure)
        outputs.append(error_output("CheckFailed", text, [text]))
        return Judged(
            CellVerdict(cell, False, text, verdict.name, hidden, names, self._carried()), outputs
        )

    def _ended(self, cell: str, hidden: bool, fault: Fault, outputs: list[Output]) -> Judged:
        outputs.append(error_output(fault.name, fault.text, [fault.text]))
        verdict = CellVerdict(
            cell, False, fault.text, "", hidden, (), self._carried(), fault.reason
        )
        return Judged(verdict, outputs)


class _QuietChecks(Checks):
    """The checks of a notebook, whose outputs are collected."""

    def __init__(self, assignment: str, recorded: Recorded) -> None:
        super().__init__(assignment, recorded=recorded)
        self.shown: list[Output] = []
        self.carried: list[str] = []

    @property
    def being_graded(self) -> bool:
        return True

    def load_hidden(self, packed: str) -> None:
        self._recorded.checks.update(_unpacked(packed))

    def refuse(self, name: str, words: str) -> None:
        """Judge a value that is no plain one."""
        recorded = self._look_up(name)
        words = "not plain" if recorded.hidden else words
        line = f"yours is {words}: return numbers, text or NumPy arrays"
        self._judge(Verdict(name, False, (line,)), recorded, frozenset())

    def agrees(self, name: str, mine: Any, theirs: Any, tolerance: float = 1e-10) -> None:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            super().agrees(name, mine, theirs, tolerance)
        self.shown.append(stream(said.getvalue()))

    def summary(self) -> None:
        progress = self.progress()
        self.shown.append(display(progress.text(), progress.as_html()))

    def _judge(self, verdict: Verdict, recorded: RecordedCheck, matching: frozenset[str]) -> None:
        with contextlib.redirect_stdout(_NOWHERE):
            super()._judge(verdict, recorded, matching)

    def _with_score(self, verdict: Verdict, cell: str) -> tuple[str, str]:
        if verdict.carried is not None:
            self.carried.append(verdict.carried.name)
        self.shown.append(display(verdict.text(), verdict.as_html()))
        return "", ""

    def _fail(self, verdict: Verdict) -> NoReturn:
        raise CheckFailed(verdict)


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


_NOWHERE = _Nowhere()


@lru_cache(maxsize=1024)
def _unpacked(packed: str) -> dict[str, RecordedCheck]:
    return unpack_hidden(packed)
