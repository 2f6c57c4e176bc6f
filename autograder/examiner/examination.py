"""The examination of one submission, in an order that keeps hidden tests hidden.

1. The student's cells run in a box, one after the other. What they show is kept. In the place of
   each tests cell the box remembers its namespace.
2. The visible part of each tests cell runs here, with remote names; the box goes back to the
   namespace of that place. What the student's functions print is kept for the tests cell.
3. The hidden part of each tests cell runs here in the same way. From here on nothing that the
   student's code prints or says is kept: it has seen hidden inputs.
4. What the tests have seen is judged, without a box.

A box that is stopped is replaced by a new one, in which the cells run again up to where it was;
what they show then is not kept either.
"""

import contextlib
import copy
import io
import random
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from types import FunctionType
from typing import Any

import numpy as np
from nbformat import NotebookNode

from autograder.errors import CourseError
from autograder.examiner import messages
from autograder.examiner.collector import Collector
from autograder.examiner.connection import Connection
from autograder.examiner.errors import CellStopped, Fault
from autograder.examiner.events import CutShort, Event
from autograder.examiner.guard import memory_bound, time_bound
from autograder.examiner.judge import CellVerdict, Judge
from autograder.examiner.outputs import Sieve
from autograder.examiner.plan import Plan, Step
from autograder.examiner.student import OpenBox, Student
from autograder.examiner.surroundings import Printed, holds_remotes, quiet, seed_all
from autograder.limits import Limits
from autograder.sandbox.stops import Stop
from unrolled.checks.recorded import Recorded
from unrolled.checks.session import Checks

_COPIED = (np.ndarray, list, dict, set, np.random.Generator, random.Random)


@dataclass(frozen=True)
class Examined:
    """An examined submission.

    Attributes:
        notebook: with the outputs of all cells; each tests cell has its verdict in its metadata,
            under "unrolled".
        verdicts: one for each tests cell.
        seconds: on the clock, for "cells", "visible", "hidden" and "judge".
        boxes: how many boxes it took.
    """

    notebook: NotebookNode
    verdicts: tuple[CellVerdict, ...]
    seconds: dict[str, float]
    boxes: int


def examine(
    notebook: NotebookNode,
    open_box: OpenBox,
    limits: Limits,
    assignment: str,
    recorded: Recorded,
) -> Examined:
    """Examine a rebuilt notebook; in one process, one at a time.

    Args:
        notebook: with the hidden tests in it; it is not changed.
        open_box: opens a box with the released files in it, given the seconds that earlier boxes
            of this submission took.
        limits: what the submission may use.
        assignment: its name.
        recorded: the recorded values of its visible checks.

    Raises:
        CourseError: a locked cell does not run, or asks what cannot be done.
    """
    examination = _Examination(Plan.of(notebook), open_box, limits, assignment)
    with quiet():
        try:
            with examination.stage("cells"):
                examination.student.run_cells()
            with memory_bound(limits.memory):
                with examination.stage("visible"):
                    examination.run_tests()
                with examination.stage("hidden"):
                    examination.run_hidden_tests()
        finally:
            examination.student.close()
        with examination.stage("judge"):
            verdicts = examination.judge(Judge(recorded))
    filled = _filled(notebook, examination, verdicts)
    return Examined(filled, tuple(verdicts), examination.seconds, examination.student.boxes)


@dataclass
class _CellRun:
    """How far a tests cell has come.

    Attributes:
        names: the namespace of its code.
        visible, hidden: what was recorded.
        connection: to the box in which it ran last.
    """

    names: dict[str, Any]
    visible: list[Event] = field(default_factory=list)
    hidden: list[Event] = field(default_factory=list)
    connection: Connection | None = None


