"""An assignment as its author wrote it, and the notebook that nbgrader knows."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.cells.markers import BEGIN_HIDDEN, BEGIN_SOLUTION, END_SOLUTION
from autograder.course import AssignmentPaths
from autograder.errors import CourseError

# role: (nbgrader metadata, cell type)
ROLES: dict[str, tuple[dict[str, bool], str]] = {
    "setup": ({"grade": False, "solution": False, "locked": True}, "code"),
    "solution": ({"grade": False, "solution": True, "locked": False}, "code"),
    "tests": ({"grade": True, "solution": False, "locked": True}, "code"),
    "agreement": ({"grade": False, "solution": False, "locked": True}, "code"),
    "written": ({"grade": True, "solution": True, "locked": False}, "markdown"),
    "summary": ({"grade": False, "solution": False, "locked": True}, "code"),
}
GRADED = {"tests", "written"}


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


def without_solution_marks(source: str) -> str:
    """The source of a solution cell as a student would hand it in."""
    lines = source.split("\n")
    return "\n".join(line for line in lines if line.strip() not in (BEGIN_SOLUTION, END_SOLUTION))


def _metadata(cell: Cell) -> dict[str, Any]:
    if not cell.role:
        return {}
    details: dict[str, Any] = dict(ROLES[cell.role][0])
    details |= {"grade_id": cell.id, "schema_version": 3, "task": False}
    if cell.role in GRADED:
        details["points"] = cell.points
    return {"nbgrader": details}


def _with_packed(source: str, packed: str) -> str:
    """Put the recorded values of hidden checks at the head of the hidden tests."""
    if not packed:
        return source
    # One long line, which the formgrader and feedback pages show as one line.
    call = f'check.load_hidden("{packed}")'
    return source.replace(BEGIN_HIDDEN, f"{BEGIN_HIDDEN}\n{call}", 1)
