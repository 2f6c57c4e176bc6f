"""A submission as it lies on disk: find the notebook, and read it in spite of honest damage.

Nothing here trusts what it reads: of a submitted cell only its type, its text, its ids and a few
plain settings are looked at, and everything else is left behind.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.course import AssignmentPaths
from autograder.errors import CourseError
from autograder.submissions.repair_report import Repair
from autograder.text import printable

_SETTINGS = ("grade_id", "grade", "solution", "locked", "task", "points")
_ENCODINGS = {"utf-8-sig": "UTF-8 with a byte order mark", "windows-1252": "Windows-1252"}


class DamagedSubmission(CourseError):
    """A submission that cannot be graded; the text says in one line why, and what to do."""


@dataclass(frozen=True)
class SubmittedCell:
    """What may be taken from a submitted cell.

    Attributes:
        type: code, markdown or raw.
        text: the source, with Unix line ends and without halves of characters.
        id: the cell's id, "" where it has none.
        settings: the plain values among nbgrader's metadata; empty where there are none.
        tagged: whether the cell has tags, with which execution can be skipped.
        windows: whether the source had Windows line ends.
    """

    type: str
    text: str
    id: str
    settings: dict[str, Any]
    tagged: bool
    windows: bool


def find_notebook(paths: AssignmentPaths, student: str) -> Path:
    """The notebook that a student handed in.

    Raises:
        DamagedSubmission: there is none of the right name, or not a file where one is expected.
    """
    folder = paths.course.submitted / student / paths.name
    wanted = f"{paths.name}.ipynb"
    if not folder.is_dir():
        raise DamagedSubmission(
            f"{paths.relative(folder)}: not a folder; make a folder of this name and put the "
            f"notebook into it as {wanted}"
        )
    for file in (wanted, *_files_of_the_course(paths)):
        if (folder / file).is_dir():
            raise DamagedSubmission(
                f"{paths.relative(folder / file)}: a folder where a file is expected; "
                "put the file in its place"
            )
    if not (folder / wanted).is_file():
        raise DamagedSubmission(
            f"{paths.relative(folder)}: no notebook named {wanted}; {_found_instead(folder)}"
        )
    return folder / wanted


def read_notebook(content: bytes) -> tuple[NotebookNode, list[Repair]]:
    """Read the bytes of a submitted notebook, repairing what can be repaired.

    Returns:
        The submitted cells as a notebook of format 4, for `rebuild`; and what was repaired.

    Raises:
        DamagedSubmission: it cannot be read as a notebook; the text goes after the file's name.
    """
    cells, repairs = read_cells(content)
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [_as_node(cell) for cell in cells]
    return notebook, repairs


def read_cells(content: bytes) -> tuple[list[SubmittedCell], list[Repair]]:
    """The same, as cells whose ids are as nbformat wants them."""
    text, repairs = _decoded(content)
    data = _parsed(text)
    version = data.get("nbformat")
    # Not isinstance: true and false are no formats.
    if type(version) is int and version > 4:
        raise DamagedSubmission(
            f"is in notebook format {version}, and the newest one known is 4; "
            "save it in format 4 and hand it in again"
        )
    if type(version) is int and version < 4 and not _has_sources(data):
        data = _converted(text, version)
        repairs.append(Repair("format", str(version)))
    cells = submitted_cells(data)
    if any(cell.windows for cell in cells):
        repairs.append(Repair("line ends"))
    return _with_usable_ids(cells), repairs


def submitted_cells(notebook: Mapping[str, Any]) -> list[SubmittedCell]:
    """What may be taken from the cells of any notebook, valid or not.

    Raises:
        DamagedSubmission: it has no list of cells.
    """
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise DamagedSubmission("is not a notebook: it has no cells; hand in the .ipynb file")
    return [_submitted_cell(cell) for cell in cells if isinstance(cell, dict)]


def _files_of_the_course(paths: AssignmentPaths) -> list[str]:
    """The files beside the released notebook, which nbgrader puts into each submission again."""
    return sorted(path.name for path in paths.built.glob("*") if path.suffix != ".ipynb")


def _found_instead(folder: Path) -> str:
    found = sorted(
        printable(str(path.relative_to(folder)))[:80]
        for path in folder.rglob("*")
        if ".ipynb" in path.name.lower() and path.is_file()
    )
    # Copies that Jupyter keeps by itself are no help.
    found = [name for name in found if ".ipynb_checkpoints" not in name]
    if not found:
        return "the folder holds no notebook"
    if len(found) > 1:
        more = ", …" if len(found) > 4 else ""
        return f"found {', '.join(found[:4])}{more}: rename the one that counts"
    return f"found {found[0]}: {'move' if '/' in found[0] else 'rename'} it"


def _decoded(content: bytes) -> tuple[str, list[Repair]]:
    """The text of a file in any of the encodings that editors write."""
    if not content.strip(b" \t\r\n\0"):
        raise DamagedSubmission("is empty; ask for the notebook again")
    encoding: str = json.detect_encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        # What is not UTF is from an old Windows editor, or close to it.
        encoding = "windows-1252"
        text = content.decode(encoding, errors="replace")
    if encoding == "utf-8":
        return text, []
    return text, [Repair("encoding", _ENCODINGS.get(encoding, encoding.upper()))]


def _parsed(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            raise DamagedSubmission(
                f"breaks off in line {error.lineno}: the file is not complete; "
                "ask for the notebook again"
            ) from None
        raise DamagedSubmission(
            f"is not a notebook: not JSON (line {error.lineno}: {error.msg}); "
            "ask for the .ipynb file"
        ) from None
    except (ValueError, RecursionError) as error:
        raise DamagedSubmission(
            f"is not a notebook: unusable JSON ({type(error).__name__}); ask for the .ipynb file"
        ) from None
    if not isinstance(data, dict):
        raise DamagedSubmission("is not a notebook: it has no cells; hand in the .ipynb file")
    return data


def _has_sources(data: dict[str, Any]) -> bool:
    """Whether cells are laid out as in format 4, whatever the number says."""
    cells = data.get("cells")
    return isinstance(cells, list) and any(
        isinstance(cell, dict) and "source" in cell for cell in cells
    )


def _converted(text: str, version: int) -> dict[str, Any]:
    try:
        converted: dict[str, Any] = nbformat.convert(nbformat.reader.reads(text), 4)
    # The converters take a valid notebook for granted, and fail in any way on another one.
    except Exception as error:
        raise DamagedSubmission(
            f"is in the old format {version} and cannot be converted ({type(error).__name__}); "
            "open it in Jupyter, save it and hand it in again"
        ) from None
    return converted


def _submitted_cell(cell: Mapping[str, Any]) -> SubmittedCell:
    kind, name = cell.get("cell_type"), cell.get("id")
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    details = metadata.get("nbgrader")
    details = details if isinstance(details, dict) else {}
    raw = _joined(cell.get("source"))
    return SubmittedCell(
        # A cell of an unknown type is shown and not run.
        type=str(kind) if kind in ("code", "markdown", "raw") else "raw",
        text=_clean(raw),
        id=name if isinstance(name, str) else "",
        settings={
            key: details[key]
            for key in _SETTINGS
            if isinstance(details.get(key), (str, bool, int, float))
        },
        tagged=bool(metadata.get("tags")),
        windows="\r" in raw,
    )


def _joined(source: object) -> str:
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _clean(text: str) -> str:
    """Unix line ends, and no halves of characters, which cannot be written to a file."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _with_usable_ids(cells: list[SubmittedCell]) -> list[SubmittedCell]:
    """The cells as nbformat wants them: ids are there, well formed, and not repeated."""
    usable: list[SubmittedCell] = []
    seen: set[str] = set()
    for number, cell in enumerate(cells):
        well_formed = cell.id.isascii() and cell.id.replace("-", "").replace("_", "").isalnum()
        is_usable = well_formed and len(cell.id) <= 64 and cell.id not in seen
        name = cell.id if is_usable else f"submitted-{number}"
        seen.add(name)
        usable.append(replace(cell, id=name, windows=False))
    return usable


def _as_node(cell: SubmittedCell) -> NotebookNode:
    metadata: dict[str, Any] = {"nbgrader": dict(cell.settings)} if cell.settings else {}
    if cell.tagged:
        metadata["tags"] = ["tagged"]
    node: dict[str, Any] = {
        "cell_type": cell.type,
        "source": cell.text,
        "metadata": metadata,
        "id": cell.id,
    }
    if cell.type == "code":
        node |= {"outputs": [], "execution_count": None}
    return nbformat.from_dict(node)
