"""Tests of the tests: every known mistake must cost points where it belongs, and nowhere else."""

import time
from dataclasses import dataclass

import nbformat

from autograder.authoring.assignment import Assignment
from autograder.authoring.build import generate
from autograder.authoring.catalogue import Entry, solution_sources, with_entry
from autograder.authoring.in_process import CellResult, Sources, run_checks
from autograder.course import Course

# The share of misconceptions that a hint must name.
NAMED_SHARE = 0.9


@dataclass(frozen=True)
class Row:
    """One line of the matrix: an implementation held against every tests cell.

    Attributes:
        kind: "blank", "solution", "alternative" or "misconception".
        name: its name in the catalogue.
        of: the function it stands for, "" for blank and solution.
        results: the result of each tests cell, by id.
        points: the points that its tests cells give.
        problem: what is not as it must be, "" if all is well.
    """

    kind: str
    name: str
    of: str
    results: dict[str, CellResult]
    points: float
    problem: str

    @property
    def is_named(self) -> bool:
        """Whether some message names this misconception."""
        return any(self.name in result.named for result in self.results.values())


@dataclass(frozen=True)
class Matrix:
    """The outcome of a selftest.

    Attributes:
        assignment: what was tested.
        rows: one for the blank release, the solution, each alternative, each misconception.
        seconds: the CPU time of the solution's graded path.
    """

    assignment: Assignment
    rows: tuple[Row, ...]
    seconds: float

    @property
    def by_checks(self) -> float:
        """The points that checks can give."""
        return sum(cell.points for cell in self.assignment.of_role("tests"))

    @property
    def by_hand(self) -> float:
        """The points that written answers can earn."""
        return self.assignment.points - self.by_checks

    @property
    def named(self) -> tuple[int, int]:
        """How many misconceptions a hint names, of how many."""
        rows = [row for row in self.rows if row.kind == "misconception"]
        return sum(row.is_named for row in rows), len(rows)

    @property
    def problems(self) -> list[str]:
        """Everything that is not as it must be, one line each."""
        found = [f"{row.kind} {row.name}: {row.problem}" for row in self.rows if row.problem]
        named, count = self.named
        if named < NAMED_SHARE * count:
            unnamed = ", ".join(
                row.name for row in self.rows if row.kind == "misconception" and not row.is_named
            )
            found.append(
                f"hints name {named} of {count} misconceptions, fewer than "
                f"{NAMED_SHARE:.0%}; without a name: {unnamed}"
            )
        return found


def selftest(course: Course, name: str) -> Matrix:
    """Hold the blank release, the solution and the whole catalogue against the tests.

    Raises:
        CourseError: the assignment does not build.
    """
    product = generate(course, name, enter_in_gradebook=False)
    assignment, recorded = product.assignment, product.recorded
    right = solution_sources(assignment)
    blank = _released_sources(product.released_files[f"{name}.ipynb"], assignment)

    def row(kind: str, row_name: str, sources: Sources, entry: Entry | None = None) -> Row:
        # A student sees only the visible checks: those alone must fail a blank notebook.
        results = run_checks(assignment, sources, recorded, hidden_too=kind != "blank")
        points = sum(
            recorded.cells[cell].points for cell, result in results.items() if result.passed
        )
        of = entry.of if entry else ""
        problem = _problem(kind, of, results, assignment)
        return Row(kind, row_name, of, results, points, problem)

    started = time.process_time()
    solution = row("solution", "solution", right)
    seconds = time.process_time() - started
    rows = [row("blank", "blank release", blank), solution]
    for kind, entries in (
        ("alternative", product.catalogue.alternatives),
        ("misconception", product.catalogue.misconceptions),
    ):
        rows += [row(kind, e.name, with_entry(assignment, right, e), e) for e in entries]
    return Matrix(assignment, tuple(rows), seconds)


def _problem(kind: str, of: str, results: dict[str, CellResult], assignment: Assignment) -> str:
    """What one row shows that it must not, or ""."""
    functions = {cell.id: cell.of for cell in assignment.of_role("tests")}
    lost = [cell for cell, result in results.items() if not result.passed]
    if kind == "blank":
        kept = sorted(results.keys() - set(lost))
        return f"passes {', '.join(kept)} with nothing written" if kept else ""
    if kind in ("solution", "alternative"):
        return f"fails {lost[0]}: {_first_line(results[lost[0]])}" if lost else ""
    elsewhere = [cell for cell in lost if functions[cell] != of]
    if elsewhere:
        message = _first_line(results[elsewhere[0]])
        return f"is of {of} but loses points in {', '.join(elsewhere)}: {message}"
    return "" if lost else f"loses no points; a check of {of} must tell it from the solution"


def _first_line(result: CellResult) -> str:
    return result.message.split("\n")[0]


def _released_sources(notebook: bytes, assignment: Assignment) -> Sources:
    """The solution cells as a student gets them."""
    cells = nbformat.reads(notebook.decode(), as_version=4).cells
    sources = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in cells}
    return {cell.id: sources[cell.id] for cell in assignment.of_role("solution")}
