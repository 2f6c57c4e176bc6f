"""From the bytes of one submission to its graded notebook, with no database and no shared disk."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

import nbformat
from nbformat import NotebookNode

from autograder.course import AssignmentPaths
from autograder.errors import CourseError
from autograder.grading.placement import slow_imports
from autograder.limits import Limits
from autograder.submissions.matching import Paper
from autograder.submissions.rebuild import rebuild_file
from autograder.submissions.repairs import describe
from unrolled.checks.recorded import Recorded

if TYPE_CHECKING:
    from autograder.examiner import CellVerdict, Examined
    from autograder.sandbox.sandbox import Box, Sandbox

Result = TypeVar("Result")
# How often a submission is graded where the machinery, and not the submission, has failed.
TRIES = 3
# The parts of nbgrader's configuration that a paper depends on.
_SETTINGS = ("ClearSolutions", "ClearHiddenTests", "ClearOutput", "LockCells", "ComputeChecksums")


@dataclass(frozen=True)
class Bundle:
    """All that is needed to grade submissions of one assignment, ready to be sent to a worker.

    Attributes:
        name: the assignment, which is also the name of its notebook.
        files: the released files beside the notebook, which the student's code finds beside it.
        limits: what one submission may use up.
        paper: the assignment as handed out, with the hidden tests still in it.
        imports: the modules slow to import that its own cells import.
        digest: a hash of what grades depend on: the notebook, the files, the configured stubs.
    """

    name: str
    files: dict[str, bytes]
    limits: Limits
    paper: Paper
    imports: tuple[str, ...]
    digest: str

    @classmethod
    def read(cls, paths: AssignmentPaths, config: Any) -> "Bundle":
        """Read the built assignment.

        Args:
            paths: the assignment.
            config: nbgrader's configuration.

        Raises:
            CourseError: it has not been built, or a limit is not one.
        """
        if not paths.built_notebook.is_file():
            raise not_built(paths)
        source = paths.built_notebook.read_bytes()
        files = {
            path.name: path.read_bytes()
            for path in sorted(paths.built.iterdir())
            if path.suffix != ".ipynb" and path.is_file() and not path.name.startswith(".")
        }
        digest = hashlib.sha256(source)
        for name, content in files.items():
            digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
        digest.update(_settings(config))
        limits, paper = Limits.from_config(config), _paper(paths, source, config)
        imports = slow_imports(source)
        return cls(paths.name, files, limits, paper, imports, digest.hexdigest())

    @cached_property
    def recorded(self) -> Recorded:
        """The recorded values of visible checks."""
        if "checks.json" not in self.files:
            return Recorded(self.name, {}, {}, {})
        return Recorded.from_json(self.files["checks.json"].decode(), "checks.json")


def _paper(paths: AssignmentPaths, source: bytes, config: Any) -> Paper:
    """The assignment as handed out; kept in a file, since nbgrader takes long to make it."""
    key = hashlib.sha256(source + _settings(config) + version("nbgrader").encode()).hexdigest()
    try:
        kept = json.loads(paths.kept_paper.read_bytes())
        if kept["key"] == key:
            return Paper(nbformat.from_dict(kept["notebook"]), kept["released"])
    # Not there, or not whole.
    except (OSError, ValueError, KeyError, TypeError):
        pass
    paper = Paper.of(nbformat.reads(source.decode(), as_version=4), config)
    content = json.dumps({"key": key, "notebook": paper.notebook, "released": paper.released})
    # Where nothing can be written, it is made anew each time.
    with suppress(OSError):
        paths.kept_paper.parent.mkdir(parents=True, exist_ok=True)
        new = paths.kept_paper.with_suffix(f".{os.getpid()}.new")
        new.write_text(content, encoding="utf-8")
        new.replace(paths.kept_paper)
    return paper


def _settings(config: Any) -> bytes:
    parts = (f"\0{sorted(config.get(name, {}).items())!r}" for name in _SETTINGS)
    return "".join(parts).encode()


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


def not_built(paths: AssignmentPaths) -> CourseError:
    """The error of grading an assignment before it has been built."""
    return CourseError(f"{paths.name}: not built; run `autograder build {paths.name}` first")


def patiently(work: Callable[[], Result]) -> Result:
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
        notebook, repairs = rebuild_file(bundle.paper, submission)
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
