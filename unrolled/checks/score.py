"""The score of one notebook: each value held against the recorded one, and what to make of it.

Nothing is shown here and nothing is raised for a wrong value: a verdict comes back, for a notebook
to show or for a grader to keep.
"""

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

from unrolled.checks.compare import compare
from unrolled.checks.recorded import GradedCell, Mistake, Recorded, RecordedCheck
from unrolled.checks.show import CellState, Progress, Verdict
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
_RETURN = "return numbers, text or NumPy arrays"


class Score:
    """What has passed and failed so far in one notebook.

    Args:
        recorded: what the notebook's checks know.

    Attributes:
        recorded: the same; hidden checks may be added to it.
    """

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self._passed: set[str] = set()
        self._failed: set[str] = set()
        # The mistakes recognised at each failed check, to be carried forward to later functions.
        self._recognised: dict[str, frozenset[str]] = {}

    def value(self, name: str, value: Any) -> Verdict:
        """Compare a value with the one recorded under a name.

        Raises:
            KeyError: no such check is recorded.
        """
        recorded = self._look_up(name)
        try:
            got = plain(value)
        except NotPlainError as error:
            return self.refused(name, str(error))
        expected = decode(recorded.expected)
        outcome = compare(expected, got)
        if outcome.right:
            return self._judged(Verdict(name, True, outcome.found), recorded, frozenset())
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
        return self._judged(Verdict(name, False, lines), recorded, matching)

    def refused(self, name: str, words: str) -> Verdict:
        """Judge a value that is no plain one.

        Args:
            name: of the check.
            words: what it is, after "yours is".

        Raises:
            KeyError: no such check is recorded.
        """
        recorded = self._look_up(name)
        yours = "not plain" if recorded.hidden else words
        verdict = Verdict(name, False, (f"yours is {yours}: {_RETURN}",))
        return self._judged(verdict, recorded, frozenset())

    def property(self, name: str, holds: bool) -> Verdict:
        """Judge whether a property holds.

        Raises:
            KeyError: no such check is recorded.
        """
        recorded = self._look_up(name)
        if holds:
            return self._judged(Verdict(name, True, ("holds",)), recorded, frozenset())
        wrong = Verdict(name, False, ("this does not hold",))
        return self._judged(wrong, recorded, frozenset(recorded.wrong))

    def progress(self) -> Progress:
        """Where the learner stands, cell by cell."""
        return Progress(tuple(map(self._state, self.recorded.cells.values())))

    def is_done_with(self, name: str) -> bool:
        """Whether a check is the last one of its cell, and all of them have passed."""
        names = self._names(self.recorded.checks[name].cell)
        last = max(names, key=list(self.recorded.checks).index)
        return name == last and names <= self._passed

    def _state(self, cell: GradedCell) -> CellState:
        if not cell.of:
            return CellState(cell, "by hand")
        names = self._names(cell.id)
        if names & self._failed:
            return CellState(cell, "not right yet")
        return CellState(cell, "passed" if names and names <= self._passed else "to do")

    def _names(self, cell: str) -> set[str]:
        return {name for name, check in self.recorded.checks.items() if check.cell == cell}

    def _look_up(self, name: str) -> RecordedCheck:
        checks = self.recorded.checks
        if name not in checks:
            raise KeyError(
                f"no check named {name!r} is recorded for {self.recorded.assignment}: was the cell "
                "edited? Download the assignment again, or restore the cell"
            )
        return checks[name]

    def _judged(
        self, verdict: Verdict, recorded: RecordedCheck, matching: frozenset[str]
    ) -> Verdict:
        """Keep the score of one outcome, and say of a wrong one what may be behind it."""
        self._recognised.pop(verdict.name, None)
        if not verdict.right:
            carried = self._carried(recorded, matching)
            if carried is not None:
                line = "as it follows from an earlier function"
                verdict = Verdict(verdict.name, True, (line,), carried=carried)
        if verdict.right:
            self._passed.add(verdict.name)
            self._failed.discard(verdict.name)
            return verdict
        self._passed.discard(verdict.name)
        self._failed.add(verdict.name)
        likely = self._likely(recorded, matching)
        lines = verdict.lines if likely else verdict.lines + self._advice(recorded)
        of = self._of(recorded)
        self._recognised[verdict.name] = frozenset(m.name for m in likely if m.of == of)
        return Verdict(verdict.name, False, lines, likely)

    def _of(self, recorded: RecordedCheck) -> str:
        return self.recorded.cells[recorded.cell].of

    def _carried(self, recorded: RecordedCheck, matching: Iterable[str]) -> Mistake | None:
        """The mistake already recognised in another function that explains this value."""
        of = self._of(recorded)
        recognised = frozenset().union(*self._recognised.values())
        for name in matching:
            mistake = self.recorded.mistakes[name]
            if mistake.of != of and name in recognised:
                return mistake
        return None

    def _likely(self, recorded: RecordedCheck, matching: Iterable[str]) -> tuple[Mistake, ...]:
        """The mistakes that explain this value and what passed before it in the same cell.

        Mistakes in the function under test come before those in functions it may call. Nothing is
        named where too many would be.
        """
        of = self._of(recorded)
        # What stands behind this check passed, if at all, with an earlier version of the function.
        before = itertools.takewhile(
            lambda item: item[1] is not recorded, self.recorded.checks.items()
        )
        passed = [
            check for name, check in before if check.cell == recorded.cell and name in self._passed
        ]
        fitting = [
            self.recorded.mistakes[name]
            for name in matching
            if not any(name in check.wrong for check in passed)
        ]
        own = [mistake for mistake in fitting if mistake.of == of] or fitting
        own.sort(key=lambda mistake: mistake.name)
        return tuple(own) if len(own) <= _MOST_NAMED else ()

    def _advice(self, recorded: RecordedCheck) -> tuple[str, ...]:
        """Which earlier function to mend first, if one that shows here fails its own checks."""
        mistakes = self.recorded.mistakes
        shown_here = {mistakes[name].of for name in recorded.wrong}
        failing = {self._of(self.recorded.checks[name]) for name in self._failed}
        of = self._of(recorded)
        earlier = sorted(shown_here & failing - {of})
        if not earlier:
            return ()
        return (f"mend {' and '.join(earlier)} first: {of} builds on it",)


def agreement(name: str, mine: Any, theirs: Any, tolerance: float) -> Verdict:
    """Hold a value against an independent computation, and say how far they are apart.

    Args:
        name: what is compared.
        mine: an array or number.
        theirs: the same from elsewhere: an array, number or tensor of the same shape.
        tolerance: the largest absolute difference allowed.
    """
    try:
        ours = plain(mine)
    except NotPlainError as error:
        return Verdict(name, False, (f"yours is {error}: return numbers or arrays",))
    if not isinstance(ours, np.ndarray):
        return Verdict(name, False, (f"yours is {describe(ours)}, expected numbers",))
    other = np.asarray(plain(theirs))
    if ours.shape != other.shape:
        line = f"the shapes differ: yours {ours.shape}, PyTorch's {other.shape}"
        return Verdict(name, False, (line,))
    largest = float(np.max(np.abs(ours - other), initial=0.0))
    line = f"largest difference {largest:.0e}, allowed {tolerance:.0e}"
    return Verdict(name, largest <= tolerance, (line,))
