"""What a notebook's checks know: recorded right values, and the values of known mistakes."""

import base64
import json
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1


class RecordedValuesError(Exception):
    """The recorded values of a notebook are missing or not readable."""

    def _render_traceback_(self) -> list[str]:
        """What IPython prints instead of a traceback: the message says it all."""
        return [str(self)]


@dataclass(frozen=True)
class Mistake:
    """A known mistake, as a learner is told of it.

    Attributes:
        name: the name of the misconception in the catalogue.
        of: the function in which the mistake is made.
        diagnosis: what is wrong, in one line.
        hint: what to think about to mend it.
        read: the section of the book to reread.
        url: the address of that section, or "" where the book is not published.
    """

    name: str
    of: str
    diagnosis: str
    hint: str
    read: str
    url: str


@dataclass(frozen=True)
class RecordedCheck:
    """One named check.

    Attributes:
        cell: the grade id of the cell that holds the check.
        expected: the encoded right value; True for a property.
        hidden: whether the check stands in a hidden test.
        wrong: fingerprints of the wrong values, by the name of the mistake that gives them.
    """

    cell: str
    expected: Any
    hidden: bool
    wrong: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GradedCell:
    """A cell with points: its grade id, the function it tests ("" for a written answer), points."""

    id: str
    of: str
    points: float


@dataclass
class Recorded:
    """Everything recorded about one notebook."""

    assignment: str
    cells: dict[str, GradedCell]
    checks: dict[str, RecordedCheck]
    mistakes: dict[str, Mistake]

    def visible(self) -> "Recorded":
        """The part that a student may hold: all but the hidden checks."""
        shown = {name: check for name, check in self.checks.items() if not check.hidden}
        return Recorded(self.assignment, self.cells, shown, self.mistakes)

    def to_json(self) -> str:
        """The text of `checks.json`: short lists on one line, so that a change shows as a line."""
        content = {
            "format": FORMAT,
            "assignment": self.assignment,
            "cells": [asdict(cell) for cell in self.cells.values()],
            "mistakes": [asdict(mistake) for mistake in self.mistakes.values()],
            "checks": {name: asdict(check) for name, check in self.checks.items()},
        }
        return _lines(content) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str) -> "Recorded":
        """Read the text of a `checks.json`.

        Raises:
            RecordedValuesError: the text is not such a file; the message names `where`.
        """
        try:
            content = json.loads(text)
            if content["format"] != FORMAT:
                raise RecordedValuesError(
                    f"{where}: written for another version of the checks (format "
                    f"{content['format']}, this package reads {FORMAT}); update the package "
                    "unrolled or download the assignment again"
                )
            return cls(
                assignment=content["assignment"],
                cells={cell["id"]: GradedCell(**cell) for cell in content["cells"]},
                checks={name: RecordedCheck(**check) for name, check in content["checks"].items()},
                mistakes={entry["name"]: Mistake(**entry) for entry in content["mistakes"]},
            )
        except (ValueError, KeyError, TypeError) as error:
            raise RecordedValuesError(
                f"{where}: not a file of recorded values ({error}); download the assignment again"
            ) from error

    @classmethod
    def beside_notebook(cls, assignment: str, folder: Path) -> "Recorded":
        """Read `checks.json` in the notebook's folder.

        Raises:
            RecordedValuesError: there is none, it is damaged, or it belongs to another assignment.
        """
        path = folder / "checks.json"
        if not path.is_file():
            raise RecordedValuesError(
                f"{path}: not found. The checks of {assignment} read their recorded values from "
                "this file: keep it in the same folder as the notebook"
            )
        recorded = cls.from_json(path.read_text(encoding="utf-8"), str(path))
        if recorded.assignment != assignment:
            raise RecordedValuesError(
                f"{path}: belongs to the assignment {recorded.assignment}, not to {assignment}"
            )
        return recorded


def pack_hidden(checks: dict[str, RecordedCheck]) -> str:
    """Put hidden checks into one line of text, to travel inside their own test cell."""
    content = json.dumps({name: asdict(check) for name, check in checks.items()}, sort_keys=True)
    return base64.b85encode(zlib.compress(content.encode(), 9)).decode()


def unpack_hidden(packed: str) -> dict[str, RecordedCheck]:
    """Read what `pack_hidden` wrote.

    Raises:
        RecordedValuesError: the text was changed.
    """
    try:
        content = json.loads(zlib.decompress(base64.b85decode(packed)))
        return {name: RecordedCheck(**check) for name, check in content.items()}
    except (ValueError, TypeError, zlib.error) as error:
        raise RecordedValuesError(
            "the recorded values of a hidden test are damaged: build the assignment again"
        ) from error


def _lines(value: Any, depth: int = 0) -> str:
    """JSON with one line per entry down to the level at which entries are short."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or not value or len(flat) <= 96:
        return flat
    if isinstance(value, list) and not isinstance(value[0], (dict, list)):
        return flat
    pad = " " * (depth + 1)
    if isinstance(value, dict):
        entries = [
            f"{pad}{json.dumps(key, ensure_ascii=False)}: {_lines(item, depth + 1)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(entries) + "\n" + " " * depth + "}"
    entries = [f"{pad}{_lines(item, depth + 1)}" for item in value]
    return "[\n" + ",\n".join(entries) + "\n" + " " * depth + "]"
