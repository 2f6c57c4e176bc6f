"""Where things lie in a course folder, and nbgrader's configuration of it."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path
from typing import Any

from autograder.errors import CourseError

CONFIG = "nbgrader_config.py"


@dataclass(frozen=True)
class Course:
    """A course folder: the one that holds `nbgrader_config.py`."""

    root: Path

    @classmethod
    def around(cls, folder: Path) -> "Course":
        """Find the course that `folder` lies in.

        Raises:
            CourseError: no folder above holds an `nbgrader_config.py`.
        """
        for candidate in (folder.resolve(), *folder.resolve().parents):
            if (candidate / CONFIG).is_file():
                return cls(candidate)
        raise CourseError(
            f"{folder}: not inside a course, because no folder above it holds {CONFIG}; "
            "change to the course's folder, or name it with --course"
        )

    @property
    def source(self) -> Path:
        """The folder of nbgrader's source notebooks, which are generated."""
        return self.root / "_build" / "source"

    @property
    def submitted(self) -> Path:
        """The folder in which submissions arrive: submitted/STUDENT/ASSIGNMENT/."""
        return self.root / "submitted"

    def assignments(self) -> list[str]:
        """The names of all assignments, in the order of the chapters."""
        folders = sorted((self.root / "solutions").glob("*/"))
        return [folder.name for folder in folders if (folder / f"{folder.name}.py").is_file()]

    def assignment(self, name: str) -> "AssignmentPaths":
        """The files of one assignment.

        Raises:
            CourseError: there is no such assignment.
        """
        known = self.assignments()
        if name not in known:
            close = get_close_matches(name, known, n=1, cutoff=0.4)
            meant = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"
            raise CourseError(f"no assignment named {name!r} in {self.root / 'solutions'}; {meant}")
        return AssignmentPaths(self, name)

    def nbgrader_config(self) -> Any:
        """The traitlets configuration in `nbgrader_config.py`."""
        from traitlets.config.loader import PyFileConfigLoader

        return PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()

    def coursedir(self) -> Any:
        """nbgrader's own picture of the course folder."""
        from nbgrader.coursedir import CourseDirectory

        return CourseDirectory(config=self.nbgrader_config())

    def gradebook_path(self) -> Path | None:
        """The gradebook's file, or None where it is a database server."""
        url = self.coursedir().db_url
        return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None

    @contextmanager
    def gradebook(self) -> Iterator[Any]:
        """nbgrader's gradebook, open; see `open_gradebook`."""
        coursedir = self.coursedir()
        with open_gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            yield gradebook


@contextmanager
def open_gradebook(url: str, course_id: str) -> Iterator[Any]:
    """nbgrader's gradebook, open; it is made if it is not there.

    Raises:
        CourseError: it cannot be opened, or is lost meanwhile; one line says why.
    """
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

    _find_alembic()
    try:
        gradebook = Gradebook(url, course_id)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise _unusable(url, error) from error
    with gradebook:
        try:
            yield gradebook
        except (InterfaceError, OperationalError) as error:
            raise _unusable(url, error) from error


def _unusable(url: str, error: Exception) -> CourseError:
    from sqlalchemy.engine import make_url

    place = ""
    with suppress(Exception):
        # Without its password.
        place = f" at {make_url(url).render_as_string()}"
    if isinstance(error, ModuleNotFoundError):
        said = f"the package {error.name} is not installed"
    else:
        lines = str(getattr(error, "orig", None) or error).strip().splitlines()
        said = lines[0].strip() if lines else type(error).__name__
    return CourseError(f"the gradebook{place} cannot be used: {said}")


def _find_alembic() -> None:
    """See that nbgrader finds `alembic`, which it starts by name to make a gradebook.

    It lies beside this interpreter, or where else packages are installed, whether or not that is on
    the PATH.
    """
    if shutil.which("alembic"):
        return
    beside = [Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))]
    with suppress(metadata.PackageNotFoundError):
        files = metadata.files("alembic") or []
        beside += [Path(str(file.locate())).parent for file in files if file.stem == "alembic"]
    for folder in beside:
        path = os.pathsep.join([*filter(None, [os.environ.get("PATH", "")]), str(folder)])
        if shutil.which("alembic", path=path):
            os.environ["PATH"] = path
            return
    raise CourseError(
        "the program `alembic`, with which nbgrader makes its gradebook, is not found; install it "
        f"for {sys.executable}: pip install alembic"
    )


@dataclass(frozen=True)
class AssignmentPaths:
    """The files of one assignment."""

    course: Course
    name: str

    @property
    def folder(self) -> Path:
        """The folder an author writes in."""
        return self.course.root / "solutions" / self.name

    @property
    def source(self) -> Path:
        """The assignment as its author writes it."""
        return self.folder / f"{self.name}.py"

    @property
    def chapter(self) -> Path:
        """The page of the book that the assignment belongs to."""
        return self.course.root / "book" / f"{self.name}.md"

    @property
    def built(self) -> Path:
        """The folder of nbgrader's source notebook, with the hidden tests in it."""
        return self.course.source / self.name

    @property
    def built_notebook(self) -> Path:
        """nbgrader's source notebook."""
        return self.built / f"{self.name}.ipynb"

    @property
    def kept_handout(self) -> Path:
        """The assignment as handed out, hidden tests included, as grading keeps it."""
        return self.course.root / "_build" / "papers" / f"{self.name}.json"

    @property
    def kept_recording(self) -> Path:
        """The recorded values of all checks, hidden ones included, as the last build kept them."""
        return self.course.root / "_build" / "recorded" / f"{self.name}.json"

    @property
    def released(self) -> Path:
        """The folder a student gets: the notebook and the recorded values of visible checks."""
        return self.course.root / "notebooks" / self.name

    @property
    def released_notebook(self) -> Path:
        """The notebook a student gets."""
        return self.released / f"{self.name}.ipynb"

    def relative(self, path: Path) -> str:
        """A path as messages show it: from the course's folder."""
        return str(path.relative_to(self.course.root))
