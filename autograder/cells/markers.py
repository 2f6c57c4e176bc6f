"""The marks in a cell: comment lines that part its text, and what nbgrader says of it.

nbgrader has the same questions about its metadata, and takes most of a second to import: too long
for a worker that asks nothing else of it.
"""

import ast

from nbformat import NotebookNode

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


def hidden_lines(source: str) -> set[int]:
    """The lines of all hidden tests, from 1; a block that is not closed is hidden to the end."""
    found = set()
    is_open = False
    for number, line in enumerate(source.split("\n"), start=1):
        mark = line.strip()
        if is_open or mark == BEGIN_HIDDEN:
            found.add(number)
            is_open = mark != END_HIDDEN
    return found


def is_hidden(statement: ast.stmt, lines: set[int]) -> bool:
    """Whether a statement stands in these lines; one that is partly hidden is hidden."""
    own = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    return not lines.isdisjoint(own)


def is_grade(cell: NotebookNode) -> bool:
    """Whether nbgrader gives points for a cell."""
    return _says(cell, "grade")


def is_solution(cell: NotebookNode) -> bool:
    """Whether nbgrader takes the text of a cell from the student."""
    return _says(cell, "solution")


def is_locked(cell: NotebookNode) -> bool:
    """Whether nbgrader takes the text of a cell from the instructor."""
    return not is_solution(cell) and (is_grade(cell) or _says(cell, "locked"))


def _says(cell: NotebookNode, setting: str) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get(setting, False))
