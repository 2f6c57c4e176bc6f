"""Grading of a class with nbgrader's own Autograde, one submission after the other."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.build import nbgrader_log
from autograder.course import AssignmentPaths, Course
from autograder.errors import CourseError
from autograder.submission import DamagedSubmission, find_notebook, read_notebook


@dataclass(frozen=True)
class Result:
    """How one submission came out.

    Attributes:
        student: the name of the folder under submitted/.
        state: "graded", "unchanged" (graded before, nothing new since) or "needs attention".
        score: the points in the gradebook, None where there are none.
        reason: for "needs attention", what went wrong, in one line.
    """

    student: str
    state: str
    score: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class CellReport:
    """One graded cell over the class: its points, the mean, and how many still need a person."""

    cell: str
    points: float
    mean: float
    waiting: int


@dataclass(frozen=True)
class ClassReport:
    """A graded class."""

    results: tuple[Result, ...]
    cells: tuple[CellReport, ...]
    points: float

    def count(self, state: str) -> int:
        """How many submissions are in a state."""
        return sum(result.state == state for result in self.results)

    @property
    def scores(self) -> list[float]:
        """The points of all graded submissions."""
        return [result.score for result in self.results if result.score is not None]


def submissions(course: Course, name: str) -> list[str]:
    """The students who handed in an assignment, sorted.

    Raises:
        CourseError: there is no such assignment, or nobody handed it in.
    """
    course.assignment(name)
    # A file in place of the folder is damage, to be reported, and not the lack of a submission.
    students = sorted(path.parent.name for path in course.submitted.glob(f"*/{name}"))
    if not students:
        raise CourseError(
            f"submitted/*/{name}: no submissions; put each student's folder there, or make a "
            f"demo class with `autograder simulate {name}`"
        )
    return students


def grade(
    course: Course,
    name: str,
    students: list[str],
    force: bool,
    progress: Callable[[Result], None],
) -> ClassReport:
    """Grade the submissions of an assignment into nbgrader's gradebook.

    A submission is left as it is if neither it nor the assignment has changed since it was graded,
    byte for byte. One that cannot be graded is reported and does not stop the others.

    Args:
        course: where.
        name: the assignment, which must have been built.
        students: whose submissions.
        force: grade again what was graded before.
        progress: called with each result.

    Raises:
        CourseError: the assignment is not in the gradebook.
    """
    paths = course.assignment(name)
    if not paths.built_notebook.is_file():
        raise CourseError(f"{name}: not built; run `autograder build {name}` first")
    results = []
    with course.gradebook() as gradebook:
        _require_assignment(gradebook, name)
        for student in students:
            result = _outcome(gradebook, paths, student, force)
            gradebook.db.expire_all()
            result = replace(result, score=_score(gradebook, name, result))
            results.append(result)
            progress(result)
        cells = tuple(_cell_reports(gradebook, name, students))
        points = gradebook.find_assignment(name).max_score
    return ClassReport(tuple(results), cells, points)


def _require_assignment(gradebook: Any, name: str) -> None:
    from nbgrader.api import MissingEntry

    try:
        gradebook.find_assignment(name)
    except MissingEntry:
        raise CourseError(
            f"{name}: not in the gradebook; run `autograder build {name}` first"
        ) from None


def _outcome(gradebook: Any, paths: AssignmentPaths, student: str, force: bool) -> Result:
    try:
        notebook = find_notebook(paths, student)
        # Before grading: what is handed in meanwhile must not count as graded.
        digest = _digest(paths, student)
        if not force and _is_up_to_date(gradebook, paths, student, digest):
            return Result(student, "unchanged")
        _require_readable(paths, notebook)
    # What cannot be read never reaches the gradebook, where it would look like a zero.
    except DamagedSubmission as error:
        return Result(student, "needs attention", reason=" ".join(str(error).split()))
    result = _grade_one(paths.course, paths.name, student)
    if result.state == "graded":
        stamp = _stamp(paths, student)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)
    return result


def _require_readable(paths: AssignmentPaths, notebook: Path) -> None:
    where = paths.relative(notebook)
    try:
        with nbgrader_log():
            read_notebook(notebook.read_bytes())
    except DamagedSubmission as error:
        raise DamagedSubmission(f"{where}: {error}") from None
    except OSError as error:
        raise DamagedSubmission(f"{where}: cannot be read ({error.strerror})") from None


def _grade_one(course: Course, name: str, student: str) -> Result:
    """Grade one submission; what fails is tried once more, as a kernel may fail to start."""
    failure = _autograde(course, name, student) and _autograde(course, name, student)
    if failure:
        return Result(student, "needs attention", reason=failure)
    return Result(student, "graded")


def _autograde(course: Course, name: str, student: str) -> str:
    """Run nbgrader's Autograde on one submission; why it failed, or ""."""
    from nbgrader.converters import Autograde

    coursedir = course.coursedir()
    coursedir.assignment_id, coursedir.student_id = name, student
    with nbgrader_log() as log:
        try:
            Autograde(coursedir=coursedir, config=coursedir.config, force=True).start()
        # A submission can fail in any way, and SystemExit is one of nbgrader's.
        except (Exception, SystemExit) as error:
            return log.summary(error)
    return ""


