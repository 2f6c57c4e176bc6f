"""What nbgrader's gradebook says of one cell after grading, by the rules of SaveAutoGrades."""

from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Grade
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task


def by_grade_id(cells: list[NotebookNode]) -> dict[str, NotebookNode]:
    """The cells that nbgrader grades or comments."""
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in cells
        if is_grade(cell) or is_solution(cell) or is_task(cell)
    }


def enter_score(grade: Any, cell: NotebookNode | None) -> dict[str, Any]:
    """Enter the points of one cell; points by hand that were cleared, if any were."""
    before = grade.auto_score
    grade.auto_score = 0.0 if cell is None else determine_grade(cell)[0]
    # nbgrader never touches points by hand. But those for an answer that is gone are no points.
    # Where there was none before either, a person gave them knowing that.
    gone = cell is None or (is_solution(cell) and grade.auto_score == 0 and before is None)
    cleared = {}
    if gone and grade.manual_score is not None:
        cleared = {"points": grade.manual_score, "extra credit": grade.extra_credit}
        grade.manual_score = grade.extra_credit = None
    grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
    return cleared


def enter_comment(comment: Any, cell: NotebookNode | None) -> None:
    """Note where nothing was written."""
    unchanged = cell is None or (
        cell.metadata.nbgrader.get("checksum") == compute_checksum(cell) and not is_task(cell)
    )
    comment.auto_comment = "No response." if unchanged else None


def score(grade: Any) -> float:
    """nbgrader's rule: points by hand before those of checks, and extra credit to either."""
    points = grade.manual_score if grade.manual_score is not None else grade.auto_score
    return 0.0 if points is None else float(points + (grade.extra_credit or 0.0))


def is_filled(row: Any) -> bool:
    """Whether a grade or comment holds anything."""
    names = ["auto_comment", "manual_comment"]
    if isinstance(row, Grade):
        names = ["auto_score", "manual_score", "extra_credit"]
    return any(getattr(row, name) is not None for name in names)