class _Examination:
    def __init__(self, plan: Plan, open_box: OpenBox, limits: Limits, assignment: str) -> None:
        self.plan = plan
        self.student = Student(plan, open_box, limits)
        self.outputs = self.student.outputs
        self.seconds: dict[str, float] = {}
        self._limits = limits
        self._collector = Collector()
        self._base: dict[str, Any] = {}
        self._helpers: list[tuple[Step, dict[str, Any]]] = []
        self._runs: dict[int, _CellRun] = {}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage."""
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started

    def run_tests(self) -> None:
        """Run the setup cells here, and the visible part of each tests cell."""
        for step in self.plan.steps:
            if step.kind == "setup":
                self._set_up(step)
            elif step.kind in ("tests", "aside"):
                self._run_visible(step)

    def run_hidden_tests(self) -> None:
        """Run the hidden part of each tests cell whose visible part came to its end."""
        for step in self.plan.steps:
            if step.locked is None or step.locked.hidden is None or step.place not in self._runs:
                continue
            run = self._runs[step.place]
            if any(isinstance(event, CutShort) for event in run.visible):
                continue
            if self._lost_remotes(run, step):
                # Objects that the visible part made were lost with their box: make them again.
                run.names = self._namespace()
                self._run_part(step, run, step.locked.visible, hidden=True)
            run.hidden = self._run_part(step, run, step.locked.hidden, hidden=True)

    def _lost_remotes(self, run: _CellRun, step: Step) -> bool:
        with contextlib.suppress(CellStopped):
            if run.connection is not self.student.connection():
                return holds_remotes(run.names, step.remote)
        return False

    def judge(self, judge: Judge) -> list[CellVerdict]:
        """Judge all tests cells."""
        verdicts = []
        for step in self.plan.steps:
            if step.place not in self._runs:
                continue
            run = self._runs[step.place]
            judged = judge.judge(step.key, run.visible, run.hidden)
            self.outputs[step.place] = judged.outputs
            if step.kind == "tests":
                verdicts.append(judged.verdict)
        return verdicts

    def _set_up(self, step: Step) -> None:
        assert step.locked is not None
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(step.locked.visible, self._base)
        except Exception as error:
            raise CourseError(
                f"cell {step.key!r}: does not run ({type(error).__name__}: {error}); "
                "mend it and build the assignment again"
            ) from error
        for name in step.locked.binds:
            value = self._base.get(name)
            if isinstance(value, Checks):
                self._base[name] = self._collector
            else:
                self.student.setup[id(value)] = (name, value)

    def _run_visible(self, step: Step) -> None:
        assert step.locked is not None
        run = _CellRun(self._namespace())
        run.visible = self._run_part(step, run, step.locked.visible, hidden=False)
        self._runs[step.place] = run
        if step.kind == "aside":
            self._keep_helpers(step, run.names)

    def _keep_helpers(self, step: Step, names: dict[str, Any]) -> None:
        """Functions of a locked cell that use the student's: later tests may call them."""
        assert step.locked is not None
        helpers = {
            name: value
            for name in step.locked.defines
            if isinstance(value := names.get(name), (FunctionType, type))
        }
        if helpers:
            self._base |= helpers
            self._helpers.append((step, names))

    def _run_part(self, step: Step, run: _CellRun, code: Any, hidden: bool) -> list[Event]:
        """Run one part of a tests cell; what was recorded, with a fault at the end if it failed."""
        collector = self._collector
        collector.events = []
        sieve = Sieve(self._limits.output_per_cell, in_tests=True)

        def show(given: Any) -> None:
            if given and not hidden:
                collector.show(sieve.take(given))

        with contextlib.redirect_stdout(Printed(show)):
            try:
                connection = run.connection = self.student.connection()
                connection.on_output = show
                connection.begin()
                self._bind(connection, step, run.names, hidden)
                with time_bound(self._limits.cpu_per_cell):
                    exec(code, run.names)
            except CourseError as error:
                raise CourseError(f"cell {step.key!r}: {error}") from error
            except (Exception, CellStopped) as error:
                collector.cut_short(self._fault(error, step, hidden))
        return collector.events

    def _bind(
        self, connection: Connection, step: Step, names: dict[str, Any], hidden: bool
    ) -> None:
        """Give the remote names of a cell, and of helpers, their meaning at its place."""
        seed = zlib.crc32(step.key.encode())
        seed_all(seed)
        spaces = [(step.remote, names), *((s.remote, space) for s, space in self._helpers)]
        wanted = tuple(sorted({name for remote, _ in spaces for name in remote}))
        found = connection.names(str(step.place), seed, wanted, not hidden)
        for remote, space in spaces:
            for name in remote:
                space.pop(name, None)
                if name in found:
                    space[name] = found[name]

    def _fault(self, error: BaseException, step: Step, hidden: bool) -> Fault:
        if isinstance(error, CellStopped) and error.reason is Stop.SUBMISSION:
            self.student.time_is_up = True
        return messages.describe(
            error, self.plan, step, hidden, self._limits, self.student.why_missing
        )

    def _namespace(self) -> dict[str, Any]:
        """The names that setup cells have set, with values that a test may change."""
        memo: dict[int, Any] = {}
        return {
            name: copy.deepcopy(value, memo) if isinstance(value, _COPIED) else value
            for name, value in self._base.items()
            if name != "__builtins__"
        }


def _filled(
    notebook: NotebookNode, examination: _Examination, verdicts: list[CellVerdict]
) -> NotebookNode:
    """A copy of the notebook with outputs, execution counts and verdicts in it."""
    by_cell = {verdict.cell: verdict for verdict in verdicts}
    filled = NotebookNode(notebook)
    filled.cells = [NotebookNode(cell) for cell in notebook.cells]
    for cell in filled.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for step in examination.plan.steps:
        cell = filled.cells[step.place]
        cell.execution_count = step.number
        cell.outputs = examination.outputs.get(step.place, [])
        if step.kind == "tests":
            cell.metadata = NotebookNode(cell.metadata)
            cell.metadata["unrolled"] = asdict(by_cell[step.key])
    return filled
