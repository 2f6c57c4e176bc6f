"""The object `check` of a notebook: it compares, explains, and keeps the score."""

import itertools
import os
import sys
import warnings
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TextIO

import numpy as np

from unrolled.checks.compare import compare
from unrolled.checks.recorded import Mistake, Recorded, RecordedCheck, unpack_hidden
from unrolled.checks.show import CellState, Progress, Verdict, emit, in_notebook
from unrolled.checks.values import (
    NotPlainError,
    decode,
    describe,
    fingerprint,
    length,
    plain,
    precision,
    same_fingerprint,
)

# A property that more known mistakes break than this says nothing about which one was made.
_MOST_NAMED = 2


def _runs_to_be_graded() -> bool:
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def _print_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning, as `warnings.showwarning` does, but to the standard output."""
    text = warnings.formatwarning(message, category, filename, lineno, line)
    print(text, end="", file=file or sys.stdout)


class CheckFailed(AssertionError):
    """A check that did not pass; its text says what was found and what to do."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.text())
        self.verdict = verdict

    def _render_traceback_(self) -> list[str]:
        """What IPython prints instead of a traceback: the box above it has said the rest."""
        if in_notebook():
            return [f"✗ {self.verdict.name}: not right yet (see above)"]
        return [self.verdict.text()]


