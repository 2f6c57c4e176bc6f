"""A notebook run from top to bottom outside JupyterLab, and what its checks said."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from unrolled.checks.recorded import GradedCell
from unrolled.checks.show import CellState, Progress

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Seconds that one cell may take; the longest cell of the course needs a tenth of it.
_CELL_SECONDS = 300


class NotebookError(Exception):
    """The notebook cannot be run; the text is one line that says why and what to do."""


@dataclass(frozen=True)
class Report:
    """What a run showed.

    Attributes:
        progress: where each graded cell stands.
        failures: by the id of each graded cell that failed, the message.
    """

    progress: Progress
    failures: dict[str, str]

    @property
    def all_passed(self) -> bool:
        """Whether no graded cell failed."""
        return not self.failures

    def text(self) -> str:
        """The failures, then the summary with the progress bar."""
        parts = [f"{cell}\n{_indented(message)}\n" for cell, message in self.failures.items()]
        return "\n".join([*parts, self.progress.text()])


def run_notebook(path: Path, progress: IO[str]) -> Report:
    """Run a notebook in a fresh kernel, in its own folder; the file is not changed.

    Args:
        path: an assignment's notebook.
        progress: where to say how far the run is.

    Raises:
        NotebookError: there is no such file, it is not a notebook or not an assignment, or its
            kernel died.
    """
    notebook = _read(path)
    graded = [cell for cell in notebook.cells if _details(cell).get("grade")]
    if not graded:
        raise NotebookError(
            f"{path}: holds no graded cell; give the notebook of an assignment, as downloaded"
        )
    _execute(notebook, path, progress)
    failures = {}
    states = []
    for cell in graded:
        details = _details(cell)
        by_hand = bool(details["solution"])
        message = "" if by_hand else _error(cell)
        if message:
            failures[details["grade_id"]] = message
        state = "by hand" if by_hand else "to do" if message else "passed"
        entry = GradedCell(details["grade_id"], "", float(details["points"]))
        states.append(CellState(entry, state))
    return Report(Progress(tuple(states)), failures)


def _read(path: Path) -> "NotebookNode":
    import nbformat

    if not path.is_file():
        raise NotebookError(f"{path}: no such file; give the path of a notebook (.ipynb)")
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    # nbformat raises a different error for each way in which a file can be damaged.
    except Exception as error:
        raise NotebookError(
            f"{path}: not a notebook ({str(error).splitlines()[0][:80]}); download it again, or "
            "save it again in JupyterLab"
        ) from error
    return notebook


def _execute(notebook: "NotebookNode", path: Path, progress: IO[str]) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    done = 0

    def advance(cell: "NotebookNode", cell_index: int, **_: object) -> None:
        nonlocal done
        if cell.cell_type == "code":
            done += 1
            ending = "\r" if progress.isatty() and done < total else "\n"
            if progress.isatty() or done == total:
                progress.write(f"ran {done} of {total} cells{ending}")
                progress.flush()

    client = NotebookClient(
        notebook,
        timeout=_CELL_SECONDS,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(path.resolve().parent)}},
        on_cell_executed=advance,
    )
    # This interpreter, where the checks are installed, whatever kernels the machine knows.
    client.km = client.create_kernel_manager()
    if client.km.kernel_spec is not None:
        client.km.kernel_spec.argv[0] = sys.executable
    try:
        client.execute()
    except CellTimeoutError as error:
        raise NotebookError(
            f"{path}: a cell ran for {_CELL_SECONDS} s and was stopped: is there a loop that does "
            "not end?"
        ) from error
    except DeadKernelError as error:
        raise NotebookError(
            f"{path}: the kernel died while the notebook ran: does a cell need more memory than "
            "there is, or end the process?"
        ) from error


def _details(cell: "NotebookNode") -> dict:
    return cell.metadata.get("nbgrader", {})


def _error(cell: "NotebookNode") -> str:
    """The message of the error that a cell ended with, or ""."""
    for output in cell.outputs:
        if output.output_type == "error":
            is_check = output.ename == "CheckFailed"
            return output.evalue if is_check else f"{output.ename}: {output.evalue}"
    return ""


def _indented(message: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in message.split("\n"))
