"""Grading of a class: submissions from many workers, recorded by one writer.

At any moment the process may be killed. What is recorded then stays, and what is not is graded by
the next run: see `GradedFiles` for the order in which things are written.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from autograder.course import AssignmentPaths, Course
from autograder.fast_imports import import_nbgrader, importing
from autograder.gradebook import audit
from autograder.gradebook.graded_files import GradedFiles, Stamp
from autograder.grading.bundle import Bundle
from autograder.grading.crew import Job, Outcome
from autograder.grading.one import Graded, Stages
from autograder.grading.placement import HeadStart, Placement
from autograder.grading.pool import Grade, pool
from autograder.submissions.files import read_submission
from autograder.submissions.files import students as submissions
from autograder.submissions.parse import DamagedSubmission
from autograder.text import printable

if TYPE_CHECKING:
    from autograder.gradebook.writer import Writer, Written

__all__ = ["ClassReport", "Placement", "Result", "begun", "grade", "gradebook_path", "submissions"]

# On all cores of this machine.
HERE = Placement()


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


Progress = Callable[[Result], None]


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
    stages: Stages

    def count(self, state: str) -> int:
        """How many submissions are in a state."""
        return sum(result.state == state for result in self.results)

    @property
    def scores(self) -> list[float]:
        """The points of all submissions that were graded, now or before."""
        return [
            result.score
            for result in self.results
            if result.score is not None and result.state != "needs attention"
        ]


def grade(
    course: Course,
    name: str,
    students: list[str],
    force: bool,
    progress: Progress,
    placement: Placement = HERE,
    head_start: HeadStart | None = None,
) -> ClassReport:
    """Grade the submissions of an assignment into nbgrader's gradebook; see `begun`."""
    with begun(course, name, students, force, placement, head_start) as go_on:
        return go_on(progress)


@contextmanager
def begun(
    course: Course,
    name: str,
    students: list[str],
    force: bool,
    placement: Placement = HERE,
    head_start: HeadStart | None = None,
) -> Iterator[Callable[[Progress], ClassReport]]:
    """Start what grades the submissions of an assignment, while this process has no threads.

    A submission is left as it is if neither it nor the assignment has changed since it was graded,
    byte for byte. One that cannot be graded is reported and does not stop the others.

    Args:
        course: where.
        name: the assignment, which must have been built.
        students: whose submissions.
        force: grade again what was graded before.
        placement: on how many processes, or at which cluster.
        head_start: what `placement.head_start` has read and launched.

    Yields:
        A function that grades into nbgrader's gradebook, and calls what it is given with each
        result.

    Raises:
        CourseError: the assignment is not in the gradebook, or nothing can be graded here; some
            only once the function is called.
    """
    paths = course.assignment(name)
    start = head_start or HeadStart(course.nbgrader_config())
    bundle = Bundle.read(paths, start.config, start.source)
    wanted = [student for student in students if force or _has_changed(paths, bundle, student)]
    with ExitStack() as open_things:

        @cache
        def writer() -> "Writer":
            # nbgrader takes long to import, and workers are at work meanwhile.
            with importing():
                import_nbgrader()
                from autograder.gradebook.writer import Writer
            return Writer(open_things.enter_context(course.gradebook()), name, start.config)

        @cache
        def workers() -> Grade:
            return open_things.enter_context(
                pool(bundle, len(wanted) or len(students), placement, start.sandbox)
            )

        def go_on(progress: Progress) -> ClassReport:
            run = _ClassRun(paths, bundle, writer, placement.confined, progress)
            outcomes = workers()(run.jobs(wanted)) if wanted else iter(())
            scores = writer().scores()
            others = set(students) - set(wanted)
            lost = [s for s in students if s in others and not _is_recorded(paths, s, scores)]
            for student in students:
                if student in others and student not in lost:
                    run.finish(Result(student, "unchanged"))
            run.settle(outcomes)
            if lost:
                run.settle(workers()(run.jobs(lost)))
            return run.report(students)

        if wanted:
            workers()
        yield go_on


def _has_changed(paths: AssignmentPaths, bundle: Bundle, student: str) -> bool:
    """Whether a submission is not the one, or cannot be seen to be, that was graded last."""
    stamp = GradedFiles(paths, student).stamp()
    try:
        digest = read_submission(paths, student).digest(bundle.digest) if stamp else ""
    except DamagedSubmission:
        return True
    return stamp is None or stamp.digest != digest


def _is_recorded(
    paths: AssignmentPaths, student: str, scores: dict[str, dict[str, float | None]]
) -> bool:
    """Whether the gradebook holds what was recorded when the submission was graded."""
    stamp = GradedFiles(paths, student).stamp()
    return stamp is not None and scores.get(student) == stamp.scores


