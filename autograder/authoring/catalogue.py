"""The catalogue of an assignment: wrong implementations people write, and right ones.

An entry stands in `misconceptions.py` or `alternatives.py`: an edit of the solution, or a function
that is written another way. Its text takes the place of the function it stands for, so it may use
whatever the notebook defines.
"""

import ast
import re
import runpy
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from autograder.authoring.assignment import Assignment, without_solution_marks
from autograder.authoring.edits import edited, function_node
from autograder.errors import CourseError

_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Note:
    """What the file says of an entry: alone for an edit, as a decorator for a function.

    Attributes:
        change: for an edit, what to put in place of which fragments of the solution.
    """

    of: str
    diagnosis: str = ""
    hint: str = ""
    section: str = ""
    note: str = ""
    change: Mapping[str, str] | None = None

    def __call__(self, function: _Function) -> _Function:
        """Mark a function as the text of the entry."""
        if self.change is not None:
            raise TypeError("an entry has change= or a function, not both")
        function.__dict__["_catalogue_note"] = self
        return function


@dataclass(frozen=True)
class Entry:
    """One implementation in the catalogue.

    Attributes:
        name: its name in the file.
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
    *, of: str, diagnosis: str, hint: str, section: str, change: Mapping[str, str] | None = None
) -> Note:
    """Enter a wrong implementation of the assignment's function `of`.

    An edit of the solution is given a name, another approach decorates its function:

        bias_forgotten = misconception(of=…, diagnosis=…, hint=…, section=…, change={" + b)": ")"})

        @misconception(of=…, diagnosis=…, hint=…, section=…)
        def loop_over_batch(x_t, h_prev, W_x, W_h, b): …

    Args:
        of: the function it stands for.
        diagnosis: what is wrong, one line without a full stop.
        hint: one or two sentences that lead to the mending and do not give the code.
        section: the label of the section of the chapter to reread.
        change: what to put in place of which fragments of the solution, see `edits`.
    """
    return Note(of, diagnosis=diagnosis, hint=hint, section=section, change=change)


def alternative(*, of: str, note: str) -> Note:
    """Mark a function as a right implementation of `of` that is written differently."""
    return Note(of, note=note)


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
    texts = _function_texts(path, shown)
    entries = []
    for name, member in members.items():
        note = member if isinstance(member, Note) else getattr(member, "_catalogue_note", None)
        if note is None:
            continue
        where = f"{shown}: {name}"
        _validate(assignment, where, note)
        if note is member:
            source = _edit(assignment, where, note)
        elif name in texts:
            source = re.sub(rf"\bdef {name}\b", f"def {note.of}", texts[name], count=1)
        else:
            raise CourseError(f"{where}: not written with def; write it as a function")
        details = {key: getattr(note, key) for key in ("diagnosis", "hint", "section", "note")}
        entries.append(Entry(name=name, of=note.of, source=source, **details))
    return tuple(entries)


def _edit(assignment: Assignment, where: str, note: Note) -> str:
    """The text of the solution after the edit of an entry."""
    if note.change is None:
        raise CourseError(f"{where}: neither change= nor a function; give it one of the two")
    source = without_solution_marks(assignment.home[note.of].source)
    node = function_node(source, note.of)
    lines = source.split("\n")[node.lineno - 1 : node.end_lineno]
    return edited("\n".join(lines), note.change, where)


def _function_texts(path: Path, shown: str) -> dict[str, str]:
    """The text of each function of a file, without its decorators.

    Raises:
        CourseError: a name is given twice, so that the first entry would be lost.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    body = ast.parse("\n".join(lines)).body
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    names = [node.name for node in functions]
    names += [target.id for target in targets if isinstance(target, ast.Name)]
    [(name, count)] = Counter(names).most_common(1) or [("", 0)]
    if count > 1:
        raise CourseError(f"{shown}: {name}: {count} entries have this name; rename one of them")
    return {node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in functions}


def _validate(assignment: Assignment, where: str, note: Note) -> None:
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
    lines, node = sources[home].split("\n"), function_node(sources[home], entry.of)
    replaced = [*lines[: node.lineno - 1], entry.source, *lines[node.end_lineno :]]
    return {**sources, home: "\n".join(replaced)}
