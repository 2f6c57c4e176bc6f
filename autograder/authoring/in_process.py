"""Runs of an assignment in this process, with trusted code: the author's own, never a student's."""

import ast
import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from autograder.authoring.assignment import Assignment, Cell
from autograder.cells.markers import hidden_lines, is_hidden
from autograder.errors import CourseError
from unrolled.checks.kinds import NotebookChecks
from unrolled.checks.recorded import Recorded
from unrolled.checks.score import agreement
from unrolled.checks.session import CheckFailed, Checks
from unrolled.checks.values import NotPlainError, Plain, plain

Sources = dict[str, str]  # the text of each solution cell, by id


@dataclass(frozen=True)
class Sighting:
    """The value that a named check was given: a plain value, or a bool for a property."""

    cell: str
    hidden: bool
    is_property: bool
    value: Plain


class Observer(NotebookChecks):
    """Stands in for a notebook's checks and keeps what they are given."""

    def __init__(self) -> None:
        self.sightings: dict[str, Sighting] = {}
        self.cell = ""
        self.hidden = False

    @property
    def being_graded(self) -> bool:
        return False

    def __call__(self, name: str, value: Any) -> None:
        self._see(name, False, plain(value))

    def that(self, name: str, condition: Any) -> None:
        self._see(name, True, bool(condition))

    def load_hidden(self, packed: str) -> None:
        """Nothing is recorded yet."""

    def import_torch(self) -> ModuleType | None:
        return import_module("torch")

    def agrees(self, name: str, mine: Any, theirs: Any, tolerance: float = 1e-10) -> None:
        verdict = agreement(name, mine, theirs, tolerance)
        if not verdict.right:
            raise CheckFailed(verdict)

    def summary(self) -> None:
        """Nothing to sum up while values are recorded."""

    def _see(self, name: str, is_property: bool, value: Plain) -> None:
        if name in self.sightings:
            raise CourseError(f"cell {self.cell!r}: the check {name!r} has the name of another")
        self.sightings[name] = Sighting(self.cell, self.hidden, is_property, value)


def observe_solution(assignment: Assignment, sources: Sources) -> dict[str, Sighting]:
    """Run every code cell with the solution and keep the value of each named check.

    Raises:
        CourseError: a cell does not run, or the solution disagrees with PyTorch.
    """
    observer = Observer()
    with _quiet():
        names: dict[str, Any] = {}
        for cell in _code_cells(assignment, sources):
            observer.cell = cell.id
            try:
                for statement in _statements(cell):
                    observer.hidden = statement.hidden
                    exec(statement.code, names)
            except Exception as error:
                raise CourseError(_failure(assignment, cell, error)) from error
            _install(names, cell, observer)
    return observer.sightings


def observe_variant(assignment: Assignment, sources: Sources) -> dict[str, Sighting]:
    """Run the solution and tests cells with other solutions; statements that fail are passed by."""
    observer = Observer()
    with _quiet():
        names: dict[str, Any] = {}
        for cell in _code_cells(assignment, sources, "setup", "solution", "tests"):
            observer.cell = cell.id
            for statement in _statements(cell):
                observer.hidden = statement.hidden
                try:
                    exec(statement.code, names)
                # A wrong implementation may fail in any way. What other statements show is still
                # worth recording, unless they use the values that this one should have set.
                except Exception:
                    for target in statement.targets:
                        names.pop(target, None)
            _install(names, cell, observer)
    return observer.sightings


@dataclass(frozen=True)
class CellResult:
    """How one tests cell went.

    Attributes:
        passed: whether all its checks passed.
        message: what the learner reads if not.
        named: the known mistakes the message names.
    """

    passed: bool
    message: str = ""
    named: tuple[str, ...] = ()


def run_checks(
    assignment: Assignment, sources: Sources, recorded: Recorded, hidden_too: bool = True
) -> dict[str, CellResult]:
    """Run an assignment with its checks; the result of each tests cell.

    Args:
        assignment: what to run.
        sources: the solution cells to run it with.
        recorded: the recorded values.
        hidden_too: run the hidden tests, as grading does; if not, run what a student can run.
    """
    results = {}
    check = Checks(assignment.name, recorded=recorded)
    with _quiet():
        names: dict[str, Any] = {}
        for cell in _code_cells(assignment, sources, "setup", "solution", "tests"):
            result = _run_cell(cell, names, hidden_too)
            if cell.role == "tests":
                results[cell.id] = result
            _install(names, cell, check)
    return results


def _run_cell(cell: Cell, names: dict[str, Any], hidden_too: bool) -> CellResult:
    try:
        for statement in _statements(cell):
            if hidden_too or not statement.hidden:
                exec(statement.code, names)
    except CheckFailed as failure:
        named = tuple(mistake.name for mistake in failure.verdict.mistakes)
        return CellResult(False, str(failure), named)
    except Exception as error:
        return CellResult(False, f"{type(error).__name__}: {error}")
    return CellResult(True)


def _code_cells(assignment: Assignment, sources: Sources, *roles: str) -> Iterator[Cell]:
    """The code cells of these roles (all, if none is named), with the given solutions."""
    for cell in assignment.cells:
        if cell.type != "code" or (roles and cell.role not in roles):
            continue
        if cell.role == "solution":
            cell = Cell(cell.type, sources[cell.id], cell.line, cell.role, cell.id)
        yield cell


@dataclass(frozen=True)
class _Statement:
    """A top-level statement of a cell, compiled, and the names it sets."""

    code: CodeType
    hidden: bool
    targets: frozenset[str]


# A catalogue is a hundred variants of one notebook, which differ in one cell.
@lru_cache(maxsize=1024)
def _statements(cell: Cell) -> tuple[_Statement, ...]:
    hidden = hidden_lines(cell.source)
    file = f"<cell {cell.id or cell.line}>"
    statements = []
    for node in ast.parse(cell.source).body:
        targets = {
            name.id
            for name in ast.walk(node)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        code = compile(ast.Module([node], type_ignores=[]), file, "exec")
        statements.append(_Statement(code, is_hidden(node, hidden), frozenset(targets)))
    return tuple(statements)


def _install(names: dict[str, Any], cell: Cell, check: NotebookChecks) -> None:
    """After the setup cell has made its own checks, put ours in their place."""
    if cell.role == "setup":
        names["check"] = check


def _failure(assignment: Assignment, cell: Cell, error: Exception) -> str:
    paths = assignment.paths
    where = f"{paths.relative(paths.source)}:{cell.line}: cell {cell.id or '(no id)'!r}"
    if isinstance(error, CourseError):
        return f"{where}: {error}"
    if isinstance(error, CheckFailed):
        return f"{where}: the solution disagrees with PyTorch: {' '.join(str(error).split())}"
    if isinstance(error, NotPlainError):
        return f"{where}: a check is given {error}; checks compare numbers, text and arrays"
    return f"{where}: the solution does not run ({type(error).__name__}: {error})"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what cells print, warn and draw away from the terminal."""
    import matplotlib

    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        matplotlib.rc_context({"backend": "agg"}),
    ):
        warnings.simplefilter("ignore")
        yield
        import matplotlib.pyplot as plt

        plt.close("all")
