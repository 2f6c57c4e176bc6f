"""What the cells of an assignment's source have to keep to."""

import ast
import re

from autograder.authoring.assignment import ROLES, Cell
from autograder.cells.markers import BEGIN_SOLUTION, END_SOLUTION
from autograder.cells.names import bound_names, loaded_names
from autograder.course import AssignmentPaths
from autograder.errors import CourseError

# The cells that the examiner runs, in another process than all others.
_APART = {"tests", "agreement", "summary"}
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def validate(paths: AssignmentPaths, cells: tuple[Cell, ...]) -> None:
    """Look at every cell.

    Raises:
        CourseError: the first thing that is wrong, with file, line, cell and remedy.
    """
    file = paths.relative(paths.source)
    seen: dict[str, int] = {}
    functions: set[str] = set()
    for cell in cells:
        where = f"{file}:{cell.line}: cell {cell.id or '(no id)'!r}"
        _validate_header(where, cell)
        if cell.id in seen:
            raise CourseError(
                f"{where}: the id is used already in line {seen[cell.id]}; give each cell its own"
            )
        if cell.id:
            seen[cell.id] = cell.line
        _validate_regions(where, cell)
        if cell.type == "code":
            _validate_syntax(where, cell)
        if cell.role == "solution":
            functions.update(node.name for node in cell.functions())
        if cell.role == "tests" and cell.of not in functions:
            raise CourseError(
                f"{where}: tests {cell.of!r}, which no solution cell above defines; "
                f"set of= to one of: {', '.join(sorted(functions)) or '(none yet)'}"
            )
    _validate_names(file, cells)
    if not any(cell.role == "setup" for cell in cells):
        raise CourseError(f'{file}: no setup cell; the first code cell must have role="setup"')


def _validate_header(where: str, cell: Cell) -> None:
    if not cell.role:
        if cell.id:
            raise CourseError(f"{where}: an id without a role; add one of {', '.join(ROLES)}")
        return
    if cell.role not in ROLES:
        raise CourseError(f"{where}: unknown role {cell.role!r}; the roles are {', '.join(ROLES)}")
    if not _ID.fullmatch(cell.id):
        raise CourseError(
            f"{where}: a cell with a role needs an id of letters, digits, - and _, at most 64"
        )
    wanted = ROLES[cell.role][1]
    if cell.type != wanted:
        raise CourseError(f"{where}: the role {cell.role} needs a {wanted} cell")
    if (cell.role == "tests") != bool(cell.of):
        raise CourseError(
            f"{where}: of= names the function under test: tests must have it, other cells must not"
        )


def _validate_regions(where: str, cell: Cell) -> None:
    _validate_region(where, cell, "SOLUTION", {"solution", "written"})
    _validate_region(where, cell, "HIDDEN TESTS", {"tests"})
    if cell.role in ("solution", "written") and BEGIN_SOLUTION not in _stripped(cell):
        raise CourseError(
            f"{where}: no solution block; put the answer between "
            f"{BEGIN_SOLUTION} and {END_SOLUTION}"
        )


def _validate_region(where: str, cell: Cell, kind: str, roles: set[str]) -> None:
    """Check that blocks of one kind are opened, closed, and where they may be."""
    begin, end = f"### BEGIN {kind}", f"### END {kind}"
    is_open = False
    for line in _stripped(cell):
        if line not in (begin, end):
            continue
        if cell.role not in roles:
            raise CourseError(
                f"{where}: {line!r} stands in a cell that is not of role "
                f"{' or '.join(sorted(roles))}; it would reach the students"
            )
        if (line == begin) == is_open:
            missing = f"{end!r} before it" if is_open else f"{begin!r} before it"
            raise CourseError(f"{where}: {line!r} without {missing}")
        is_open = not is_open
    if is_open:
        raise CourseError(f"{where}: {begin!r} is never closed; add {end!r}")


def _validate_names(file: str, cells: tuple[Cell, ...]) -> None:
    """Check that no cell needs what another tests or agreement cell sets.

    When a notebook is graded, tests run in another process than the student's cells, and what one
    of them sets is gone before the next.
    """
    common: set[str] = set()
    aside: dict[str, str] = {}
    for cell in cells:
        if cell.type != "code":
            continue
        bound = bound_names(cell.source)
        needed = loaded_names(cell.source) - bound - common
        for name in sorted(needed & aside.keys()):
            raise CourseError(
                f"{file}:{cell.line}: cell {cell.id or '(no id)'!r}: uses {name!r}, which only "
                f"the cell {aside[name]!r} sets; when graded, tests run apart from all other "
                "cells: set it here, or in the setup cell"
            )
        if cell.role in _APART:
            aside |= dict.fromkeys(bound, cell.id)
        else:
            common |= bound


def _stripped(cell: Cell) -> list[str]:
    return [line.strip() for line in cell.source.split("\n")]


def _validate_syntax(where: str, cell: Cell) -> None:
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        line = cell.line + (error.lineno or 0)
        raise CourseError(f"{where}: does not parse, line {line}: {error.msg}") from error
