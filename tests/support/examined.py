"""Papers in a few lines, examined in boxes that confine nothing: what tests of the examiner share.

The boxes are forks of one warm process and cost some milliseconds. That the sandbox confines is
tested elsewhere.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.authoring.catalogue import Catalogue
from autograder.authoring.expected import record
from autograder.authoring.source import read_assignment
from autograder.cells.markers import BEGIN_HIDDEN, END_HIDDEN
from autograder.course import Course
from autograder.examiner import CellVerdict, Examined, examine
from autograder.limits import Limits
from autograder.sandbox.sandbox import Box, Sandbox
from unrolled.checks.recorded import Recorded, pack_hidden

NAME = "01-paper"
# For submissions that use too much processor time.
SHORT = Limits(cpu_per_cell=0.5, wall_per_cell=240.0, wall_per_submission=600.0)
# For those that show or return too much; on a slow machine that takes its time.
NARROW = Limits(output_per_cell=4096, reply=2**20)
_SANDBOXES: dict[Limits, Sandbox] = {}


@contextmanager
def sandboxes() -> Iterator[None]:
    """Within this, there are boxes."""
    try:
        yield
    finally:
        while _SANDBOXES:
            _SANDBOXES.popitem()[1].close()


def open_box(limits: Limits = Limits(), files: dict[str, bytes] | None = None) -> Box:  # noqa: B008
    """A new box."""
    if limits not in _SANDBOXES:
        _SANDBOXES[limits] = Sandbox(limits, confined=False)
        _SANDBOXES[limits].start()
    return _SANDBOXES[limits].open(files or {})


@dataclass
class Exam:
    """A paper: its notebook as an author writes it, and the recorded values.

    Attributes:
        notebook: with the solutions in the solution cells.
        recorded: the values of the visible checks; those of hidden ones are in their cells.
        everything: the values of all checks.
    """

    notebook: NotebookNode
    recorded: Recorded
    everything: Recorded

    def handed_in(self, work: dict[str, str], added: dict[str, str] | None = None) -> NotebookNode:
        """The notebook with other texts in some cells, and cells added behind some.

        Args:
            work: the texts, by grade id.
            added: texts of new cells, by the grade id of the cell that they stand behind.
        """
        notebook = nbformat.from_dict(self.notebook)
        cells = []
        for cell in notebook.cells:
            key = cell.metadata.get("nbgrader", {}).get("grade_id", cell.id)
            cell = NotebookNode(cell)
            cell.source = work.get(key, cell.source)
            cells.append(cell)
            if key in (added or {}):
                new = nbformat.v4.new_code_cell((added or {})[key], id=f"added-{key}")
                cells.append(new)
        notebook.cells = cells
        return notebook


@dataclass
class Seen:
    """An examined submission, as tests look at it."""

    examined: Examined
    verdicts: dict[str, CellVerdict] = field(init=False)

    def __post_init__(self) -> None:
        nbformat.validate(self.examined.notebook)
        self.verdicts = {verdict.cell: verdict for verdict in self.examined.verdicts}

    def cell(self, key: str) -> NotebookNode:
        """A cell by its grade id, or its id."""
        [cell] = [
            cell
            for cell in self.examined.notebook.cells
            if cell.metadata.get("nbgrader", {}).get("grade_id", cell.id) == key
        ]
        return cell

    def text(self, key: str) -> str:
        """All that a cell shows, as text."""
        return "\n".join(map(_text, self.cell(key).outputs))

    @property
    def everything(self) -> str:
        """All that the student gets to see."""
        cells = self.examined.notebook.cells
        shown = [_text(output) for cell in cells for output in cell.get("outputs", ())]
        return "\n".join([*shown, *(verdict.message for verdict in self.examined.verdicts)])


def _text(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return "\n".join([output.ename, output.evalue, *output.traceback])
    return "\n".join(map(str, output.data.values()))


@cache
def exam(source: str) -> Exam:
    """A paper from the percent format, without nbgrader's own steps, which take a second."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "solutions" / NAME).mkdir(parents=True)
        (root / "nbgrader_config.py").touch()
        (root / "solutions" / NAME / f"{NAME}.py").write_text(source)
        assignment = read_assignment(Course(root).assignment(NAME))
        recorded = record(assignment, Catalogue((), ()))
    return Exam(assignment.notebook(packed(recorded)), recorded.visible(), recorded)


def packed(recorded: Recorded) -> dict[str, str]:
    """The recorded values of hidden checks as they travel in their cells."""
    found = {}
    for cell in recorded.cells:
        hidden = {
            name: check
            for name, check in recorded.checks.items()
            if check.hidden and check.cell == cell
        }
        if hidden:
            found[cell] = pack_hidden(hidden)
    return found


def small(solution: str, visible: str, hidden: str = "", setup: str = "", of: str = "f") -> Exam:
    """A paper with one function and one tests cell, `test`."""
    block = f"\n{BEGIN_HIDDEN}\n{hidden}\n{END_HIDDEN}" if hidden else ""
    return exam(
        f'''\
# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks

check = Checks("{NAME}")
{setup}

# %% role="solution" id="work"
### BEGIN SOLUTION
{solution}
### END SOLUTION

# %% role="tests" id="test" of="{of}" points=1
{visible}{block}

# %% role="summary" id="summary"
check.summary()
'''
    )


def grade(
    exam: Exam,
    work: dict[str, str] | str | None = None,
    added: dict[str, str] | None = None,
    limits: Limits = Limits(),  # noqa: B008
    box: Callable[[Box], Any] = lambda box: box,
) -> Seen:
    """Examine a submission.

    Args:
        paper: the paper.
        work: the texts of cells, by grade id, or the text of the cell `work`.
        added: texts of new cells, by the grade id of the cell that they stand behind.
        limits: of the submission.
        box: wraps each box.
    """
    texts = {"work": work} if isinstance(work, str) else work or {}
    opened = []

    def opener(spent: float) -> Any:
        opened.append(box(open_box(limits)))
        return opened[-1]

    notebook = exam.handed_in(texts, added)
    before = nbformat.writes(notebook)
    examined = examine(notebook, opener, limits, NAME, exam.recorded)
    assert nbformat.writes(notebook) == before
    assert examined.boxes == len(opened)
    return Seen(examined)
