"""What the gradebook holds of a whole class, for one notebook of one assignment."""

from collections.abc import Iterator
from typing import Any

from nbgrader.api import Grade, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select


class Overview:
    """The scores of a class.

    Args:
        db: the session of nbgrader's gradebook.
        assignment, notebook: their ids.
        graded: by name, the ids of the graded cells.
        worth: by name, the points that they are worth.
    """

    def __init__(
        self,
        db: Any,
        assignment: str,
        notebook: str,
        graded: dict[str, str],
        worth: dict[str, float],
    ) -> None:
        self._db, self._assignment, self._notebook = db, assignment, notebook
        self._graded, self._worth = graded, worth

    @property
    def points(self) -> float:
        """The points of all graded cells."""
        return sum(self._worth.values())

    def scores(self) -> dict[str, dict[str, float | None]]:
        """By student and cell, the points that checks have given."""
        found: dict[str, dict[str, float | None]] = {}
        for student, cell, points in self._grades(Grade.auto_score):
            found.setdefault(student, {})[cell] = points
        self._db.commit()
        return found

    def totals(self) -> dict[str, float]:
        """By student, the points in the gradebook, late penalties taken off."""
        rows = self._db.execute(
            select(
                SubmittedAssignment.student_id,
                SubmittedAssignment.score - SubmittedAssignment.late_submission_penalty,
            ).where(SubmittedAssignment.assignment_id == self._assignment)
        )
        found = {student: float(score) for student, score in rows}
        self._db.commit()
        return found

    def cells(self, students: set[str]) -> Iterator[tuple[str, float, float, int]]:
        """For each graded cell its points, their mean over students, and how many must be graded.

        Yields:
            The name, the points that it is worth, the mean, the number that waits for a person.
        """
        given: dict[str, list[Any]] = {name: [] for name in self._graded}
        for student, cell, points, waits in self._grades(Grade.score, Grade.needs_manual_grade):
            if student in students:
                given[cell].append((points, waits))
        self._db.commit()
        for name, rows in given.items():
            if rows:
                scores, waiting = zip(*rows, strict=True)
                yield name, self._worth[name], sum(scores) / len(scores), sum(waiting)

    def _grades(self, *columns: Any) -> Iterator[tuple[Any, ...]]:
        """For each graded cell of each student: the student, the cell's name, these columns.

        Tables are put together here: SQLite does it in a time that grows with the square of the
        class, because nbgrader's tables have no index on what they are put together by.
        """
        submissions = select(SubmittedAssignment.id, SubmittedAssignment.student_id).where(
            SubmittedAssignment.assignment_id == self._assignment
        )
        notebooks = select(SubmittedNotebook.id, SubmittedNotebook.assignment_id).where(
            SubmittedNotebook.notebook_id == self._notebook
        )
        students = dict(map(tuple, self._db.execute(submissions)))
        rows = self._db.execute(notebooks)
        of_notebook = {submitted: students[of] for submitted, of in rows if of in students}
        names = {cell_id: name for name, cell_id in self._graded.items()}
        grades = select(Grade.notebook_id, Grade.cell_id, *columns).where(Grade.cell_id.in_(names))
        for submitted, cell_id, *values in self._db.execute(grades):
            # Rows of a submission that somebody has removed by hand belong to nobody.
            if submitted in of_notebook:
                yield of_notebook[submitted], names[cell_id], *values
