"""One graded notebook into nbgrader's gradebook, in one transaction.

The rules are those of nbgrader's SaveAutoGrades and AssignLatePenalties. Those open the database
again for each step and commit after each cell, which costs more than the grading.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
    new_uuid,
)
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import load_only
from sqlalchemy.orm.attributes import set_committed_value

from autograder.errors import CourseError
from autograder.gradebook.overview import Overview
from autograder.gradebook.points import by_grade_id, enter_comment, enter_score, is_filled, score

# Milliseconds to wait for another program, such as the formgrader, that writes to SQLite.
_PATIENCE = 60_000


@dataclass(frozen=True)
class Written:
    """What was recorded of one submission.

    Attributes:
        scores: by graded cell, the points of its checks; None where a person grades.
        total: the points of the whole notebook, by hand included, late penalty taken off.
        cleared: by cell, points and comments by hand whose answer is gone.
    """

    scores: dict[str, float | None]
    total: float
    cleared: dict[str, dict[str, Any]] = field(default_factory=dict)


class Writer:
    """nbgrader's gradebook, open for one notebook of one assignment.

    Args:
        gradebook: nbgrader's.
        assignment: the name of the assignment.
        notebook: the name of the notebook, by default that of the assignment.
        config: nbgrader's configuration, for the late penalties.

    Attributes:
        overview: what it holds of the whole class.

    Raises:
        CourseError: the gradebook does not know the assignment.
    """

    def __init__(
        self, gradebook: Gradebook, assignment: str, config: Any, notebook: str = ""
    ) -> None:
        self._db = gradebook.db
        # What was committed need not be read again: nobody else grades.
        self._db().expire_on_commit = False
        if self._db.get_bind().dialect.name == "sqlite":
            self._db.connection().exec_driver_sql(f"PRAGMA busy_timeout = {_PATIENCE}")
        self._assignment = self._one(select(Assignment).where(Assignment.name == assignment))
        self._notebook = self._assignment and self._one(
            select(Notebook).where(
                Notebook.assignment_id == self._assignment.id,
                Notebook.name == (notebook or assignment),
            )
        )
        if self._notebook is None:
            raise CourseError(
                f"{assignment}: not in the gradebook; run `autograder build {assignment}` first"
            )
        self._graded = self._cells(GradeCell) | self._cells(TaskCell)
        self._commented = self._cells(SolutionCell) | self._cells(TaskCell)
        worth = self._points(GradeCell) | self._points(TaskCell)
        self.overview = Overview(
            self._db, self._assignment.id, self._notebook.id, self._graded, worth
        )
        self._config = config
        if "AssignLatePenalties" in config:
            _ = self._late  # What is wrong with it is to be known now.

    def record(
        self, student: str, cells: list[NotebookNode], handed_in: datetime | None
    ) -> Written:
        """Enter a graded notebook, all of it or nothing.

        Args:
            student: the student, who is entered too if not known.
            cells: those of the graded notebook that nbgrader knows, with outputs.
            handed_in: when it was handed in, in UTC; None leaves what is known.

        Raises:
            CourseError: the gradebook cannot be written, or its cells are not the notebook's.
        """
        known = by_grade_id(cells)
        with self._transaction():
            submission = self._find(student) or self._new_submission(student)
            if handed_in is not None and submission.timestamp != handed_in:
                submission.timestamp = handed_in
            submitted = self._submitted_notebook(submission)
            grades, comments = self._rows(Grade, submitted), self._rows(Comment, submitted)
            written = Written({}, 0.0)
            for name, cell_id in self._graded.items():
                grade = grades[cell_id]
                cleared = enter_score(grade, known.get(name))
                if cleared:
                    comment = comments.get(self._commented.get(name, ""))
                    cleared["comment"] = comment.manual_comment if comment else None
                    written.cleared[name] = cleared
                written.scores[name] = grade.auto_score
            for name, cell_id in self._commented.items():
                enter_comment(comments[cell_id], known.get(name))
            total = sum(map(score, grades.values()))
            submitted.late_submission_penalty = self._penalty(submission, total)
        return Written(
            written.scores, total - (submitted.late_submission_penalty or 0.0), written.cleared
        )

    def doubt(self, student: str) -> float | None:
        """Mark what is recorded as in need of a person: what was handed in since is unreadable.

        Returns:
            The points that the gradebook holds, or None where it holds no submission.
        """
        with self._transaction():
            submission = self._find(student)
            if submission is None:
                return None
            submitted = self._submitted_notebook(submission)
            grades = self._rows(Grade, submitted).values()
            for grade in grades:
                grade.needs_manual_grade = True
        return sum(map(score, grades)) - (submitted.late_submission_penalty or 0.0)

    def forget_empty(self, student: str) -> None:
        """Remove a submission to which nobody and nothing has given a score or a comment."""
        with self._transaction():
            submission = self._find(student)
            if submission is None:
                return
            submitted = self._submitted_notebook(submission)
            rows = [
                *self._rows(Grade, submitted).values(),
                *self._rows(Comment, submitted).values(),
            ]
            if any(is_filled(row) for row in rows):
                return
            for row in (*rows, submitted, submission):
                self._db.delete(row)
                self._db.flush()

    def _cells(self, kind: Any) -> dict[str, str]:
        """By name, the ids of the notebook's cells of one kind, in the notebook's order."""
        rows = self._db.execute(
            select(kind.name, kind.id).where(kind.notebook_id == self._notebook.id)
        )
        return dict(tuple(row) for row in rows)

    def _points(self, kind: Any) -> dict[str, float]:
        rows = self._db.execute(
            select(kind.name, kind.max_score).where(kind.notebook_id == self._notebook.id)
        )
        return {name: float(points) for name, points in rows}

    def _one(self, query: Any) -> Any:
        return self._db.execute(query).scalar_one_or_none()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            yield
            self._db.commit()
        except OperationalError as error:
            self._db.rollback()
            raise CourseError(
                f"the gradebook cannot be written ({error.orig}); what was recorded stays: see "
                "that no other program holds it, then run the same command again"
            ) from error
        except BaseException:
            self._db.rollback()
            raise

    def _find(self, student: str) -> Any:
        return self._one(
            select(SubmittedAssignment).where(
                SubmittedAssignment.assignment_id == self._assignment.id,
                SubmittedAssignment.student_id == student,
            )
        )

    # New rows get their ids here, so that all of a submission's are written at once.

    def _new_submission(self, student: str) -> Any:
        if self._db.get(Student, student) is None:
            self._db.add(Student(id=student))
        submission = SubmittedAssignment(
            id=new_uuid(), student_id=student, assignment_id=self._assignment.id
        )
        # Not by assigning it: the assignment would keep hold of each submission.
        set_committed_value(submission, "assignment", self._assignment)
        self._db.add(submission)
        return submission

    def _submitted_notebook(self, submission: Any) -> Any:
        """The notebook of a submission."""
        submitted = None
        if submission not in self._db.new:
            submitted = self._one(
                select(SubmittedNotebook).where(
                    SubmittedNotebook.assignment_id == submission.id,
                    SubmittedNotebook.notebook_id == self._notebook.id,
                )
            )
        if submitted is None:
            submitted = SubmittedNotebook(
                id=new_uuid(), assignment_id=submission.id, notebook_id=self._notebook.id
            )
            self._db.add(submitted)
        return submitted

    def _rows(self, kind: Any, submitted: Any) -> dict[str, Any]:
        """By cell, the grades or comments of a submitted notebook; missing ones are made."""
        rows = {} if submitted in self._db.new else self._rows_of(kind, submitted)
        wanted = self._graded if kind is Grade else self._commented
        for cell_id in wanted.values():
            if cell_id not in rows:
                rows[cell_id] = kind(cell_id=cell_id, notebook_id=submitted.id)
                self._db.add(rows[cell_id])
        return rows

    def _rows_of(self, kind: Any, submitted: Any) -> dict[str, Any]:
        columns = [
            getattr(kind, column.key) for column in kind.__table__.columns if column.key != "id"
        ]
        query = select(kind).where(kind.notebook_id == submitted.id).options(load_only(*columns))
        return {row.cell_id: row for row in self._db.execute(query).scalars()}

    @cached_property
    def _late(self) -> Any:
        """The configured plugin for late penalties."""
        # Here, because it takes a while to import, and many classes have nobody who is late.
        from nbgrader.preprocessors import AssignLatePenalties

        step = AssignLatePenalties(config=self._config)
        step.init_plugin()
        return step.plugin_inst

    def _penalty(self, submission: Any, score: float) -> float | None:
        late = submission.total_seconds_late
        if late <= 0:
            return None
        penalty = self._late.late_submission_penalty(submission.student_id, score, late)
        return None if penalty is None else min(max(penalty, 0.0), score)