def _stamp(paths: AssignmentPaths, student: str) -> Path:
    """Where it is kept what a student's grades were made from."""
    return paths.course.root / "_build" / "graded" / paths.name / student


def _digest(paths: AssignmentPaths, student: str) -> str:
    """A hash of all that a student's grades depend on: the assignment and the submission."""
    handed_in = paths.course.submitted / student / paths.name
    digest = hashlib.sha256(paths.built_notebook.read_bytes())
    for path in sorted(handed_in.rglob("*")):
        if path.is_file() and not path.is_symlink():
            digest.update(f"\0{path.relative_to(handed_in)}\0".encode(errors="surrogateescape"))
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_up_to_date(gradebook: Any, paths: AssignmentPaths, student: str, digest: str) -> bool:
    """Whether the gradebook holds grades of this very submission and this very assignment."""
    graded = paths.course.root / "autograded" / student / paths.name / f"{paths.name}.ipynb"
    stamp = _stamp(paths, student)
    if not graded.is_file() or not stamp.is_file():
        return False
    if stamp.read_text() != digest:
        return False
    # A run that was killed leaves the notebook without its grades.
    submission = _submission(gradebook, paths.name, student)
    return submission is not None and all(
        grade.auto_score is not None or grade.needs_manual_grade or grade.manual_score is not None
        for notebook in submission.notebooks
        for grade in notebook.grades
    )


def _submission(gradebook: Any, name: str, student: str) -> Any:
    from nbgrader.api import MissingEntry

    try:
        return gradebook.find_submission(name, student)
    except MissingEntry:
        return None


def _score(gradebook: Any, name: str, result: Result) -> float | None:
    submission = _submission(gradebook, name, result.student)
    return None if submission is None or result.reason else float(submission.score)


def _cell_reports(gradebook: Any, name: str, students: list[str]) -> Iterator[CellReport]:
    """The graded cells in the notebook's order, over the given students."""
    wanted = set(students)
    submissions = [
        submission
        for submission in gradebook.assignment_submissions(name)
        if submission.student.id in wanted
    ]
    grades: dict[str, list[Any]] = {}
    for submission in submissions:
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grades.setdefault(grade.name, []).append(grade)
    for cell, given in grades.items():
        mean = sum(grade.score for grade in given) / len(given)
        waiting = sum(grade.needs_manual_grade for grade in given)
        yield CellReport(cell, float(given[0].max_score), mean, waiting)


def gradebook_path(course: Course) -> Path | None:
    """The gradebook's file, or None where it is a database server."""
    url = course.coursedir().db_url
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
