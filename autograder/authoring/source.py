"""The source of an assignment: a percent-format notebook whose cell headers name a role.

    # %% role="tests" id="test-step" of="rnn_step_forward" points=2

`read_assignment` parses and validates it; `Assignment.notebook` is the same as nbgrader knows it.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from autograder.cells.markers import BEGIN_HIDDEN, BEGIN_SOLUTION, END_SOLUTION
from autograder.cells.names import bound_names, loaded_names
from autograder.course import AssignmentPaths
from autograder.errors import CourseError

# role: (nbgrader metadata, cell type)
_ROLES: dict[str, tuple[dict[str, bool], str]] = {
    "setup": ({"grade": False, "solution": False, "locked": True}, "code"),
    "solution": ({"grade": False, "solution": True, "locked": False}, "code"),
    "tests": ({"grade": True, "solution": False, "locked": True}, "code"),
    "agreement": ({"grade": False, "solution": False, "locked": True}, "code"),
    "written": ({"grade": True, "solution": True, "locked": False}, "markdown"),
    "summary": ({"grade": False, "solution": False, "locked": True}, "code"),
}
_KEYS = {"role", "id", "of", "points"}
_LAYOUT = {"lines_to_next_cell", "lines_to_end_of_cell_marker"}
_GRADED = {"tests", "written"}
# The cells that the examiner runs, in another process than all others.
_APART = {"tests", "agreement", "summary"}
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Cell:
    """One cell of an assignment.

    Attributes:
        type: "code" or "markdown".
        source: the text of the cell.
        line: the line of its header in the source file, from 1.
        role: one of setup, solution, tests, agreement, written, summary; "" for any other cell.
        id: the grade id; "" for a cell without a role.
        of: for tests, the function they test.
        points: for tests and written answers.
    """

    type: str
    source: str
    line: int
    role: str = ""
    id: str = ""
    of: str = ""
    points: float = 0.0

    def functions(self) -> list[ast.FunctionDef | ast.ClassDef]:
        """The functions and classes that the cell defines at its top level."""
        body = ast.parse(self.source).body
        return [node for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]


@dataclass(frozen=True)
class Assignment:
    """An assignment as its author wrote it, validated."""

    paths: AssignmentPaths
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """The name of the assignment, of its folder and of its notebook."""
        return self.paths.name

    def of_role(self, *roles: str) -> list[Cell]:
        """The cells that have one of these roles, in order."""
        return [cell for cell in self.cells if cell.role in roles]

    @property
    def points(self) -> float:
        """The points of all graded cells."""
        return sum(cell.points for cell in self.cells)

    @cached_property
    def home(self) -> dict[str, Cell]:
        """The solution cell that defines each function."""
        return {node.name: cell for cell in self.of_role("solution") for node in cell.functions()}

    @cached_property
    def sections(self) -> dict[str, str]:
        """The labelled sections of the assignment's chapter: label to heading.

        Raises:
            CourseError: there is no such chapter.
        """
        chapter = self.paths.chapter
        if not chapter.is_file():
            raise CourseError(
                f"{self.paths.relative(chapter)}: not found; hints point to this chapter's sections"
            )
        text = chapter.read_text(encoding="utf-8")
        labelled = re.findall(r"^\(([\w-]+)\)=\n+#+ +(.+)$", text, re.MULTILINE)
        return {label: heading.strip() for label, heading in labelled}

    def notebook(self, packed_hidden: dict[str, str]) -> NotebookNode:
        """The nbgrader source notebook.

        Args:
            packed_hidden: by the id of a tests cell, the recorded values of its hidden checks,
                which are put at the head of its hidden tests.
        """
        notebook = nbformat.v4.new_notebook(
            metadata={
                "kernelspec": {
                    "display_name": "Python 3",
                    "language": "python",
                    "name": "python3",
                },
                "language_info": {"name": "python"},
            }
        )
        for number, cell in enumerate(self.cells, start=1):
            new = getattr(nbformat.v4, f"new_{cell.type}_cell")
            source = _with_packed(cell.source, packed_hidden.get(cell.id, ""))
            notebook.cells.append(
                new(source, id=cell.id or f"cell-{number:02d}", metadata=_metadata(cell))
            )
        return notebook


def read_assignment(paths: AssignmentPaths) -> Assignment:
    """Parse and validate the source of an assignment.

    Raises:
        CourseError: the first thing that is wrong, with file, line, cell and remedy.
    """
    cells = tuple(_cells(paths))
    _validate(paths, cells)
    return Assignment(paths, cells)


def without_solution_marks(source: str) -> str:
    """The source of a solution cell as a student would hand it in."""
    lines = source.split("\n")
    return "\n".join(line for line in lines if line.strip() not in (BEGIN_SOLUTION, END_SOLUTION))


def _cells(paths: AssignmentPaths) -> Iterator[Cell]:
    try:
        text = paths.source.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{paths.relative(paths.source)}: not UTF-8 at byte {error.start}; save it as UTF-8"
        ) from error
    notebook = jupytext.reads(text, fmt="py:percent")
    headers = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith("# %%")]
    if len(headers) != len(notebook.cells):
        raise CourseError(
            f"{paths.relative(paths.source)}: {len(headers)} lines begin with '# %%' but there are "
            f"{len(notebook.cells)} cells; begin the file with a cell header such as "
            "'# %% [markdown]', and start no other line of a cell with '# %%'"
        )
    for line, cell in zip(headers, notebook.cells, strict=True):
        # jupytext keeps layout of its own among the metadata.
        header = {key: item for key, item in cell.metadata.items() if key not in _LAYOUT}
        yield Cell(
            type=cell.cell_type,
            source=cell.source,
            line=line,
            role=str(header.get("role", "")),
            id=str(header.get("id", "")),
            of=str(header.get("of", "")),
            points=_points(paths, line, header),
        )


def _points(paths: AssignmentPaths, line: int, header: dict[str, Any]) -> float:
    """The points in a header, after a look at all its keys."""
    where = f"{paths.relative(paths.source)}:{line}: cell {header.get('id', '(no id)')!r}"
    if "incorrectly_encoded_metadata" in header:
        raise CourseError(
            f"{where}: the header {header['incorrectly_encoded_metadata']!r} cannot be read; write "
            'key="text" or key=number, separated by spaces'
        )
    unknown = header.keys() - _KEYS
    if unknown:
        raise CourseError(
            f"{where}: unknown header key {min(unknown)!r}; "
            f"a header holds {', '.join(sorted(_KEYS))}"
        )
    role, points = header.get("role", ""), header.get("points")
    if role in _GRADED and points is None:
        raise CourseError(f"{where}: a graded cell without points; add points=N to its header")
    if role not in _GRADED and points is not None:
        raise CourseError(
            f"{where}: points on a cell that is not graded; give it the role tests or written, "
            "or take the points away"
        )
    if points is None:
        return 0.0
    if isinstance(points, bool) or not isinstance(points, (int, float)) or points <= 0:
        raise CourseError(f"{where}: points={points!r}; points are a number above zero")
    return float(points)


def _validate(paths: AssignmentPaths, cells: tuple[Cell, ...]) -> None:
    file = paths.relative(paths.source)
    seen: dict[str, int] = {}
    functions: set[str] = set()
    for cell in cells:
        where = f"{file}:{cell.line}: cell {cell.id or '(no id)'!r}"
        _validate_header(where, cell)
        if cell.id in seen:
            raise CourseError(
                f"{where}: the id is used already in line {seen[cell.id]}; give each cell its own"
            )
        if cell.id:
            seen[cell.id] = cell.line
        _validate_regions(where, cell)
        if cell.type == "code":
            _validate_syntax(where, cell)
        if cell.role == "solution":
            functions.update(node.name for node in cell.functions())
        if cell.role == "tests" and cell.of not in functions:
            raise CourseError(
                f"{where}: tests {cell.of!r}, which no solution cell above defines; "
                f"set of= to one of: {', '.join(sorted(functions)) or '(none yet)'}"
            )
    _validate_names(file, cells)
    if not any(cell.role == "setup" for cell in cells):
        raise CourseError(f'{file}: no setup cell; the first code cell must have role="setup"')


def _validate_header(where: str, cell: Cell) -> None:
    if not cell.role:
        if cell.id:
            raise CourseError(f"{where}: an id without a role; add one of {', '.join(_ROLES)}")
        return
    if cell.role not in _ROLES:
        raise CourseError(f"{where}: unknown role {cell.role!r}; the roles are {', '.join(_ROLES)}")
    if not _ID.fullmatch(cell.id):
        raise CourseError(
            f"{where}: a cell with a role needs an id of letters, digits, - and _, at most 64"
        )
    wanted = _ROLES[cell.role][1]
    if cell.type != wanted:
        raise CourseError(f"{where}: the role {cell.role} needs a {wanted} cell")
    if (cell.role == "tests") != bool(cell.of):
        raise CourseError(
            f"{where}: of= names the function under test: tests must have it, other cells must not"
        )


def _validate_regions(where: str, cell: Cell) -> None:
    _validate_region(where, cell, "SOLUTION", {"solution", "written"})
    _validate_region(where, cell, "HIDDEN TESTS", {"tests"})
    if cell.role in ("solution", "written") and BEGIN_SOLUTION not in _stripped(cell):
        raise CourseError(
            f"{where}: no solution block; put the answer between "
            f"{BEGIN_SOLUTION} and {END_SOLUTION}"
        )


def _validate_region(where: str, cell: Cell, kind: str, roles: set[str]) -> None:
    """Check that blocks of one kind are opened, closed, and where they may be."""
    begin, end = f"### BEGIN {kind}", f"### END {kind}"
    is_open = False
    for line in _stripped(cell):
        if line not in (begin, end):
            continue
        if cell.role not in roles:
            raise CourseError(
                f"{where}: {line!r} stands in a cell that is not of role "
                f"{' or '.join(sorted(roles))}; it would reach the students"
            )
        if (line == begin) == is_open:
            missing = f"{end!r} before it" if is_open else f"{begin!r} before it"
            raise CourseError(f"{where}: {line!r} without {missing}")
        is_open = not is_open
    if is_open:
        raise CourseError(f"{where}: {begin!r} is never closed; add {end!r}")


def _validate_names(file: str, cells: tuple[Cell, ...]) -> None:
    """Check that no cell needs what another tests or agreement cell sets.

    When a notebook is graded, tests run in another process than the student's cells, and what one
    of them sets is gone before the next.
    """
    common: set[str] = set()
    aside: dict[str, str] = {}
    for cell in cells:
        if cell.type != "code":
            continue
        bound = bound_names(cell.source)
        needed = loaded_names(cell.source) - bound - common
        for name in sorted(needed & aside.keys()):
            raise CourseError(
                f"{file}:{cell.line}: cell {cell.id or '(no id)'!r}: uses {name!r}, which only "
                f"the cell {aside[name]!r} sets; when graded, tests run apart from all other "
                "cells: set it here, or in the setup cell"
            )
        if cell.role in _APART:
            aside |= dict.fromkeys(bound, cell.id)
        else:
            common |= bound


def _stripped(cell: Cell) -> list[str]:
    return [line.strip() for line in cell.source.split("\n")]


def _validate_syntax(where: str, cell: Cell) -> None:
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        line = cell.line + (error.lineno or 0)
        raise CourseError(f"{where}: does not parse, line {line}: {error.msg}") from error


def _metadata(cell: Cell) -> dict[str, Any]:
    if not cell.role:
        return {}
    details: dict[str, Any] = dict(_ROLES[cell.role][0])
    details |= {"grade_id": cell.id, "schema_version": 3, "task": False}
    if cell.role in _GRADED:
        details["points"] = cell.points
    return {"nbgrader": details}


def _with_packed(source: str, packed: str) -> str:
    """Put the recorded values of hidden checks at the head of the hidden tests."""
    if not packed:
        return source
    # One long line, which the formgrader and feedback pages show as one line.
    call = f'check.load_hidden("{packed}")'
    return source.replace(BEGIN_HIDDEN, f"{BEGIN_HIDDEN}\n{call}", 1)
