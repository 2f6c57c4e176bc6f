"""What was put right in a submission before it was graded, and how the feedback says so."""

from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

# kind: (sentence about one thing, sentence about several), in the order in which they are told.
_SENTENCES = {
    "encoding": ("The file was in {}; it was converted to UTF-8.",) * 2,
    "format": ("The notebook was in the old format {}; it was converted to format 4.",) * 2,
    "line ends": ("Windows line ends were converted.",) * 2,
    "edited": (
        "The cell {} was edited; the original was graded.",
        "The cells {} were edited; the originals were graded.",
    ),
    "settings": (
        "The settings of the cell {} (points, role, tags) were changed; the original ones count.",
        "The settings of the cells {} (points, role, tags) were changed; the original ones count.",
    ),
    "retyped": (
        "The cell {} was of another type; its type was restored.",
        "The cells {} were of another type; their types were restored.",
    ),
    "moved": (
        "The cell {} was moved; it was put back in its place.",
        "The cells {} were moved; they were put back in their places.",
    ),
    "repeated": (
        "The cell {} was there more than once; it counts once.",
        "The cells {} were there more than once; each counts once.",
    ),
    "recognised": (
        "The cell {} had lost its id; it was recognised by the function that it defines.",
        "The cells {} had lost their ids; they were recognised by the functions that they define.",
    ),
    "elsewhere": (
        "The cell {} was missing; another cell that defines its function was graded.",
        "The cells {} were missing; other cells that define their functions were graded.",
    ),
    "missing": (
        "The cell {} was missing; it was put back as it was handed out.",
        "The cells {} were missing; they were put back as they were handed out.",
    ),
}


@dataclass(frozen=True)
class Repair:
    """One thing that was put right.

    Attributes:
        kind: encoding, format, line ends, edited, settings, retyped, moved, repeated, recognised,
            elsewhere or missing.
        what: the cell, or for a file the encoding or format that it had.
    """

    kind: str
    what: str = ""


def describe(repairs: list[Repair]) -> list[str]:
    """The repairs in plain words, one sentence for each kind."""
    sentences = []
    for kind, (one, several) in _SENTENCES.items():
        things = [repair.what for repair in repairs if repair.kind == kind]
        if things:
            sentence = one if len(things) == 1 else several
            sentences.append(sentence.format(", ".join(things)))
    return sentences


def report_cell(repairs: list[Repair]) -> NotebookNode:
    """The cell that heads a repaired notebook. It has no grade id, so nbgrader leaves it alone."""
    lines = ["**Repaired before grading.** Your own code and answers were kept.", ""]
    lines += [f"- {sentence}" for sentence in describe(repairs)]
    return nbformat.v4.new_markdown_cell("\n".join(lines), id="repairs")
