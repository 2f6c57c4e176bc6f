"""The student's side of an examination: the cells run in a box, again and again if need be."""

import time
from collections.abc import Callable
from typing import Any

from autograder.examiner import messages
from autograder.examiner.connection import Connection
from autograder.examiner.errors import BoxLost, CellStopped
from autograder.examiner.outputs import Output, Sieve, error_output
from autograder.examiner.plan import Plan, Step
from autograder.limits import Limits
from autograder.sandbox.box import Box
from autograder.sandbox.stops import Stop

OpenBox = Callable[[float], Box]
# The note that output was cut goes beyond the limit.
_NOTE = 100


class Student:
    """The student's cells of one submission, and the box in which they have run.

    Args:
        plan: the notebook.
        open_box: opens a box, given the seconds that earlier ones took.
        limits: what the submission may use.

    Attributes:
        outputs: what each cell has shown when it ran for the first time, by its place.
        setup: what setup cells have bound on both sides, as `Connection` wants it.
        boxes: how many boxes there were.
        time_is_up: whether the submission has used all its time.
    """

    def __init__(self, plan: Plan, open_box: OpenBox, limits: Limits) -> None:
        self.outputs: dict[int, list[Output]] = {}
        self.setup: dict[int, tuple[str, Any]] = {}
        self.boxes = 0
        self.time_is_up = False
        self._plan = plan
        self._open_box = open_box
        self._limits = limits
        self._started = time.monotonic()
        self._connection: Connection | None = None
        # Cells that stopped a box, or were stopped: they are left out in the next one.
        self._stopped: set[int] = set()

    def close(self) -> None:
        """End the box."""
        if self._connection is not None:
            self._connection.close()

    def run_cells(self) -> None:
        """Run the cells in a new box, and in further ones until one has come through."""
        while not self.time_is_up and not self._came_through():
            pass

    def connection(self) -> Connection:
        """The connection to a box in which the cells have run.

        Raises:
            CellStopped: there is none, and no time left for another one.
        """
        if not self.time_is_up and (self._connection is None or self._connection.lost):
            self.run_cells()
        if self.time_is_up or self._connection is None or self._connection.lost:
            raise CellStopped(Stop.SUBMISSION)
        return self._connection

    def why_missing(self, name: str) -> str:
        """Why no cell has defined a name."""
        home = self._plan.home(name)
        if home is None:
            return f"`{name}` is not defined: no cell defines it"
        for output in reversed(self.outputs.get(home.place, ())):
            if output.output_type == "error":
                said = output.evalue
                if output.ename != "Stopped":
                    said = f"{output.ename}: {said}"
                return f"`{name}` is not defined: its cell did not run ({said[:500]})"
        return f"`{name}` is not defined, although its cell has run: is it written there?"

    def _came_through(self) -> bool:
        """Open a box and run the cells in it; whether it is still there at the end."""
        self._connection = None
        self._connection = Connection(
            self._open_box(time.monotonic() - self._started), self._limits
        )
        self._connection.setup = self.setup
        self.boxes += 1
        for step in self._plan.steps:
            if step.place in self._stopped:
                continue
            try:
                if step.kind in ("student", "setup"):
                    self._run(self._connection, step)
                else:
                    self._connection.keep(str(step.place))
            except BoxLost as lost:
                self._stop_at(step, lost.reason, lost.detail)
            if self.time_is_up:
                self._connection.close()
            if self._connection.lost:
                return False
        return True

    def _run(self, connection: Connection, step: Step) -> None:
        setup = sorted(step.locked.binds) if step.locked is not None else []
        try:
            given = connection.run(step.number, step.source, setup)
        except CellStopped as stop:
            self._show(step, stop.outputs)
            self._stop_at(step, stop.reason)
        else:
            self._show(step, given)

    def _show(self, step: Step, given: Any) -> None:
        """Keep what a cell shows, the first time that it runs."""
        if step.place not in self.outputs:
            sieve = Sieve(self._limits.output_per_cell + _NOTE)
            self.outputs[step.place] = sieve.take(given, step.number)

    def _stop_at(self, step: Step, reason: Stop, detail: str = "") -> None:
        """Remember that a cell was stopped, and say so below it."""
        self.time_is_up |= reason is Stop.SUBMISSION
        first = step.place not in self._stopped
        self._stopped.add(step.place)
        if first and step.kind in ("student", "setup"):
            text = messages.stopped(reason, self._limits, of="this cell")
            text += f" ({detail})" if reason is Stop.DIED and detail else ""
            shown = self.outputs.setdefault(step.place, [])
            shown.append(error_output("Stopped", text, [text]))
