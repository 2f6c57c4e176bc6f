"""All that is needed to grade one assignment, as bytes that can be sent anywhere."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

import nbformat

from autograder.course import AssignmentPaths
from autograder.errors import CourseError
from autograder.grading.placement import slow_imports
from autograder.kept import kept
from autograder.limits import Limits
from autograder.submissions.handout import Handout
from unrolled.checks.recorded import Recorded

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
    handout: Handout
    imports: tuple[str, ...]
    digest: str

    @classmethod
    def read(cls, paths: AssignmentPaths, config: Any, source: bytes | None = None) -> "Bundle":
        """Read the built assignment.

        Args:
            paths: the assignment.
            config: nbgrader's configuration.
            source: the built notebook's file, where it has been read already.

        Raises:
            CourseError: it has not been built, or a limit is not one.
        """
        if not paths.built_notebook.is_file():
            raise not_built(paths)
        if source is None:
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
        limits, handout = Limits.from_config(config), _handout(paths, source, config)
        imports = slow_imports(source)
        return cls(paths.name, files, limits, handout, imports, digest.hexdigest())

    @cached_property
    def recorded(self) -> Recorded:
        """The recorded values of visible checks."""
        if "checks.json" not in self.files:
            return Recorded(self.name, {}, {}, {})
        return Recorded.from_json(self.files["checks.json"].decode(), "checks.json")


def _handout(paths: AssignmentPaths, source: bytes, config: Any) -> Handout:
    """The assignment as handed out; kept in a file, since nbgrader takes long to make it."""
    key = hashlib.sha256(source + _settings(config) + version("nbgrader").encode()).hexdigest()

    def make() -> dict[str, Any]:
        handout = Handout.of(nbformat.reads(source.decode(), as_version=4), config)
        return {"notebook": handout.notebook, "released": handout.released}

    content = kept(paths.kept_handout, key, make)
    return Handout(nbformat.from_dict(content["notebook"]), content["released"])


def _settings(config: Any) -> bytes:
    parts = (f"\0{sorted(config.get(name, {}).items())!r}" for name in _SETTINGS)
    return "".join(parts).encode()


def not_built(paths: AssignmentPaths) -> CourseError:
    """The error of grading an assignment before it has been built."""
    return CourseError(f"{paths.name}: not built; run `autograder build {paths.name}` first")
