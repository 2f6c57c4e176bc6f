"""A trustworthy notebook out of any submission: the released one, with the student's cells in it.

The result starts from the instructor's source notebook. Of the submission it takes only the text
of solution cells, written answers and plain cells, and the cells that the student added. Points,
ids, tags, the kernel, outputs, tests and whatever is missing are the instructor's.
"""

from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy

from nbformat import NotebookNode
from traitlets.config import Config

from autograder.submissions.handout import Handout
from autograder.submissions.matching_by_id import Matching
from autograder.submissions.parse import SubmittedCell, read_cells, submitted_cells
from autograder.submissions.repair_report import Repair, report_cell


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
    return rebuild_on(Handout.of(source, config), submitted)


def rebuild_on(handout: Handout, submitted: NotebookNode) -> tuple[NotebookNode, list[Repair]]:
    """The same, on a handout that has been derived from the source before."""
    return _rebuilt(handout, submitted_cells(submitted))


def _rebuilt(handout: Handout, cells: list[SubmittedCell]) -> tuple[NotebookNode, list[Repair]]:
    matching = Matching(handout, cells)
    return _assembled(handout, matching), matching.repairs()


def rebuild_file(handout: Handout, content: bytes) -> tuple[NotebookNode, list[Repair]]:
    """The same for the bytes of a submitted file; a first cell says what was repaired.

    Raises:
        DamagedSubmission: it cannot be read as a notebook; the text goes after the file's name.
    """
    cells, repairs = read_cells(content)
    result, further = _rebuilt(handout, cells)
    return with_report(result, [*repairs, *further]), [*repairs, *further]


def with_report(notebook: NotebookNode, repairs: list[Repair]) -> NotebookNode:
    """The notebook, with a first cell that tells what was repaired, if anything was."""
    if repairs:
        notebook.cells.insert(0, report_cell(repairs))
    return notebook


def _assembled(handout: Handout, matching: Matching) -> NotebookNode:
    """The handout with the student's texts; added cells stand behind what they stood behind."""
    at = {place: key for key, place in matching.counted.items()}
    own = set(matching.added)
    behind: dict[str, list[SubmittedCell]] = defaultdict(list)
    last = ""
    for place, cell in enumerate(matching.cells):
        last = at.get(place, last)
        if place in own:
            behind[last].append(cell)
    names = _fresh_names({cell.id for cell in handout.notebook.cells}, len(own))
    frame = {key: value for key, value in handout.notebook.items() if key != "cells"}
    result: NotebookNode = deepcopy(NotebookNode(frame))
    result.cells = [_fresh(cell.type, cell.text, next(names)) for cell in behind[""]]
    for key, original in handout.cells.items():
        result.cells.append(_filled(matching, key, original))
        result.cells += [_fresh(cell.type, cell.text, next(names)) for cell in behind[key]]
    return result


def _filled(matching: Matching, key: str, original: NotebookNode) -> NotebookNode:
    text = matching.text(key)
    if matching.handout.is_plain(key) and key in matching.counted:
        return _fresh(matching.cells[matching.counted[key]].type, text, original.id)
    cell = deepcopy(original)
    cell.source = text
    return cell


def _fresh(kind: str, text: str, name: str) -> NotebookNode:
    # Not with nbformat's own functions, which validate each cell: the whole is validated once.
    cell = NotebookNode(cell_type=kind, id=name, metadata=NotebookNode(), source=text)
    if kind == "code":
        cell.update(outputs=[], execution_count=None)
    return cell


def _fresh_names(taken: set[str], count: int) -> Iterator[str]:
    numbers = range(1, count + len(taken) + 1)
    return (name for number in numbers if (name := f"added-{number}") not in taken)
