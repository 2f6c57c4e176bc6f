"""Grading of a class: submissions from many workers, recorded by one writer.

At any moment the process may be killed. What is recorded then stays, and what is not is graded by
the next run: see `GradedFiles` for the order in which things are written.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import nbformat

from autograder.course import AssignmentPaths, Course
from autograder.fast_imports import import_nbgrader, importing
from autograder.gradebook import audit
from autograder.gradebook.graded_files import GradedFiles, Stamp
from autograder.grading.bundle import Bundle
from autograder.grading.class_report import CellReport, ClassReport, Progress, Result
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

__all__ = ["begun", "grade", "submissions"]

# On all cores of this machine.
HERE = Placement()


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
    with _Machinery(paths, bundle, start, placement, len(wanted) or len(students)) as machinery:
        if wanted:
            _ = machinery.workers
        yield lambda progress: _go_on(machinery, students, wanted, progress)


class _Machinery:
    """What grades and what records, each opened when it is first wanted."""

    def __init__(
        self,
        paths: AssignmentPaths,
        bundle: Bundle,
        start: HeadStart,
        placement: Placement,
        count: int,
    ) -> None:
        self.paths, self.bundle, self.confined = paths, bundle, placement.confined
        self._start, self._placement, self._count = start, placement, count
        self._open = ExitStack()

    def __enter__(self) -> "_Machinery":
        return self

    def __exit__(self, *details: Any) -> bool | None:
        return self._open.__exit__(*details)

    @cached_property
    def workers(self) -> Grade:
        """What grades submissions, a class at a time."""
        return self._open.enter_context(
            pool(self.bundle, self._count, self._placement, self._start.sandbox)
        )

    @cached_property
    def writer(self) -> "Writer":
        """The gradebook."""
        # nbgrader takes long to import, and workers are at work meanwhile.
        with importing():
            import_nbgrader()
            from autograder.gradebook.writer import Writer
        gradebook = self._open.enter_context(self.paths.course.gradebook())
        return Writer(gradebook, self.paths.name, self._start.config)


def _go_on(
    machinery: _Machinery, students: list[str], wanted: list[str], progress: Progress
) -> ClassReport:
    """Grade and record what is wanted, and what the gradebook turns out to have lost."""
    run = _ClassRun(machinery, progress)
    outcomes = machinery.workers(run.jobs(wanted)) if wanted else iter(())
    scores = machinery.writer.overview.scores()
    others = set(students) - set(wanted)
    lost = [s for s in students if s in others and not _is_recorded(machinery.paths, s, scores)]
    for student in students:
        if student in others and student not in lost:
            run.finish(Result(student, "unchanged"))
    run.settle(outcomes)
    if lost:
        run.settle(machinery.workers(run.jobs(lost)))
    return run.report(students)


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

    def __init__(self, machinery: _Machinery, progress: Progress) -> None:
        self._paths, self._bundle = machinery.paths, machinery.bundle
        self._machinery, self._progress = machinery, progress
        self._confined = machinery.confined
        self._results: dict[str, Result] = {}
        self._origins: dict[str, _Origin] = {}
        self._stages = Stages()

    @property
    def _writer(self) -> "Writer":
        return self._machinery.writer

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
        totals = self._writer.overview.totals()
        results = tuple(
            replace(result, score=totals.get(student)) if result.state == "unchanged" else result
            for student in students
            if (result := self._results.get(student))
        )
        cells = tuple(
            CellReport(*row)
            for row in self._writer.overview.cells(
                {r.student for r in results if r.score is not None}
            )
        )
        return ClassReport(results, cells, self._writer.overview.points, self._stages)

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