@dataclass(frozen=True)
class _Origin:
    """What is kept of a submission while it is graded."""

    digest: str
    sha256: str
    handed_in: datetime | None


class _ClassRun:
    """The grading of one class, as it goes."""

    def __init__(
        self,
        paths: AssignmentPaths,
        bundle: Bundle,
        writer: Callable[[], "Writer"],
        confined: bool,
        progress: Progress,
    ) -> None:
        self._paths, self._bundle, self._writer_of = paths, bundle, writer
        self._confined, self._progress = confined, progress
        self._results: dict[str, Result] = {}
        self._origins: dict[str, _Origin] = {}
        self._stages = Stages()

    @property
    def _writer(self) -> "Writer":
        return self._writer_of()

    def jobs(self, students: list[str]) -> Iterator[Job]:
        """Read submissions, one when it is asked for; those that cannot be read are settled."""
        for student in students:
            try:
                submission = read_submission(self._paths, student)
            except DamagedSubmission as error:
                self._refuse(student, str(error))
                continue
            self._origins[student] = _Origin(
                submission.digest(self._bundle.digest),
                audit.sha256(submission.notebook),
                submission.handed_in,
            )
            yield Job(student, submission.notebook)

    def settle(self, outcomes: Iterator[Outcome]) -> None:
        """Record what becomes of submissions."""
        for outcome in outcomes:
            self._settle(outcome)

    def _settle(self, outcome: Outcome) -> None:
        student = outcome.student
        origin = self._origins.pop(student)
        if outcome.graded is None:
            name = self._paths.name
            file = f"submitted/{student}/{name}/{name}.ipynb"
            self._refuse(student, f"{file}: {outcome.reason}", origin.sha256)
            return
        graded = outcome.graded
        with self._stages.stage("record"):
            total = self._record(student, graded, origin)
        self._stages.add(graded.stages)
        self.finish(Result(student, "graded", total))

    def finish(self, result: Result) -> None:
        """Keep a result and tell it."""
        self._results[result.student] = result
        self._progress(result)

    def report(self, students: list[str]) -> ClassReport:
        """The whole class, in the order that was asked for."""
        totals = self._writer.totals()
        results = tuple(
            replace(result, score=totals.get(student)) if result.state == "unchanged" else result
            for student in students
            if (result := self._results.get(student))
        )
        cells = tuple(
            CellReport(*row)
            for row in self._writer.cells({r.student for r in results if r.score is not None})
        )
        return ClassReport(results, cells, self._writer.points, self._stages)

    def _record(self, student: str, graded: Graded, origin: _Origin) -> float:
        """Write everything about one graded submission; see `GradedFiles` for the order."""
        files = GradedFiles(self._paths, student)
        files.prepare(graded.notebook)
        cells = [
            nbformat.from_dict(cell)
            for cell in json.loads(graded.notebook)["cells"]
            if "nbgrader" in cell["metadata"]
        ]
        entry = self._writer.record(student, cells, origin.handed_in)
        self._log(student, origin.sha256, graded, entry)
        stamp = Stamp(origin.digest, entry.scores, len(graded.notebook))
        files.publish(self._bundle.files, origin.handed_in, stamp)
        return entry.total

    def _log(self, student: str, sha256: str, graded: Graded, entry: "Written") -> None:
        grading = audit.Grading(
            self._paths.name,
            student,
            sha256,
            self._bundle.digest,
            self._confined,
            entry.scores,
            repairs=graded.repairs,
            cleared=entry.cleared or None,
            seconds=sum(graded.stages.seconds.values()),
        )
        audit.append(self._paths.course, grading)

    def _refuse(self, student: str, reason: str, sha256: str = "") -> None:
        """Leave a submission ungraded; grades of an earlier one are marked and told."""
        reason = " ".join(reason.split())
        kept = self._writer.doubt(student) if student.isprintable() else None
        if kept is not None:
            # Handed in again as it was, it is graded again, which takes the mark off.
            GradedFiles(self._paths, student).forget()
            reason += f" (the gradebook holds {kept:g} points of an earlier submission)"
        grading = audit.Grading(
            self._paths.name,
            printable(student),
            sha256,
            self._bundle.digest,
            self._confined,
            {},
            reason=reason,
        )
        audit.append(self._paths.course, grading)
        self.finish(Result(student, "needs attention", kept, reason))


def gradebook_path(course: Course) -> Path | None:
    """The gradebook's file, or None where it is a database server."""
    url = course.coursedir().db_url
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
