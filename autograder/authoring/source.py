"""The source of an assignment: a percent-format notebook whose cell headers name a role.

    # %% role="tests" id="test-step" of="rnn_step_forward" points=2

`read_assignment` parses and validates it.
"""

from collections.abc import Iterator
from typing import Any

import jupytext

from autograder.authoring.assignment import GRADED, Assignment, Cell
from autograder.authoring.validation import validate
from autograder.course import AssignmentPaths
from autograder.errors import CourseError

_KEYS = {"role", "id", "of", "points"}
_LAYOUT = {"lines_to_next_cell", "lines_to_end_of_cell_marker"}


def read_assignment(paths: AssignmentPaths) -> Assignment:
    """Parse and validate the source of an assignment.

    Raises:
        CourseError: the first thing that is wrong, with file, line, cell and remedy.
    """
    cells = tuple(_cells(paths))
    validate(paths, cells)
    return Assignment(paths, cells)


def _cells(paths: AssignmentPaths) -> Iterator[Cell]:
    try:
        text = paths.source.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{paths.relative(paths.source)}: not UTF-8 at byte {error.start}; save it as UTF-8"
        ) from error
    notebook = jupytext.reads(text, fmt="py:percent")
    headers = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith("# %%")]
    if len(headers) != len(notebook.cells):
        raise CourseError(
            f"{paths.relative(paths.source)}: {len(headers)} lines begin with '# %%' but there are "
            f"{len(notebook.cells)} cells; begin the file with a cell header such as "
            "'# %% [markdown]', and start no other line of a cell with '# %%'"
        )
    for line, cell in zip(headers, notebook.cells, strict=True):
        # jupytext keeps layout of its own among the metadata.
        header = {key: item for key, item in cell.metadata.items() if key not in _LAYOUT}
        yield Cell(
            type=cell.cell_type,
            source=cell.source,
            line=line,
            role=str(header.get("role", "")),
            id=str(header.get("id", "")),
            of=str(header.get("of", "")),
            points=_points(paths, line, header),
        )


def _points(paths: AssignmentPaths, line: int, header: dict[str, Any]) -> float:
    """The points in a header, after a look at all its keys."""
    where = f"{paths.relative(paths.source)}:{line}: cell {header.get('id', '(no id)')!r}"
    if "incorrectly_encoded_metadata" in header:
        raise CourseError(
            f"{where}: the header {header['incorrectly_encoded_metadata']!r} cannot be read; write "
            'key="text" or key=number, separated by spaces'
        )
    unknown = header.keys() - _KEYS
    if unknown:
        raise CourseError(
            f"{where}: unknown header key {min(unknown)!r}; "
            f"a header holds {', '.join(sorted(_KEYS))}"
        )
    role, points = header.get("role", ""), header.get("points")
    if role in GRADED and points is None:
        raise CourseError(f"{where}: a graded cell without points; add points=N to its header")
    if role not in GRADED and points is not None:
        raise CourseError(
            f"{where}: points on a cell that is not graded; give it the role tests or written, "
            "or take the points away"
        )
    if points is None:
        return 0.0
    if isinstance(points, bool) or not isinstance(points, (int, float)) or points <= 0:
        raise CourseError(f"{where}: points={points!r}; points are a number above zero")
    return float(points)
