"""A new chapter: page, drawings, assignment, mistakes, tests and entries, ready to be written over.

Everything is made in memory and built aside first. Then it is written, all of it or nothing.
"""

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from autograder.authoring.build import generate
from autograder.authoring.entries import entered, with_farewell
from autograder.authoring.skeleton import Chapter
from autograder.course import CONFIG, Course
from autograder.errors import CourseError


@dataclass(frozen=True)
class Made:
    """What was written: paths in the course."""

    new: list[str]
    changed: list[str]


def new_chapter(course: Course, name: str) -> Made:
    """Make the chapter that follows the last one.

    Raises:
        CourseError: the name cannot be a chapter's or is not the next one's, something of it is
            there already, or a file cannot be read or written. Nothing has changed then.
    """
    chapter = _next(course, name)
    for file in [*chapter.files, f"notebooks/{name}"]:
        if (course.root / file).exists():
            raise CourseError(f"{file}: is there already; nothing was written")
    changed = entered(course.root, chapter)
    files = dict(chapter.files)
    page = f"book/{name}.md"
    before = (course.root / "book" / f"{chapter.previous}.md").read_text(encoding="utf-8")
    files[page] = with_farewell(files[page], before)
    new = {file: text.encode() for file, text in files.items()} | _built(course, name, files)
    _write(course.root, new | {file: text.encode() for file, text in changed.items()})
    return Made(list(new), list(changed))


def _next(course: Course, name: str) -> Chapter:
    """The chapter of this name, which has to be the next one."""
    pages = [path.stem for path in sorted((course.root / "book").glob("[0-9][0-9]-*.md"))]
    numbers = {
        int(known[:2]): known for known in [*course.assignments(), *pages] if known[:2].isdigit()
    }
    if not numbers:
        raise CourseError(
            f"{course.root}: holds no chapter that {name} could follow; a chapter is made in a "
            "copy of the whole repository"
        )
    last = max(numbers)
    chapter = Chapter(name, numbers[last])
    if name in numbers.values():
        raise CourseError(f"{name}: there is such a chapter; nothing was written")
    if chapter.number in numbers:
        raise CourseError(
            f"{name}: number {chapter.number} is taken by {numbers[chapter.number]}; the next "
            f"chapter is {last + 1:02}-{chapter.slug}"
        )
    if chapter.number != last + 1:
        raise CourseError(
            f"{name}: chapters are numbered without a gap; the next one is "
            f"{last + 1:02}-{chapter.slug}"
        )
    return chapter


def _built(course: Course, name: str, files: Mapping[str, str]) -> dict[str, bytes]:
    """The notebook and the recorded values, from sources that are not in the course yet."""
    with tempfile.TemporaryDirectory(prefix="unrolled-new-") as folder:
        aside = Course(Path(folder))
        for file in (CONFIG, "_config.yml"):
            if (course.root / file).is_file():
                shutil.copy(course.root / file, aside.root)
        _write(aside.root, {file: text.encode() for file, text in files.items()})
        released = generate(aside, name, enter_in_gradebook=False).released_files
    return {f"notebooks/{name}/{file}": content for file, content in sorted(released.items())}


@dataclass
class _Undo:
    """What was there before, to be put back."""

    root: Path
    contents: dict[Path, bytes | None] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)

    def write(self, file: str, content: bytes) -> None:
        """Write a file, after noting what was there."""
        path = self.root / file
        missing = [folder for folder in path.parents if not folder.exists()]
        self.folders += reversed(missing)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.contents[path] = path.read_bytes() if path.exists() else None
        path.write_bytes(content)

    def back(self) -> None:
        """Put everything back, as far as that can be done."""
        for path, content in self.contents.items():
            with suppress(OSError):
                if content is None:
                    path.unlink(missing_ok=True)
                else:
                    path.write_bytes(content)
        for folder in reversed(self.folders):
            with suppress(OSError):
                folder.rmdir()


def _write(root: Path, files: Mapping[str, bytes]) -> None:
    """Write all files, or leave everything as it was."""
    undo = _Undo(root)
    file = ""
    try:
        for file, content in files.items():
            undo.write(file, content)
    except BaseException as error:
        undo.back()
        if isinstance(error, OSError):
            raise CourseError(
                f"{file}: cannot be written ({error.strerror}); everything is as it was"
            ) from error
        raise
