"""The catalogue of an assignment: wrong implementations people write, and right ones.

An entry is a short function in `misconceptions.py` or `alternatives.py`. Its text takes the place
of the function it stands for, so it may use whatever the notebook defines.
"""

import ast
import re
import runpy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from autograder.authoring.assignment import Assignment, without_solution_marks
from autograder.errors import CourseError

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class _Note:
    """What a decorator leaves on a function of the catalogue."""

    of: str
    diagnosis: str = ""
    hint: str = ""
    section: str = ""
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """One implementation in the catalogue.

    Attributes:
        name: the name of the function in the file.
        of: the function of the assignment it stands for.
        source: its text, already under the name `of`.
        diagnosis: for a misconception, what is wrong, in one line.
        hint: for a misconception, what leads to the mending.
        section: for a misconception, the label of the section of the chapter to reread.
        note: for an alternative, how it differs.
    """

    name: str
    of: str
    source: str
    diagnosis: str
    hint: str
    section: str
    note: str


@dataclass(frozen=True)
class Catalogue:
    """The misconceptions and the alternatives of one assignment."""

    misconceptions: tuple[Entry, ...]
    alternatives: tuple[Entry, ...]


def misconception(
    *, of: str, diagnosis: str, hint: str, section: str
) -> Callable[[_Function], _Function]:
    """Mark a function as a wrong implementation of the assignment's function `of`.

    Args:
        of: the function it stands for.
        diagnosis: what is wrong, one line without a full stop.
        hint: one or two sentences that lead to the mending and do not give the code.
        section: the label of the section of the chapter to reread.
    """
    return _marker(_Note(of, diagnosis=diagnosis, hint=hint, section=section))


def alternative(*, of: str, note: str) -> Callable[[_Function], _Function]:
    """Mark a function as a right implementation of `of` that is written differently."""
    return _marker(_Note(of, note=note))


def _marker(note: _Note) -> Callable[[_Function], _Function]:
    def mark(function: _Function) -> _Function:
        function.__dict__["_catalogue_note"] = note
        return function

    return mark


def read_catalogue(assignment: Assignment) -> Catalogue:
    """Read the misconceptions and alternatives of an assignment.

    Raises:
        CourseError: a file is missing or does not run, or an entry stands for a function or names
            a section that does not exist.
    """
    return Catalogue(
        _entries(assignment, "misconceptions.py"), _entries(assignment, "alternatives.py")
    )


def _entries(assignment: Assignment, file_name: str) -> tuple[Entry, ...]:
    path = assignment.paths.folder / file_name
    shown = assignment.paths.relative(path)
    if not path.is_file():
        raise CourseError(f"{shown}: not found; every assignment has one, see CONTRIBUTING.md")
    try:
        members = runpy.run_path(str(path))
    except Exception as error:
        raise CourseError(f"{shown}: does not run ({type(error).__name__}: {error})") from error
    texts = _function_texts(path)
    entries = []
    for name, member in members.items():
        note = getattr(member, "_catalogue_note", None)
        if note is None:
            continue
        if name not in texts:
            raise CourseError(f"{shown}: {name}: not written with def; write it as a function")
        _validate(assignment, f"{shown}: {name}", note)
        source = re.sub(rf"\bdef {name}\b", f"def {note.of}", texts[name], count=1)
        details = {key: getattr(note, key) for key in ("diagnosis", "hint", "section", "note")}
        entries.append(Entry(name=name, of=note.of, source=source, **details))
    return tuple(entries)


def _function_texts(path: Path) -> dict[str, str]:
    """The text of each function of a file, without its decorators."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return {
        node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in ast.parse("\n".join(lines)).body
        if isinstance(node, ast.FunctionDef)
    }


def _validate(assignment: Assignment, where: str, note: _Note) -> None:
    if note.of not in assignment.home:
        raise CourseError(
            f"{where}: stands for {note.of!r}, which the assignment does not define; "
            f"set of= to one of: {', '.join(assignment.home)}"
        )
    if note.note:
        return
    for key in ("diagnosis", "hint", "section"):
        if not getattr(note, key):
            raise CourseError(f"{where}: {key}= is empty; a hint needs all three of its parts")
    if note.section not in assignment.sections:
        raise CourseError(
            f"{where}: no section ({note.section})= in "
            f"{assignment.paths.relative(assignment.paths.chapter)}; set section= to one of: "
            f"{', '.join(assignment.sections)}"
        )


def solution_sources(assignment: Assignment) -> dict[str, str]:
    """The text of every solution cell, by id, as a student with all right would hand it in."""
    return {cell.id: without_solution_marks(cell.source) for cell in assignment.of_role("solution")}


def with_entry(assignment: Assignment, sources: dict[str, str], entry: Entry) -> dict[str, str]:
    """The same solution cells, with one function replaced by an entry of the catalogue."""
    home = assignment.home[entry.of].id
    lines = sources[home].split("\n")
    [node] = [
        node
        for node in ast.parse(sources[home]).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == entry.of
    ]
    replaced = [*lines[: node.lineno - 1], entry.source, *lines[node.end_lineno :]]
    return {**sources, home: "\n".join(replaced)}
