"""Courses in temporary folders: a tiny one for tests of the machinery, and a copy of the real one.

And the assignment that a test_assignment_NN.py names.

nbgrader starts `alembic` by name, so the environment's scripts must be on the PATH.
"""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from support.assignments import COURSE, definitions
from support.courses import ROOT, make_tiny

from autograder.authoring.assignment import Assignment
from autograder.authoring.build import build
from autograder.authoring.source import read_assignment
from autograder.course import Course

REAL = "02-vanilla-rnn"
# How long an example takes says nothing: the machine may be slow, or busy.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files begin that take longest, so that none of them runs alone at the end."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """nbgrader leaves a variable behind where a notebook cannot be converted."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        if name != "PYTEST_CURRENT_TEST":
            del os.environ[name]
    os.environ.update({name: before[name] for name in before if name != "PYTEST_CURRENT_TEST"})


@pytest.fixture
def tiny(tmp_path: Path) -> Course:
    """The tiny course, not yet built."""
    return make_tiny(tmp_path / "course")


@pytest.fixture(scope="session")
def real_course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy of the course without submissions, with its assignment REAL built.

    That all of them can be built and graded is for `autograder build --check` and `selftest`.
    """
    root = tmp_path_factory.mktemp("course")
    for folder in ("solutions", "book"):
        shutil.copytree(ROOT / folder, root / folder)
    for file in ("nbgrader_config.py", "_config.yml"):
        shutil.copy(ROOT / file, root)
    course = Course(root)
    build(course, REAL)
    return course


@pytest.fixture(scope="module")
def assignment(request: pytest.FixtureRequest) -> Assignment:
    """The assignment that a file of tests is about, by its NAME."""
    return read_assignment(COURSE.assignment(request.module.NAME))


@pytest.fixture(scope="module")
def solution(assignment: Assignment) -> dict[str, Any]:
    """What the setup and the solution cells of that assignment define."""
    return definitions(assignment)
