"""The steps through which `nbgrader autograde` and the formgrader's button grade as we do.

nbgrader_config.py switches them on. nbgrader sanitizes a submission with `Rebuild`, writes it to
autograded/, reads that again, grades it with `Examine` and enters the grades with `Record`.
"""

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

from autograder.course import AssignmentPaths, Course
from autograder.gradebook import audit
from autograder.gradebook.graded_files import GradedFiles
from autograder.gradebook.writer import Writer
from autograder.grading.bundle import Bundle, not_built
from autograder.grading.one import Stages, patiently, run
from autograder.limits import Limits
from autograder.submissions.files import Submission, read_submission
from autograder.submissions.parse import DamagedSubmission, read_notebook
from autograder.submissions.rebuild import rebuild_on, with_report

if TYPE_CHECKING:
    from autograder.sandbox.sandbox import Sandbox

_sandboxes: "dict[bool, Sandbox]" = {}
_bundles: dict[AssignmentPaths, tuple[object, Bundle]] = {}


class SubmissionExporter(NotebookExporter):
    """nbconvert's exporter, which reads submissions in spite of honest damage.

    nbgrader enters a submission in the gradebook before it has read it, and copies what lies
    beside the notebook, even what links lead to. It has no hook that could refuse before that, so
    the exporter, which it makes before all else, puts one there.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._submission: Submission | None = None
        converter: Any = self.parent
        if hasattr(converter, "init_assignment"):
            self._enter: Callable[[str, str], None] = converter.init_assignment
            converter.init_assignment = self._receive

    def from_file(
        self, file_stream: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> Any:
        """Convert an open notebook file.

        Raises:
            DamagedSubmission: it cannot be read as a notebook.
        """
        resources = {**(resources or {}), "submission": self._submission}
        try:
            # The second pass reads what the first one wrote, of which nothing may be lost.
            if not any(isinstance(step, Rebuild) for step in self._preprocessors):
                return super().from_file(file_stream, resources=resources, **kw)
            content = self._submission.notebook if self._submission else file_stream.read().encode()
            notebook, resources["repairs"] = read_notebook(content)
            return self.from_notebook_node(notebook, resources=resources, **kw)
        except Exception:
            with _writer(self.parent, resources["nbgrader"]["assignment"]) as writer:
                writer.forget_empty(resources["nbgrader"]["student"])
            raise

    def _receive(self, assignment: str, student: str) -> None:
        """Look at what was handed in, then have nbgrader enter it, without what lies beside it.

        Raises:
            DamagedSubmission: it cannot be read; grades of an earlier one are marked.
        """
        converter: Any = self.parent
        paths = _paths(converter, assignment)
        GradedFiles(paths, student).forget()
        try:
            self._submission = read_submission(paths, student)
            try:
                read_notebook(self._submission.notebook)
            except DamagedSubmission as error:
                where = f"submitted/{student}/{assignment}/{assignment}.ipynb"
                raise DamagedSubmission(f"{where}: {error}") from None
        except DamagedSubmission as error:
            with _writer(converter, assignment) as writer:
                writer.doubt(student)
            grading = audit.Grading(assignment, student, "", "", True, {}, reason=str(error))
            audit.append(paths.course, grading)
            raise
        coursedir = converter.coursedir
        before, coursedir.ignore = coursedir.ignore, ["*"]
        try:
            self._enter(assignment, student)
        finally:
            coursedir.ignore = before
        bundle = _bundle(paths, self.config)
        GradedFiles(paths, student).beside(bundle.files, self._submission.handed_in)


class Rebuild(NbGraderPreprocessor):
    """The sanitizing step: the released notebook with the student's cells in it."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Replace the submitted notebook by the one to grade; a first cell lists repairs.

        Raises:
            CourseError: the assignment has not been built.
            DamagedSubmission: the submission has no list of cells.
        """
        paths = _paths(self.parent.parent, resources["nbgrader"]["assignment"])
        bundle = _bundle(paths, self.config)
        result, repairs = rebuild_on(bundle.handout, nb)
        return with_report(result, [*resources.get("repairs", ()), *repairs]), resources


class Examine(NbGraderPreprocessor):
    """The grading step: the student's cells run in a sandbox, and the tests outside it."""

    confined = Bool(
        True, help="Whether the student's code runs in a sandbox; if not, with your rights."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run a rebuilt notebook and its tests.

        Raises:
            SandboxUnavailable: this machine cannot isolate.
        """
        paths = _paths(self.parent.parent, resources["nbgrader"]["assignment"])
        bundle = _bundle(paths, self.config)
        stages = Stages()
        sandbox = _sandbox(bundle.limits, self.confined)
        with stages.stage("all"):
            nb, _ = patiently(lambda: run(bundle, nb, sandbox, stages))
        resources["stages"], resources["confined"] = stages, self.confined
        return nb, resources


class Record(NbGraderPreprocessor):
    """The last step: grades, comments and late penalty into the gradebook, a line into the log."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Enter a graded notebook.

        Raises:
            CourseError: the gradebook cannot be written.
        """
        names = resources["nbgrader"]
        submission: Submission = resources["submission"]
        with _writer(self.parent.parent, names["assignment"]) as writer:
            entry = writer.record(names["student"], nb.cells, submission.handed_in)
        paths = _paths(self.parent.parent, names["assignment"])
        grading = audit.Grading(
            names["assignment"],
            names["student"],
            audit.sha256(submission.notebook),
            _bundle(paths, self.config).digest,
            resources["confined"],
            entry.scores,
            cleared=entry.cleared or None,
            seconds=resources["stages"].seconds["all"],
        )
        audit.append(paths.course, grading)
        return nb, resources


def _paths(converter: Any, assignment: str) -> AssignmentPaths:
    return AssignmentPaths(Course(Path(converter.coursedir.root)), assignment)


@contextmanager
def _writer(converter: Any, assignment: str) -> Iterator[Writer]:
    coursedir = converter.coursedir
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        yield Writer(gradebook, assignment, converter.config)


def _bundle(paths: AssignmentPaths, config: Any) -> Bundle:
    """The built assignment; it is prepared anew only when its files have changed."""
    if not paths.built_notebook.is_file():
        raise not_built(paths)
    state = tuple(
        (path.name, path.stat().st_mtime_ns, path.stat().st_size)
        for path in sorted(paths.built.iterdir())
    )
    known = _bundles.get(paths)
    if known is None or known[0] != state:
        _bundles[paths] = known = (state, Bundle.read(paths, config))
    return known[1]


def _sandbox(limits: Limits, confined: bool) -> "Sandbox":
    """The sandbox of this process, which is kept: the formgrader grades one by one."""
    from autograder.sandbox.sandbox import Sandbox

    known = _sandboxes.get(confined)
    if known is None or known.limits != limits:
        if known is not None:
            known.close()
        known = _sandboxes[confined] = Sandbox(limits, confined)
    return known


@atexit.register
def _close() -> None:
    for sandbox in _sandboxes.values():
        sandbox.close()