class Checks:
    """The checks of one notebook.

    >>> check = Checks("02-vanilla-rnn")
    >>> check("one step", rnn_step_forward(x_t, h_prev, W_x, W_h, b))

    Args:
        assignment: the name of the assignment.
        folder: where `checks.json` lies; by default the current folder, which is the notebook's.
        recorded: the recorded values, for those who have them already.
    """

    def __init__(
        self, assignment: str, folder: Path | None = None, recorded: Recorded | None = None
    ) -> None:
        self.assignment = assignment
        self._folder = folder or Path()
        self._loaded = recorded
        self._passed: set[str] = set()
        self._failed: set[str] = set()
        # The mistakes recognised at each failed check, to be carried forward to later functions.
        self._recognised: dict[str, frozenset[str]] = {}
        if _runs_to_be_graded():
            # nbgrader gives no points for a cell that writes to the stream of errors, and a warning
            # in a function whose values are all right is no reason for that.
            warnings.showwarning = _print_warning

    @property
    def _recorded(self) -> Recorded:
        if self._loaded is None:
            self._loaded = Recorded.beside_notebook(self.assignment, self._folder)
        return self._loaded

    @property
    def being_graded(self) -> bool:
        """Whether the notebook runs to be graded, not to be read."""
        return _runs_to_be_graded()

    def __call__(self, name: str, value: Any) -> None:
        """Compare `value` with the one recorded under `name`.

        Raises:
            CheckFailed: the value is not right; the message says where and, for a known mistake,
                what is behind it.
            KeyError: no such check is recorded.
        """
        recorded = self._look_up(name)
        try:
            got = plain(value)
        except NotPlainError as error:
            yours = "not plain" if recorded.hidden else error
            line = f"yours is {yours}: return numbers, text or NumPy arrays"
            self._judge(Verdict(name, False, (line,)), recorded, frozenset())
            return
        expected = decode(recorded.expected)
        outcome = compare(expected, got)
        if outcome.right:
            self._judge(Verdict(name, True, outcome.found), recorded, frozenset())
            return
        seen = fingerprint(got)
        margin = min(max(1e-6, 10 * precision(got)), 1e-3)
        matching = frozenset(
            mistake
            for mistake, wrong in recorded.wrong.items()
            if same_fingerprint(wrong, seen, margin)
        )
        lines = (outcome.vague,) if recorded.hidden else outcome.found
        if isinstance(value, tuple) and not recorded.hidden and length(expected) != len(value):
            lines += (f"your function returned {len(value)} things in a tuple",)
        self._judge(Verdict(name, False, lines), recorded, matching)

    def that(self, name: str, condition: Any) -> None:
        """Check a property: `condition` must be true.

        Raises:
            CheckFailed: it is not.
            KeyError: no such check is recorded.
        """
        recorded = self._look_up(name)
        if bool(condition):
            self._judge(Verdict(name, True, ("holds",)), recorded, frozenset())
            return
        self._judge(
            Verdict(name, False, ("this does not hold",)), recorded, frozenset(recorded.wrong)
        )

    def load_hidden(self, packed: str) -> None:
        """Add the recorded values of hidden checks; only the instructor's notebook calls this."""
        self._recorded.checks.update(unpack_hidden(packed))

    def import_torch(self) -> ModuleType | None:
        """PyTorch for a comparison, or None, and a line that says why there is none."""
        if self.being_graded:
            print("Comparisons with PyTorch are left out when a notebook is graded.")
            return None
        try:
            return import_module("torch")
        except ImportError:
            print("PyTorch is not installed, so this comparison is left out: pip install torch")
            return None

    def agrees(self, name: str, mine: Any, theirs: Any, tolerance: float = 1e-10) -> None:
        """Hold a value against an independent computation; print how far they are apart.

        Args:
            name: what is compared.
            mine: an array or number.
            theirs: the same from elsewhere: an array, number or tensor of the same shape.
            tolerance: the largest absolute difference allowed.

        Raises:
            CheckFailed: the shapes differ, or the values by more than `tolerance`.
        """
        try:
            ours = plain(mine)
        except NotPlainError as error:
            self._fail(Verdict(name, False, (f"yours is {error}: return numbers or arrays",)))
        if not isinstance(ours, np.ndarray):
            self._fail(Verdict(name, False, (f"yours is {describe(ours)}, expected numbers",)))
        other = np.asarray(plain(theirs))
        if ours.shape != other.shape:
            line = f"the shapes differ: yours {ours.shape}, PyTorch's {other.shape}"
            self._fail(Verdict(name, False, (line,)))
        largest = float(np.max(np.abs(ours - other), initial=0.0))
        line = f"largest difference {largest:.0e}, allowed {tolerance:.0e}"
        verdict = Verdict(name, largest <= tolerance, (line,))
        if not verdict.right:
            self._fail(verdict)
        emit(verdict.text(), verdict.as_html())

    def progress(self) -> Progress:
        """Where the learner stands, cell by cell."""
        return Progress(tuple(map(self._state, self._recorded.cells.values())))

    def summary(self) -> None:
        """Show every graded cell with its state, and the progress bar."""
        progress = self.progress()
        emit(progress.text(), progress.as_html())

    def _state(self, cell: Any) -> CellState:
        if not cell.of:
            return CellState(cell, "by hand")
        names = self._names(cell.id)
        if names & self._failed:
            return CellState(cell, "not right yet")
        return CellState(cell, "passed" if names and names <= self._passed else "to do")

    def _names(self, cell: str) -> set[str]:
        return {name for name, check in self._recorded.checks.items() if check.cell == cell}

    def _look_up(self, name: str) -> RecordedCheck:
        checks = self._recorded.checks
        if name not in checks:
            raise KeyError(
                f"no check named {name!r} is recorded for {self.assignment}: was the cell edited? "
                "Download the assignment again, or restore the cell"
            )
        return checks[name]

    def _judge(self, verdict: Verdict, recorded: RecordedCheck, matching: frozenset[str]) -> None:
        """Keep the score of one outcome and show it; raise CheckFailed unless it passes."""
        self._recognised.pop(verdict.name, None)
        if not verdict.right:
            carried = self._carried(recorded, matching)
            if carried is not None:
                line = "as it follows from an earlier function"
                verdict = Verdict(verdict.name, True, (line,), carried=carried)
        if verdict.right:
            self._passed.add(verdict.name)
            self._failed.discard(verdict.name)
            emit(*self._with_score(verdict, recorded.cell))
            return
        self._passed.discard(verdict.name)
        self._failed.add(verdict.name)
        likely = self._likely(recorded, matching)
        lines = verdict.lines if likely else verdict.lines + self._advice(recorded)
        of = self._recorded.cells[recorded.cell].of
        self._recognised[verdict.name] = frozenset(m.name for m in likely if m.of == of)
        self._fail(Verdict(verdict.name, False, lines, likely))

    def _fail(self, verdict: Verdict) -> NoReturn:
        if in_notebook():
            emit(verdict.text(), verdict.as_html())
        raise CheckFailed(verdict)

    def _with_score(self, verdict: Verdict, cell: str) -> tuple[str, str]:
        """The verdict and, with the last check of a cell, the progress bar."""
        text, as_html = verdict.text(), verdict.as_html()
        names = self._names(cell)
        last = max(names, key=list(self._recorded.checks).index)
        if verdict.name == last and names <= self._passed and not self.being_graded:
            progress = self.progress()
            text += f"\nThis cell is done. {progress.bar()}"
            as_html += f"<div>This cell is done. {progress.bar_html()}</div>"
        return text, as_html

    def _carried(self, recorded: RecordedCheck, matching: Iterable[str]) -> Mistake | None:
        """The mistake already recognised in another function that explains this value."""
        of = self._recorded.cells[recorded.cell].of
        recognised = frozenset().union(*self._recognised.values())
        for name in matching:
            mistake = self._recorded.mistakes[name]
            if mistake.of != of and name in recognised:
                return mistake
        return None

    def _likely(self, recorded: RecordedCheck, matching: Iterable[str]) -> tuple[Mistake, ...]:
        """The mistakes that explain this value and what passed before it in the same cell.

        Mistakes in the function under test come before those in functions it may call. Nothing is
        named where too many would be.
        """
        of = self._recorded.cells[recorded.cell].of
        # What stands behind this check passed, if at all, with an earlier version of the function.
        before = itertools.takewhile(
            lambda item: item[1] is not recorded, self._recorded.checks.items()
        )
        passed = [
            check for name, check in before if check.cell == recorded.cell and name in self._passed
        ]
        fitting = [
            self._recorded.mistakes[name]
            for name in matching
            if not any(name in check.wrong for check in passed)
        ]
        own = [mistake for mistake in fitting if mistake.of == of] or fitting
        own.sort(key=lambda mistake: mistake.name)
        return tuple(own) if len(own) <= _MOST_NAMED else ()

    def _advice(self, recorded: RecordedCheck) -> tuple[str, ...]:
        """Which earlier function to mend first, if one that shows here fails its own checks."""
        cells, mistakes = self._recorded.cells, self._recorded.mistakes
        shown_here = {mistakes[name].of for name in recorded.wrong}
        failing = {cells[self._recorded.checks[name].cell].of for name in self._failed}
        earlier = sorted(shown_here & failing - {cells[recorded.cell].of})
        if not earlier:
            return ()
        return (f"mend {' and '.join(earlier)} first: {cells[recorded.cell].of} builds on it",)
