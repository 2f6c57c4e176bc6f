"""What is to be done with each cell of a rebuilt notebook."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

from nbformat import NotebookNode

from autograder.cells.markers import hidden_lines, is_grade, is_hidden, is_locked, is_solution
from autograder.cells.names import bound_names, loaded_names
from autograder.errors import CourseError

# The file name of the tests' code, by which its lines are found in a traceback.
TESTS_FILE = "<tests>"


@dataclass(frozen=True)
class LockedCell:
    """The code of a cell that students cannot change, in two parts.

    Attributes:
        visible: what students see.
        hidden: the hidden tests.
        loads: the global names that the cell reads.
        binds: the names that it sets.
        defines: those of them that are functions and classes.
        lines: its text.
    """

    visible: CodeType
    hidden: CodeType | None
    loads: frozenset[str]
    binds: frozenset[str]
    defines: frozenset[str]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """A code cell and what is done with it.

    Attributes:
        kind: "student" (runs in the box), "setup" (runs on both sides), "tests", or "aside" (an
            ungraded cell that runs with the tests).
        place: its place in the notebook.
        key: its grade id, or its cell id.
        number: its execution count.
        source: its text.
        locked: its code, unless it is a student's.
        remote: the names that it expects of the student.
    """

    kind: str
    place: int
    key: str
    number: int
    source: str
    locked: LockedCell | None = None
    remote: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """The steps of a notebook.

    Attributes:
        steps: its code cells, in order.
        remote: the names that its tests expect of the student.
        of_tests: the names that its tests set for themselves.
    """

    steps: tuple[Step, ...]
    remote: frozenset[str]
    of_tests: frozenset[str]

    @classmethod
    def of(cls, notebook: NotebookNode) -> "Plan":
        """Decide what to do with each cell.

        Raises:
            CourseError: a locked cell does not parse.
        """
        steps = []
        known: set[str] = set()
        remote: set[str] = set()
        of_tests: set[str] = set()
        for number, (place, cell) in enumerate(_code_cells(notebook), start=1):
            details = cell.metadata.get("nbgrader", {})
            key = str(details.get("grade_id", cell.id))
            if not is_locked(cell):
                steps.append(Step("student", place, key, number, cell.source))
                continue
            locked = _locked_cell(key, cell.source)
            missing = locked.loads - locked.binds - known
            kind = _kind(cell, locked, missing, known)
            if kind == "setup":
                known |= locked.binds
            else:
                remote |= missing
                of_tests |= locked.binds
            if kind == "aside":
                known |= locked.defines
            steps.append(Step(kind, place, key, number, cell.source, locked, missing))
        return cls(tuple(steps), frozenset(remote), frozenset(of_tests))

    def home(self, name: str) -> Step | None:
        """The last cell of the student that seems to define a name."""
        found = None
        for step in self.steps:
            if step.kind == "student" and _defines(step.source, name):
                found = step
        return found

    def numbered(self, number: int) -> Step | None:
        """The step with an execution count."""
        return self.steps[number - 1] if 0 < number <= len(self.steps) else None


def _code_cells(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """The cells that a kernel runs, with their places."""
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and cell.source.strip():
            yield place, cell


def _kind(cell: NotebookNode, locked: LockedCell, missing: frozenset[str], known: set[str]) -> str:
    if is_grade(cell) and not is_solution(cell):
        return "tests"
    # What needs the student's functions, or speaks of the checks, belongs with the tests.
    if missing or ("check" in known and "check" in locked.loads - locked.binds):
        return "aside"
    return "setup"


def _locked_cell(key: str, source: str) -> LockedCell:
    try:
        return read_locked(source)
    except SyntaxError as error:
        raise CourseError(
            f"cell {key!r}: does not parse, line {error.lineno}: {error.msg}; "
            "build the assignment again"
        ) from error


@lru_cache(maxsize=1024)
def read_locked(source: str) -> LockedCell:
    """Compile a locked cell; the same text is compiled once.

    Raises:
        SyntaxError: it does not parse.
    """
    hidden = hidden_lines(source)
    shown: list[ast.stmt] = []
    concealed: list[ast.stmt] = []
    for node in ast.parse(source).body:
        (concealed if is_hidden(node, hidden) else shown).append(node)
    return LockedCell(
        visible=_compiled(shown),
        hidden=_compiled(concealed) if concealed else None,
        loads=frozenset(loaded_names(source)),
        binds=frozenset(bound_names(source)),
        defines=frozenset(
            node.name for node in shown if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        ),
        lines=tuple(source.split("\n")),
    )


def _compiled(body: list[ast.stmt]) -> CodeType:
    return compile(ast.Module(body, type_ignores=[]), TESTS_FILE, "exec")


def _defines(source: str, name: str) -> bool:
    """Whether a text has a line that begins to define a name. A student's text is not parsed."""
    starts = (f"def {name}(", f"class {name}(", f"class {name}:", f"{name} =", f"async def {name}(")
    return any(line.startswith(starts) for line in source.split("\n"))
