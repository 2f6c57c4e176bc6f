"""What one submission may use up while it is graded."""

from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from autograder.errors import CourseError

MIB = 2**20
GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """Limits on one submission; `nbgrader_config.py` sets others with `c.Limits.NAME = VALUE`.

    Attributes:
        cpu_per_cell: seconds of processor time for one cell, of all that it starts together.
        wall_per_cell: seconds on the clock for one cell.
        wall_per_submission: seconds on the clock for all cells and tests of a submission.
        memory: bytes of memory, of all processes of a submission together.
        processes: processes and threads beyond those that PyTorch starts.
        files: bytes in files that a submission writes.
        output_per_cell: bytes of output kept of one cell; the rest is cut off, with a note.
        reply: bytes of one value that a student's function returns.
    """

    cpu_per_cell: float = 30.0
    wall_per_cell: float = 60.0
    wall_per_submission: float = 120.0
    memory: int = 2 * GIB
    processes: int = 64
    files: int = 64 * MIB
    output_per_cell: int = MIB
    reply: int = 64 * MIB

    @classmethod
    def from_config(cls, config: Any) -> "Limits":
        """Read `c.Limits` of a traitlets configuration.

        Raises:
            CourseError: a limit has an unknown name, or is not a number above zero.
        """
        given = dict(config.get("Limits", {})) if config else {}
        known = [field.name for field in fields(cls)]
        for name, value in given.items():
            if name not in known:
                close = get_close_matches(name, known, n=1)
                meant = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"
                raise CourseError(f"nbgrader_config.py: c.Limits.{name}: no such limit; {meant}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
                raise CourseError(
                    f"nbgrader_config.py: c.Limits.{name} = {value!r}: not a number above zero"
                )
        return cls(**given)
