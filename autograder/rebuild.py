"""A trustworthy notebook out of any submission: the released one, with the student's cells in it.

The result starts from the instructor's source notebook. Of the submission it takes only the text
of solution cells, written answers and plain cells, and the cells that the student added. Points,
ids, tags, the kernel, outputs, tests and whatever is missing are the instructor's.

`Rebuild` and `SubmissionExporter` put this into nbgrader's Autograde; nbgrader_config.py switches
them on.
"""

from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config

from autograder.errors import CourseError
from autograder.matching import Matching, Paper
from autograder.repairs import Repair, report_cell
from autograder.submission import (
    DamagedSubmission,
    SubmittedCell,
    read_notebook,
    submitted_cells,
)


def rebuild(
    submitted: NotebookNode, source: NotebookNode, config: Config | None = None
) -> tuple[NotebookNode, list[Repair]]:
    """Make a notebook to grade out of a submitted one.

    Args:
        submitted: any notebook, valid or not; it is not changed.
        source: the instructor's source notebook, with solutions and hidden tests.
        config: nbgrader's configuration, for the stubs that stand for solutions.

    Returns:
        The notebook, hidden tests included, with stubs where nothing was handed in; and what had
        to be repaired.

    Raises:
        DamagedSubmission: the submission has no list of cells.
    """
    paper = Paper(source, config)
    matching = Matching(paper, submitted_cells(submitted))
    return _assembled(paper, matching), matching.repairs()


def _assembled(paper: Paper, matching: Matching) -> NotebookNode:
    """The paper with the student's texts, each added cell behind the known cell it stood behind."""
    at = {place: key for key, place in matching.counted.items()}
    own = set(matching.added)
    behind: dict[str, list[SubmittedCell]] = defaultdict(list)
    last = ""
    for place, cell in enumerate(matching.cells):
        last = at.get(place, last)
        if place in own:
            behind[last].append(cell)
    names = _fresh_names({cell.id for cell in paper.notebook.cells}, len(own))
    result = deepcopy(paper.notebook)
    result.cells = [_fresh(cell.type, cell.text, next(names)) for cell in behind[""]]
    for key, original in paper.cells.items():
        result.cells.append(_filled(matching, key, original))
        result.cells += [_fresh(cell.type, cell.text, next(names)) for cell in behind[key]]
    return result


def _filled(matching: Matching, key: str, original: NotebookNode) -> NotebookNode:
    text = matching.text(key)
    if matching.paper.is_plain(key) and key in matching.counted:
        return _fresh(matching.cells[matching.counted[key]].type, text, original.id)
    cell = deepcopy(original)
    cell.source = text
    return cell


def _fresh(kind: str, text: str, name: str) -> NotebookNode:
    new = getattr(nbformat.v4, f"new_{kind}_cell")
    cell: NotebookNode = new(text, id=name)
    return cell


def _fresh_names(taken: set[str], count: int) -> Iterator[str]:
    numbers = range(1, count + len(taken) + 1)
    return (name for number in numbers if (name := f"added-{number}") not in taken)


class Rebuild(NbGraderPreprocessor):
    """The sanitizing step of Autograde: `rebuild`, and a first cell that says what was repaired."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Replace the submitted notebook by the one to grade.

        Raises:
            CourseError: the assignment has not been built.
            DamagedSubmission: the submission has no list of cells.
        """
        result, repairs = rebuild(nb, self._source(resources["nbgrader"]), self.config)
        repairs = [*resources.get("repairs", ()), *repairs]
        if repairs:
            result.cells.insert(0, report_cell(repairs))
        return result, resources

    def _source(self, names: dict[str, str]) -> NotebookNode:
        # The preprocessor belongs to the exporter, and that to the converter.
        coursedir = self.parent.parent.coursedir
        folder = coursedir.format_path(coursedir.source_directory, ".", names["assignment"])
        path = Path(folder) / f"{names['notebook']}.ipynb"
        if not path.is_file():
            raise CourseError(
                f"{path}: not found; run `autograder build {names['assignment']}` first"
            )
        return nbformat.read(path, as_version=4)


class SubmissionExporter(NotebookExporter):
    """nbconvert's exporter, which reads submissions in spite of honest damage."""

    def from_file(
        self, file_stream: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> Any:
        """Convert an open notebook file.

        Raises:
            DamagedSubmission: it cannot be read as a notebook.
        """
        # Autograde's second pass reads what the first one wrote, of which nothing may be lost.
        if not any(isinstance(step, Rebuild) for step in self._preprocessors):
            return super().from_file(file_stream, resources=resources, **kw)
        try:
            notebook, repairs = read_notebook(Path(file_stream.name).read_bytes())
        except DamagedSubmission as error:
            raise DamagedSubmission(f"{file_stream.name}: {error}") from None
        return self.from_notebook_node(
            notebook, resources={**(resources or {}), "repairs": repairs}, **kw
        )
