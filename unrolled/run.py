"""A notebook run from top to bottom outside JupyterLab, and what its checks said."""

import logging
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from unrolled.checks.recorded import GradedCell, Recorded, RecordedValuesError
from unrolled.checks.show import CellState, Progress

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

# Seconds that one cell may take; the longest cell of the course needs a tenth of it.
_CELL_SECONDS = 120
# Seconds for a kernel to start, and for what a cell has shown to arrive.
_PATIENCE = 300
_KEYS = {"grade_id", "points", "solution"}
_UNWRITTEN = "NotImplementedError"
_ANSI = re.compile(r"\x1b\[[\d;]*m")
_PLACE = re.compile(r"Cell In\[\d+\], line (\d+)(?:, in (\w+))?")


class NotebookError(Exception):
    """The notebook cannot be run; the text is one line that says why and what to do."""


@dataclass(frozen=True)
class Report:
    """What a run showed.

    Attributes:
        progress: where each graded cell stands.
        failures: by the id of each solution or graded cell that ended with an error, the message.
    """

    progress: Progress
    failures: dict[str, str]

    @property
    def all_passed(self) -> bool:
        """Whether every check passed."""
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
    if not all(_details(cell).keys() >= _KEYS for cell in graded):
        raise NotebookError(
            f"{path}: a graded cell has lost its id or points; download the notebook again and "
            "copy your functions into it"
        )
    if not graded:
        raise NotebookError(
            f"{path}: holds no graded cell; give the notebook of an assignment, as downloaded"
        )
    _execute(notebook, path, progress)
    missing = _missing(path, {_details(cell)["grade_id"] for cell in graded})
    work = [cell for cell in notebook.cells if _details(cell).get("solution") or cell in graded]
    failures = {_details(cell)["grade_id"]: error for cell in work if (error := _error(cell))}
    failures |= {cell.id: "missing: put the cell back from the assignment" for cell in missing}
    states = [_state(cell) for cell in graded]
    states += [CellState(cell, "to do") for cell in missing]
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
            f"{path}: not a notebook that can be read; download it again, or save it again in "
            "JupyterLab"
        ) from error
    return notebook


def _execute(notebook: "NotebookNode", path: Path, progress: IO[str]) -> None:
    from nbclient.exceptions import DeadKernelError

    try:
        _client(notebook, path, progress).execute()
    except DeadKernelError as error:
        raise NotebookError(
            f"{path}: the kernel died while the notebook ran: does a cell need more memory than "
            "there is, or end the process?"
        ) from error
    except RuntimeError as error:
        raise NotebookError(f"{path}: no kernel could be started ({error}); try again") from error


def _client(notebook: "NotebookNode", path: Path, progress: IO[str]) -> "NotebookClient":
    """What runs a notebook, in this interpreter, and tells how far it is."""
    from nbclient import NotebookClient

    client = NotebookClient(
        notebook,
        timeout=_CELL_SECONDS,
        # What a slow machine shows late counts too: it may be that a check has failed.
        startup_timeout=_PATIENCE,
        iopub_timeout=_PATIENCE,
        kernel_name="python3",
        allow_errors=True,
        interrupt_on_timeout=True,
        resources={"metadata": {"path": str(path.resolve().parent)}},
        on_cell_executed=_counter(notebook, progress),
    )
    # What it would log, the report says.
    client.log = logging.Logger("unrolled.run", logging.CRITICAL)
    # This interpreter, where the checks are installed, whatever kernels the machine knows.
    client.km = client.create_kernel_manager()
    if client.km.kernel_spec is not None:
        client.km.kernel_spec.argv[0] = sys.executable
    return client


def _counter(notebook: "NotebookNode", progress: IO[str]) -> Callable[..., None]:
    """A function to be called with each cell that has run, which tells how many have."""
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    done = 0

    def advance(cell: "NotebookNode", **_: object) -> None:
        nonlocal done
        if cell.cell_type == "code":
            done += 1
            ending = "\r" if progress.isatty() and done < total else "\n"
            if progress.isatty() or done == total:
                progress.write(f"ran {done} of {total} cells{ending}")
                progress.flush()

    return advance


def _details(cell: "NotebookNode") -> dict[str, Any]:
    return cell.metadata.get("nbgrader", {})


def _missing(path: Path, present: set[str]) -> list[GradedCell]:
    """The graded cells that the recorded values know and the notebook lacks."""
    folder = path.resolve().parent
    if not (folder / "checks.json").is_file():
        return []
    try:
        recorded = Recorded.beside_notebook(path.stem, folder)
    except RecordedValuesError as error:
        raise NotebookError(str(error)) from error
    return [cell for cell in recorded.cells.values() if cell.id not in present]


def _state(cell: "NotebookNode") -> CellState:
    details = _details(cell)
    graded = GradedCell(details["grade_id"], "", float(details["points"]))
    if details["solution"]:
        return CellState(graded, "by hand")
    error = _error(cell)
    if not error:
        return CellState(graded, "passed")
    return CellState(
        graded, "to do" if error.startswith("NotImplementedError") else "not right yet"
    )


def _error(cell: "NotebookNode") -> str:
    """The message of the error that a cell ended with and where it arose, or ""."""
    for output in cell.get("outputs", []):
        if output.output_type != "error":
            continue
        if output.ename == "CheckFailed":
            return output.evalue
        if output.ename == "KeyboardInterrupt":
            return f"stopped after {_CELL_SECONDS} s: is there a loop that does not end?"
        error = f"{output.ename}: {output.evalue}"
        return error if output.ename == _UNWRITTEN else error + _place(output.traceback)
    return ""


def _place(traceback: list[str]) -> str:
    """The innermost line of the notebook in a traceback."""
    places = _PLACE.findall(_ANSI.sub("", "\n".join(traceback)))
    if not places:
        return ""
    line, function = places[-1]
    return f" (line {line} of the cell of {function})" if function else ""


def _indented(message: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in message.split("\n"))
