"""The audit log: one line for each grading, which says what was graded, with what, and the result.

The lines are JSON. The file is only ever appended to.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any

from autograder.course import Course

FILE = "audit.jsonl"
_PACKAGES = ("unrolled", "nbgrader", "numpy", "torch")


@dataclass(frozen=True)
class Grading:
    """One grading.

    Attributes:
        assignment, student: whose.
        submission: a hash of the notebook that was handed in, "" where it could not be read.
        bundle: a hash of the assignment that it was held against.
        confined: whether the student's code ran in a sandbox.
        scores: by cell, the points that the checks gave; empty where nothing was graded.
        reason: why it needs attention, "" where it was graded.
        repairs: what was repaired before grading.
        cleared: points and comments by hand that no longer have an answer, by cell.
        seconds: how long it took.
    """

    assignment: str
    student: str
    submission: str
    bundle: str
    confined: bool
    scores: dict[str, float | None]
    reason: str = ""
    repairs: tuple[str, ...] = ()
    cleared: dict[str, Any] | None = None
    seconds: float = 0.0


def append(course: Course, line: Grading) -> None:
    """Add a line to the audit log of a course."""
    content = {"time": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(line)}
    content["seconds"] = round(line.seconds, 3)
    text = json.dumps(content | {"versions": versions()}, ensure_ascii=False) + "\n"
    # One write to a file opened for appending: lines of two processes do not run into each other.
    handle = os.open(
        course.root / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640
    )
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def sha256(content: bytes) -> str:
    """A hash as it stands in the log."""
    return hashlib.sha256(content).hexdigest()


@cache
def versions() -> dict[str, str]:
    """The versions of what grades: Python, packages, and a hash of the grader's own code."""
    found = {"python": python_version(), "code": code_digest()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = ""
    return found


@cache
def code_digest() -> str:
    """A hash of the code of `autograder` and `unrolled`, as it is installed here."""
    import unrolled

    digest = hashlib.sha256()
    for root in (Path(__file__).parents[1], Path(unrolled.__file__).parent):
        for path in sorted(root.rglob("*.py")):
            digest.update(f"\0{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
