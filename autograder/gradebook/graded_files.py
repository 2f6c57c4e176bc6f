"""What lies in autograded/: the graded notebooks, and stamps that say what they were made from."""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course import AssignmentPaths

# nbgrader takes no folder whose name begins with a dot for a student's.
_STAMPS = ".stamps"
# As nbgrader leaves what it has graded.
_PERMISSIONS = 0o444


@dataclass(frozen=True)
class Stamp:
    """What a graded notebook was made from, and what was recorded with it.

    Attributes:
        digest: a hash of the submission and the assignment.
        scores: by cell, the points that the gradebook was given.
        size: the size of the graded notebook in bytes.
    """

    digest: str
    scores: dict[str, float | None]
    size: int


@dataclass(frozen=True)
class GradedFiles:
    """The graded files of one student.

    They are put in place in this order: the notebook, whole and under another name; then, by the
    caller, the grades; then the notebook's own name; then the stamp. Killed at any point, either
    nothing has changed or the stamp is missing, and the submission is graded again.
    """

    paths: AssignmentPaths
    student: str

    @property
    def folder(self) -> Path:
        """Where nbgrader looks for the graded notebook."""
        return self.paths.course.root / "autograded" / self.student / self.paths.name

    @property
    def notebook(self) -> Path:
        """The graded notebook."""
        return self.folder / f"{self.paths.name}.ipynb"

    @property
    def _prepared(self) -> Path:
        return self.folder / f".{self.paths.name}.ipynb.new"

    @property
    def _stamp(self) -> Path:
        stamps = self.paths.course.root / "autograded" / _STAMPS
        return stamps / self.paths.name / f"{self.student}.json"

    def prepare(self, notebook: bytes) -> None:
        """Write the graded notebook under another name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self._prepared, notebook)

    def publish(self, files: dict[str, bytes], handed_in: datetime | None, stamp: Stamp) -> None:
        """Put the prepared notebook and the files beside it in place, then the stamp."""
        # What is not listed here was left by an earlier grading.
        for path in self.folder.iterdir():
            if path not in (self._prepared, self.notebook):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        self.beside(files, handed_in)
        self._prepared.chmod(_PERMISSIONS)
        os.replace(self._prepared, self.notebook)
        self._stamp.parent.mkdir(parents=True, exist_ok=True)
        new = self._stamp.with_suffix(".new")
        _write(new, json.dumps(asdict(stamp)).encode())
        os.replace(new, self._stamp)

    def beside(self, files: dict[str, bytes], handed_in: datetime | None) -> None:
        """Write what lies beside the graded notebook: the released files and the time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if handed_in is not None:
            files = {**files, "timestamp.txt": f"{handed_in} UTC\n".encode()}
        for name, content in files.items():
            _write(self.folder / name, content)
            (self.folder / name).chmod(_PERMISSIONS)

    def stamp(self) -> Stamp | None:
        """What the graded notebook was made from; None where that is not certain."""
        try:
            content: dict[str, Any] = json.loads(self._stamp.read_bytes())
            stamp = Stamp(**content)
            return stamp if self.notebook.stat().st_size == stamp.size else None
        except (OSError, ValueError, TypeError):
            return None

    def forget(self) -> None:
        """Remove the stamp: from here on the graded notebook is somebody else's work."""
        self._stamp.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Write a file, also where there is one without permission to write."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)
