"""From an assignment's source to the notebook a student gets, through nbgrader's own release."""

import json
import logging
import math
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.authoring.assignment import Assignment
from autograder.authoring.catalogue import Catalogue, read_catalogue
from autograder.authoring.expected import record_once
from autograder.authoring.source import read_assignment
from autograder.course import AssignmentPaths, Course, open_gradebook
from autograder.errors import CourseError
from autograder.grading.bundle import Bundle
from unrolled.checks.recorded import Recorded, pack_hidden

# How far two recordings of one value may be apart: as far as processors round differently, and
# much less than a check tells right from wrong by.
_ROUNDING, _ZERO = 1e-7, 1e-12


@dataclass(frozen=True)
class Product:
    """What is read and generated from one source; files by name."""

    assignment: Assignment
    catalogue: Catalogue
    recorded: Recorded
    source_files: dict[str, bytes]
    released_files: dict[str, bytes]


def build(course: Course, name: str) -> Product:
    """Generate an assignment into the course and enter it in nbgrader's gradebook.

    Everything is generated aside first: if any step fails, nothing in the course has changed.

    Raises:
        CourseError: the source, its catalogue or its chapter is not as it must be.
    """
    _refuse_work(course.assignment(name))
    product = generate(course, name, enter_in_gradebook=True)
    _replace(product.assignment.paths.built, product.source_files)
    _replace(product.assignment.paths.released, product.released_files)
    # So that the first grading need not make the paper.
    Bundle.read(product.assignment.paths, course.nbgrader_config())
    return product


def differences(course: Course, name: str) -> list[str]:
    """The released files that are not what the source says, one line each."""
    product = generate(course, name, enter_in_gradebook=False, anew=True)
    released = product.assignment.paths.released
    present = released.glob("[!.]*")
    found = {path.name: path.read_bytes() if path.is_file() else None for path in present}
    lines = []
    for file in sorted(found.keys() | product.released_files.keys()):
        shown = product.assignment.paths.relative(released / file)
        if file not in found:
            lines.append(f"{shown}: missing")
        elif file not in product.released_files:
            lines.append(f"{shown}: does not belong here")
        elif not _same(found[file], product.released_files[file]):
            lines.append(f"{shown}: differs from what its source gives")
    return lines


def generate(course: Course, name: str, enter_in_gradebook: bool, anew: bool = False) -> Product:
    """Generate an assignment in memory.

    Args:
        course: the course.
        name: the assignment.
        enter_in_gradebook: enter it in the course's gradebook too.
        anew: record the values of its checks even if nothing has changed since they were recorded.
    """
    assignment = read_assignment(course.assignment(name))
    catalogue = read_catalogue(assignment)
    recorded = record_once(assignment, catalogue, anew)
    source_files = {
        f"{name}.ipynb": _serialised(assignment, recorded),
        "checks.json": recorded.visible().to_json().encode(),
    }
    with tempfile.TemporaryDirectory(prefix="unrolled-build-") as folder:
        aside = Course(Path(folder))
        _replace(aside.source / name, source_files)
        _release(course, aside, name, enter_in_gradebook)
        released = aside.root / "notebooks" / name
        released_files = {path.name: path.read_bytes() for path in released.iterdir()}
    return Product(assignment, catalogue, recorded, source_files, released_files)


def _refuse_work(paths: AssignmentPaths) -> None:
    """Never write over a released notebook in which somebody has worked."""
    try:
        cells = nbformat.read(paths.released_notebook, as_version=4).cells
    except Exception:  # absent or damaged: nothing that a build could destroy
        return
    if any(cell.get("execution_count") or cell.get("outputs") for cell in cells):
        raise CourseError(
            f"{paths.relative(paths.released_notebook)}: somebody has worked in it (cells were "
            "run); move it elsewhere, then build again"
        )


def _serialised(assignment: Assignment, recorded: Recorded) -> bytes:
    packed = {}
    for cell in assignment.of_role("tests"):
        hidden = {
            name: check
            for name, check in recorded.checks.items()
            if check.hidden and check.cell == cell.id
        }
        if hidden:
            packed[cell.id] = pack_hidden(hidden)
    notebook = assignment.notebook(packed)
    nbformat.validate(notebook)
    return (nbformat.writes(notebook) + "\n").encode()


def _release(course: Course, aside: Course, name: str, enter_in_gradebook: bool) -> None:
    """Run nbgrader's generate_assignment in the folder `aside`."""
    from nbgrader.converters import GenerateAssignment

    coursedir = course.coursedir()
    database = coursedir.db_url
    coursedir.root = str(aside.root)
    coursedir.assignment_id = name
    coursedir.db_url = database if enter_in_gradebook else f"sqlite:///{aside.root}/gradebook.db"
    with nbgrader_log() as log:
        # What keeps it from the gradebook, nbgrader does not say.
        with open_gradebook(coursedir.db_url, coursedir.course_id):
            pass
        try:
            GenerateAssignment(coursedir=coursedir, config=coursedir.config).start()
        except Exception as error:
            reason = log.summary(error)
            if "Cannot add or remove cells" in reason:
                raise CourseError(
                    f"{name}: cells with ids were added, removed or renamed after students had "
                    "handed in; keep the ids, or forget all its grades with "
                    f"`nbgrader db assignment remove {name} --force`, then build and grade again"
                ) from error
            raise CourseError(f"{name}: nbgrader could not release it ({reason})") from error


def _same(found: bytes | None, made: bytes) -> bool:
    """Whether a file is the one that was made, or recorded values that were rounded otherwise.

    Processors differ in the last digits of a sum, and a value that is zero but for rounding has no
    digits at all.
    """
    if found == made:
        return True
    try:
        return _alike(json.loads(found or b""), json.loads(made))
    except ValueError:
        return False


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if {type(one), type(other)} <= {int, float}:
        return math.isclose(one, other, rel_tol=_ROUNDING, abs_tol=_ZERO)
    return type(one) is type(other) and bool(one == other)


def _replace(folder: Path, files: dict[str, bytes]) -> None:
    """Make `folder` hold these files; one that is right already stays, and keeps its date."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        # Jupyter keeps checkpoints in a folder with a dot; git ignores it, and so do we.
        if path.name not in files and not path.name.startswith("."):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for file, content in files.items():
        path = folder / file
        if not path.is_file() or not _same(path.read_bytes(), content):
            path.write_bytes(content)


class NbgraderLog(logging.Handler):
    """Keeps what nbgrader logs, to be quoted when it fails."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.lines.append(record.getMessage())

    def summary(self, error: BaseException) -> str:
        """The cause of a failure in one line."""
        said = [line.strip().split("\n")[-1] for line in self.lines if "Error" in line]
        return said[-1] if said else f"{type(error).__name__}: {error}"


@contextmanager
def nbgrader_log() -> Iterator[NbgraderLog]:
    """Catch nbgrader's log and its warnings instead of letting them through to the terminal."""
    from sqlalchemy.exc import SAWarning
    from traitlets import log

    logger, handler = log.get_logger(), NbgraderLog()
    assert isinstance(logger, logging.Logger)
    before, propagate = logger.handlers[:], logger.propagate
    logger.handlers, logger.propagate = [handler], False
    try:
        with warnings.catch_warnings():
            # nbgrader adds submissions in an order that SQLAlchemy remarks on; nothing is lost.
            warnings.simplefilter("ignore", SAWarning)
            yield handler
    finally:
        logger.handlers, logger.propagate = before, propagate
