"""Where to grade, and a sandbox there, started before the grader is imported."""

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from autograder.course import AssignmentPaths, Course
from autograder.limits import Limits
from autograder.sandbox.sandbox import Sandbox

# Fewer submissions than this are graded sooner in this process than workers have started.
_FEW = 4
# Modules that take long to import, and a line of a notebook's file that imports one of them.
_SLOW = ("matplotlib", "torch")
_IMPORTS = re.compile(rf'^\s*"?\s*(?:import|from) +({"|".join(_SLOW)})\b'.encode(), re.MULTILINE)


@dataclass(frozen=True)
class Placement:
    """Where to grade.

    Attributes:
        workers: how many processes on this machine; 0 for one a core.
        scheduler: the address of a Dask cluster to use instead.
        confined: whether the students' code runs in a sandbox.
    """

    workers: int = 0
    scheduler: str = ""
    confined: bool = True

    def is_alone(self, count: int) -> bool:
        """Whether this process grades so many submissions by itself."""
        return count < _FEW or self.workers == 1


@dataclass(frozen=True)
class HeadStart:
    """What has been read and launched before the grader is imported.

    Attributes:
        config: nbgrader's configuration.
        source: the built notebook's file, None where it has not been read.
        sandbox: a launched sandbox for the assignment, None where none is of use.
    """

    config: Any
    source: bytes | None = None
    sandbox: Sandbox | None = None


@contextmanager
def head_start(paths: AssignmentPaths, placement: Placement, chosen: int) -> Iterator[HeadStart]:
    """Launch a sandbox on this machine, which starts while the caller imports the grader.

    None is launched where the assignment is not built, nothing was handed in, or a cluster grades.

    Args:
        paths: the assignment.
        placement: where to grade.
        chosen: how many submissions; 0 for all that were handed in.

    Raises:
        CourseError: a limit in nbgrader's configuration is not one.
    """
    config = paths.course.nbgrader_config()
    if placement.scheduler or not (chosen or _handed_in(paths.course)):
        yield HeadStart(config)
        return
    if not paths.built_notebook.is_file():
        yield HeadStart(config)
        return
    source = paths.built_notebook.read_bytes()
    limits = Limits.from_config(config)
    with closing(Sandbox(limits, placement.confined, imports=slow_imports(source))) as sandbox:
        sandbox.launch()
        yield HeadStart(config, source, sandbox)


def _handed_in(course: Course) -> int:
    """How many students have handed in anything."""
    return len(os.listdir(course.submitted)) if course.submitted.is_dir() else 0


def slow_imports(notebook: bytes) -> tuple[str, ...]:
    """The modules slow to import that the cells of a notebook, given as a file, import."""
    found = {match[1].decode() for match in _IMPORTS.finditer(notebook)}
    return tuple(sorted(found))
