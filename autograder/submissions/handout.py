"""The assignment as students got it, which says what a submission may change."""

from copy import deepcopy

from nbformat import NotebookNode
from traitlets.config import Config

from autograder.cells.markers import is_solution


class Handout:
    """The assignment as it was handed out, but with the hidden tests still in it.

    Attributes:
        notebook: its cells, with hidden tests.
        released: by cell, the text that students got.
    """

    def __init__(self, notebook: NotebookNode, released: dict[str, str]) -> None:
        self.notebook, self.released = notebook, released
        self.cells = {key_of(cell): cell for cell in notebook.cells}

    @classmethod
    def of(cls, source: NotebookNode, config: Config | None) -> "Handout":
        """Hand out an assignment, with the steps of nbgrader's generate_assignment.

        Args:
            source: the instructor's source notebook; it is not changed.
            config: nbgrader's configuration, for the stubs that stand for solutions.
        """
        # Here, because nbgrader takes long to import, and a handout may be ready made.
        from nbgrader import preprocessors as steps

        notebook = deepcopy(source)
        # Up to the step that enters the cells in the gradebook.
        for step in (
            steps.LockCells,
            steps.ClearSolutions,
            steps.ClearOutput,
            steps.ComputeChecksums,
        ):
            notebook, _ = step(config=config).preprocess(notebook, {})
        handed_out, _ = steps.ClearHiddenTests(config=config).preprocess(deepcopy(notebook), {})
        return cls(notebook, {key_of(cell): cell.source for cell in handed_out.cells})

    def is_plain(self, key: str) -> bool:
        """Whether nbgrader knows nothing of the cell, so that it is the student's to change."""
        return "nbgrader" not in self.cells[key].metadata

    def is_open(self, key: str) -> bool:
        """Whether the text of the cell is the student's."""
        return self.is_plain(key) or is_solution(self.cells[key])

    def label(self, key: str) -> str:
        """The cell as a message names it."""
        if not self.is_plain(key):
            return f"`{key}`"
        line = self.cells[key].source.split("\n")[0].strip("#*` ")
        return f"“{line[:40]}”"


def key_of(cell: NotebookNode) -> str:
    """nbgrader's id of a source cell, or the cell's own where nbgrader knows nothing of it."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", cell.id))
