"""From the bytes of one submission to its graded notebook, with no database and no shared disk."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import nbformat
from nbformat import NotebookNode

from autograder.errors import CourseError
from autograder.grading.bundle import Bundle
from autograder.submissions.rebuild import rebuild_file
from autograder.submissions.repair_report import describe

if TYPE_CHECKING:
    from autograder.examiner import CellVerdict, Examined
    from autograder.sandbox.sandbox import Box, Sandbox

Done = TypeVar("Done")
# How often a submission is graded where the machinery, and not the submission, has failed.
TRIES = 3


@dataclass
class Stages:
    """The time that the stages of one grading took.

    Attributes:
        seconds: on the clock, by stage.
        cpu: of the processor, by stage; what the sandbox used is under "sandbox".
    """

    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    def add(self, other: "Stages") -> None:
        """Add the times of another grading."""
        for mine, theirs in ((self.seconds, other.seconds), (self.cpu, other.cpu)):
            for name, value in theirs.items():
                mine[name] = mine.get(name, 0.0) + value

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - wall
            self.cpu[name] = self.cpu.get(name, 0.0) + time.thread_time() - cpu


@dataclass(frozen=True)
class Graded:
    """A graded submission.

    Attributes:
        notebook: the graded notebook, as a file.
        verdicts: one for each tests cell.
        repairs: what was repaired, in plain words.
        stages: the time that it took.
    """

    notebook: bytes
    verdicts: "tuple[CellVerdict, ...]"
    repairs: tuple[str, ...]
    stages: Stages


def patiently(work: Callable[[], Done]) -> Done:
    """Do something that may fail through no fault of a submission, some times if need be.

    Raises:
        CourseError: it cannot be done, whatever was tried; the last failure in the end.
    """
    from autograder.sandbox.sandbox import SandboxLost

    for _ in range(TRIES - 1):
        try:
            return work()
        except SandboxLost:
            continue
        # What is wrong with a submission or with the course stays wrong.
        except CourseError:
            raise
        except Exception:
            continue
    return work()


def grade_submission(bundle: Bundle, submission: bytes, sandbox: "Sandbox") -> Graded:
    """Grade one submission.

    Args:
        bundle: the assignment.
        submission: the file that was handed in.
        sandbox: where the student's code runs.

    Raises:
        DamagedSubmission: it cannot be read as a notebook; the text goes after the file's name.
        SandboxUnavailable: this machine cannot isolate.
        SandboxLost, Exception: anything else is a failure of the machinery, and says nothing about
            the submission.
    """
    stages = Stages()
    with stages.stage("rebuild"):
        notebook, repairs = rebuild_file(bundle.handout, submission)
    notebook, verdicts = run(bundle, notebook, sandbox, stages)
    with stages.stage("write"):
        content = written(notebook)
    return Graded(content, verdicts, tuple(describe(repairs)), stages)


def run(
    bundle: Bundle, notebook: NotebookNode, sandbox: "Sandbox", stages: Stages
) -> "tuple[NotebookNode, tuple[CellVerdict, ...]]":
    """Examine a rebuilt notebook.

    Returns:
        The notebook with its outputs, and a verdict for each tests cell.

    Raises:
        SandboxLost: the sandbox itself has failed, so that nothing can be said.
    """
    from autograder.examiner import examine

    boxes: list[Box] = []

    def open_box(spent: float) -> "Box":
        with stages.stage("fork"):
            boxes.append(sandbox.open(bundle.files, spent=spent))
        return boxes[-1]

    started = time.thread_time() - stages.cpu.get("fork", 0.0)
    examined = examine(notebook, open_box, bundle.limits, bundle.name, bundle.recorded)
    stages.seconds |= examined.seconds
    forking = stages.cpu.get("fork", 0.0)
    stages.cpu["examine"] = time.thread_time() - started - forking
    stages.cpu["sandbox"] = sum(box.cpu for box in boxes)
    _require_agreement(examined)
    return examined.notebook, examined.verdicts


def _require_agreement(examined: "Examined") -> None:
    """See that nbgrader, which reads outputs, will give what the verdicts say.

    Raises:
        RuntimeError: it would not.
    """
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in examined.notebook.cells
        if "nbgrader" in cell.metadata
    }
    for verdict in examined.verdicts:
        kinds = {(o.output_type, o.get("name")) for o in cells[verdict.cell].outputs}
        failed = bool(kinds & {("error", None), ("stream", "stderr")})
        if failed == verdict.passed or ("execute_result", None) in kinds:
            raise RuntimeError(f"{verdict.cell}: its outputs do not say what its verdict says")


def written(notebook: NotebookNode) -> bytes:
    """A notebook as a file, after a look at whether it is a valid one."""
    nbformat.validate(notebook)
    return (json.dumps(notebook, ensure_ascii=False) + "\n").encode()
