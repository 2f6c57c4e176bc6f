"""What lies in submitted/, read without leaving it: no link is followed, no pipe waited for."""

import errno
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.course import AssignmentPaths, Course
from autograder.errors import CourseError
from autograder.fast_imports import import_nbgrader
from autograder.limits import MIB
from autograder.submissions.parse import DamagedSubmission, find_notebook
from autograder.text import printable

# Far above any honest notebook, far below what would fill the memory of a worker.
MOST_BYTES = 100 * MIB
# As wide as the column of nbgrader's gradebook that holds it.
_LONGEST_NAME = 128
_STAMP = "timestamp.txt"
# As nbgrader writes it.
_UTC = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?) UTC")
_ZONE = re.compile(r"[A-Za-z0-9_+:-]+(/[A-Za-z0-9_+-]+)*")


@dataclass(frozen=True)
class Submission:
    """What one student handed in; nothing else in the folder is looked at.

    Attributes:
        student: the name of the folder under submitted/.
        notebook: the bytes of the notebook.
        handed_in: when, by `timestamp.txt`, in UTC; None where there is no such file.
    """

    student: str
    notebook: bytes
    handed_in: datetime | None

    def digest(self, bundle: str) -> str:
        """A hash of all that the grades depend on: the assignment, the notebook, the time."""
        digest = hashlib.sha256(bundle.encode())
        digest.update(str(self.handed_in).encode())
        digest.update(self.notebook)
        return digest.hexdigest()


def students(course: Course, name: str) -> list[str]:
    """The students who handed in an assignment, sorted.

    Raises:
        CourseError: there is no such assignment, or nobody handed it in.
    """
    course.assignment(name)
    found = []
    if course.submitted.is_dir():
        # A file in place of the folder is damage, to be reported, and not the lack of a submission.
        found = sorted(
            entry.name
            for entry in os.scandir(course.submitted)
            if not entry.name.startswith(".") and os.path.lexists(f"{entry.path}/{name}")
        )
    if not found:
        raise CourseError(
            f"submitted/*/{name}: no submissions; put each student's folder there, or make a "
            f"demo class with `autograder simulate {name}`"
        )
    return found


def read_submission(paths: AssignmentPaths, student: str) -> Submission:
    """Read what a student handed in.

    Raises:
        DamagedSubmission: there is no notebook that can be read; the text is one line.
    """
    if not student.isprintable():
        raise DamagedSubmission(
            f"submitted/{printable(student)}: the folder's name holds characters that cannot be "
            "printed; rename it"
        )
    if len(student) > _LONGEST_NAME:
        raise DamagedSubmission(
            f"submitted/{student[:20]}…: the folder's name has {len(student)} characters, and the "
            f"gradebook takes {_LONGEST_NAME}; rename it"
        )
    folder = paths.course.submitted / student / paths.name
    try:
        for path in (folder.parent, folder, folder / f"{paths.name}.ipynb"):
            _refuse_link(paths, path)
        notebook = find_notebook(paths, student)
        content = read_file(notebook, _shown(paths, notebook))
        return Submission(student, content, _handed_in(paths, folder / _STAMP))
    except OSError as error:
        where = Path(error.filename or folder)
        raise DamagedSubmission(
            f"{_shown(paths, where)}: cannot be read ({error.strerror}); mend its permissions"
        ) from None


def read_file(path: Path, shown: str, most: int = MOST_BYTES) -> bytes:
    """Read a plain file of limited size, and nothing that a link leads to.

    Args:
        path: the file.
        shown: how a message names it.
        most: the most bytes that it may have.

    Raises:
        DamagedSubmission: it is something else, or larger.
        OSError: it cannot be read.
    """
    try:
        # Without waiting: to open a pipe is to wait for its other end.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO):
            raise
        raise DamagedSubmission(f"{shown}: not a plain file") from None
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise DamagedSubmission(f"{shown}: not a plain file")
        if status.st_size > most:
            raise DamagedSubmission(
                f"{shown}: {status.st_size / MIB:.0f} MiB, and no notebook of this course "
                f"needs {most / MIB:.0f}; ask for it without its outputs"
            )
        return file.read(most)


def _refuse_link(paths: AssignmentPaths, path: Path) -> None:
    """Say what is not a file or folder; what is missing is told elsewhere."""
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISLNK(mode):
        raise DamagedSubmission(
            f"{_shown(paths, path)}: a symbolic link, which is not followed; put what it leads to "
            "in its place"
        )
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DamagedSubmission(
            f"{_shown(paths, path)}: neither a file nor a folder; ask for the notebook again"
        )


def _handed_in(paths: AssignmentPaths, path: Path) -> datetime | None:
    """The time in `timestamp.txt`, which nbgrader and the collectors of platforms write."""
    if not os.path.lexists(path):
        return None
    try:
        text = read_file(path, "", most=1000).decode().strip()
        return read_time(text) if text else None
    except (DamagedSubmission, ValueError, OverflowError, TypeError, AttributeError):
        raise DamagedSubmission(
            f"{_shown(paths, path)}: not a date and time such as 2026-11-20 23:59:00 UTC; mend or "
            "remove it"
        ) from None


def read_time(text: str) -> datetime:
    """A point in time, in UTC; what is not written as usual is read by nbgrader's rules.

    Raises:
        ValueError, OverflowError, TypeError, AttributeError: it is none.
    """
    usual = _UTC.fullmatch(text)
    if usual:
        return datetime.fromisoformat(usual[1])
    words = text.split(" ")
    # A zone is looked up among the system's files by its name.
    if len(words) == 3 and not _ZONE.fullmatch(words[2]):
        raise ValueError(text)
    # Here, because it takes long to import and is seldom needed.
    import_nbgrader()
    from nbgrader.utils import parse_utc

    found: datetime = parse_utc(text)
    return found


def _shown(paths: AssignmentPaths, path: Path) -> str:
    try:
        return printable(paths.relative(path))
    except ValueError:
        return printable(path.name)
