"""A mistake as an edit of the solution: fragments of a function's text, and what stands there.

    change={"dh_t = dh[:, t] + dh_next": "dh_t = dh[:, t]"}

A fragment stands exactly once in the function, its docstring aside, so that an edit that no longer
fits the solution fails the build. All fragments are replaced at the same time. What spans lines
begins with a newline or holds one:

- A text that begins with a newline is a block: it is dedented, the newlines around it go.
- Further lines of a fragment and of what takes its place are indented as the line where it stands.
- Where the place of a fragment is taken by "", and nothing is left of its lines, they go.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from textwrap import dedent

from autograder.errors import CourseError


@dataclass(frozen=True, order=True)
class _Place:
    """Where a fragment stands in the text of a function, and what takes its place."""

    start: int
    end: int
    key: str
    value: str


def function_node(source: str, name: str) -> ast.FunctionDef | ast.ClassDef:
    """The definition of a function or class in a source."""
    [node] = [
        node
        for node in ast.parse(source).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name
    ]
    return node


def edited(function: str, change: Mapping[str, str], where: str) -> str:
    """The text of a function after an edit.

    Args:
        function: the text of the function.
        change: what to put in place of which fragments.
        where: how a message names the edit.

    Raises:
        CourseError: a fragment does not stand exactly once in the function, two overlap, or the
            edit changes nothing or leaves something else than one function of the same name.
    """
    searched = _without_docstring(function)
    places = sorted(_place(searched, function, key, value, where) for key, value in change.items())
    for one, other in pairwise(places):
        if other.start < one.end:
            raise CourseError(
                f"{where}: {one.key!r} and {other.key!r} overlap in the solution; "
                "make one fragment of them"
            )
    result = function
    for place in reversed(places):
        result = result[: place.start] + place.value + result[place.end :]
    _validate(function, result, where)
    return result


def _without_docstring(function: str) -> str:
    """The text with its docstring blanked out, everything else at its place."""
    [node] = ast.parse(function).body
    assert isinstance(node, (ast.FunctionDef, ast.ClassDef))
    if ast.get_docstring(node, clean=False) is None:
        return function
    lines, doc = function.split("\n"), node.body[0]
    for number in range(doc.lineno - 1, doc.end_lineno or doc.lineno):
        lines[number] = "\0" * len(lines[number])
    return "\n".join(lines)


def _place(searched: str, function: str, key: str, value: str, where: str) -> _Place:
    wanted, new = _unwrapped(key), _unwrapped(value)
    if wanted == new:
        raise CourseError(f"{where}: {key!r} is replaced by itself; say what the mistake changes")
    found = _occurrences(searched, wanted) if wanted.strip() else []
    if len(found) != 1:
        raise CourseError(
            f"{where}: {key!r} stands {len(found)} times in the solution, and must stand there "
            f"once; {'take in more of its line' if found else 'copy it from the solution again'}"
        )
    start, end = found[0]
    line_start = function.rfind("\n", 0, start) + 1
    line_end = function.find("\n", end)
    rest = function[line_start:start] + function[end : line_end if line_end >= 0 else None]
    if not new and not rest.strip():
        # The newline before the lines goes with them: the last line of a function has none after.
        return _Place(line_start - 1, line_end if line_end >= 0 else len(function), key, "")
    return _Place(start, end, key, _indented(new, function, start))


def _unwrapped(text: str) -> str:
    """A block without the newlines around it and the indentation of its lines."""
    return dedent(text).strip("\n") if text.startswith("\n") else text


def _occurrences(text: str, wanted: str) -> list[tuple[int, int]]:
    """Where a fragment begins and ends in the text; occurrences may overlap."""
    first = re.escape(wanted.split("\n")[0])
    starts = [match.start() for match in re.finditer(f"(?={first})", text)]
    fragments = [(start, _indented(wanted, text, start)) for start in starts]
    return [
        (start, start + len(fragment))
        for start, fragment in fragments
        if text.startswith(fragment, start)
    ]


def _indented(fragment: str, text: str, start: int) -> str:
    """The fragment with further lines indented as the line of the text in which it begins."""
    line = text[text.rfind("\n", 0, start) + 1 :]
    indent = line[: len(line) - len(line.lstrip(" "))]
    return re.sub(r"\n(?=.)", "\n" + indent, fragment)


def _validate(before: str, after: str, where: str) -> None:
    [old] = ast.parse(before).body
    try:
        new = ast.parse(after).body
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise CourseError(
            f"{where}: the solution does not parse after the edit ({error.msg}: {line!r}); "
            "mend what change= puts in"
        ) from error
    if [getattr(node, "name", "") for node in new] != [getattr(old, "name", "")]:
        raise CourseError(
            f"{where}: the edit leaves something else than the function; keep its name, and keep "
            "its lines inside it"
        )
    if ast.dump(new[0]) == ast.dump(old):
        raise CourseError(f"{where}: the edit changes nothing; say in change= what goes wrong")
