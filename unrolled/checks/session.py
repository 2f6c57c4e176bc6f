"""The object `check` of a notebook: it compares, explains, and shows the score."""

import os
import sys
import warnings
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TextIO

from unrolled.checks.kinds import NotebookChecks
from unrolled.checks.recorded import Recorded, unpack_hidden
from unrolled.checks.score import Score, agreement
from unrolled.checks.show import Progress, Verdict, emit, in_notebook


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


class Checks(NotebookChecks):
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
        self._given = recorded
        if _runs_to_be_graded():
            # nbgrader gives no points for a cell that writes to the stream of errors, and a warning
            # in a function whose values are all right is no reason for that.
            warnings.showwarning = _print_warning

    @cached_property
    def _score(self) -> Score:
        return Score(self._given or Recorded.beside_notebook(self.assignment, self._folder))

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
        self._tell(self._score.value(name, value))

    def that(self, name: str, condition: Any) -> None:
        """Check a property: `condition` must be true.

        Raises:
            CheckFailed: it is not.
            KeyError: no such check is recorded.
        """
        self._tell(self._score.property(name, bool(condition)))

    def load_hidden(self, packed: str) -> None:
        """Add the recorded values of hidden checks; only the instructor's notebook calls this."""
        self._score.recorded.checks.update(unpack_hidden(packed))

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
        verdict = agreement(name, mine, theirs, tolerance)
        if not verdict.right:
            self._fail(verdict)
        emit(verdict.text(), verdict.as_html())

    def progress(self) -> Progress:
        """Where the learner stands, cell by cell."""
        return self._score.progress()

    def summary(self) -> None:
        """Show every graded cell with its state, and the progress bar."""
        progress = self.progress()
        emit(progress.text(), progress.as_html())

    def _tell(self, verdict: Verdict) -> None:
        """Show an outcome; raise CheckFailed unless it passes."""
        if not verdict.right:
            self._fail(verdict)
        text, as_html = verdict.text(), verdict.as_html()
        if self._score.is_done_with(verdict.name) and not self.being_graded:
            progress = self.progress()
            text += f"\nThis cell is done. {progress.bar()}"
            as_html += f"<div>This cell is done. {progress.bar_html()}</div>"
        emit(text, as_html)

    def _fail(self, verdict: Verdict) -> NoReturn:
        if in_notebook():
            emit(verdict.text(), verdict.as_html())
        raise CheckFailed(verdict)
