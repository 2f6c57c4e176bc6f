"""What every assignment of the course has to have, and what the tests of single ones share.

A rule is a function of a `Whole`, an assignment with what belongs to it, that yields a line for
each fault. test_assignments.py applies all of them to all assignments. What only one chapter asks
of its solution is in test_assignment_NN.py, with the fixtures `assignment` and `solution`.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import numpy as np

from autograder.authoring.assignment import Assignment
from autograder.authoring.catalogue import (
    Catalogue,
    Entry,
    read_catalogue,
    solution_sources,
    with_entry,
)
from autograder.authoring.expected import record
from autograder.authoring.in_process import run_checks
from autograder.authoring.source import read_assignment
from autograder.cells.markers import hidden_lines
from autograder.course import Course
from unrolled.checks.recorded import Recorded

if TYPE_CHECKING:
    import torch

COURSE = Course(Path(__file__).resolve().parents[2])
POINTS = 20
GRADED = range(8, 15)  # cells with points
QUARTER = 15  # minutes
PACES = 8.0  # of processor time, to grade the solution; it takes one or two
HINT = 240  # characters

MINUTES = re.compile(r"\*\(?(\d+) minutes")
PART = re.compile(r"\*(\d+) minutes · (\d+) points?\*")
ROW = re.compile(r"^\| \d+ \| (?:`(\w+)`)?.* \| (\d+) \| (\d+) \|$", re.MULTILINE)
# What only Jupyter Book shows: labels, directives and roles.
MYST = re.compile(r"^(\(.+\)=|:::|```\{)|\{[a-z:]+\}`", re.MULTILINE)
CODE = re.compile(r" @ |\.T\b|np\.\w+\(|axis=|return |lambda")


@dataclass(frozen=True)
class Plan:
    """What the author of an assignment meant it to be.

    Attributes:
        functions: what the student writes, in order, parted by spaces.
        hours: about how long it takes.
        written: the points of each question that is answered in writing.
        misconceptions: how many there are at least.
        alternatives: how many there are at least.
        of_each: how many misconceptions and alternatives each function has at least.
    """

    functions: str
    hours: float = 3.5
    written: Sequence[float] = (2,)
    misconceptions: int = 60
    alternatives: int = 8
    of_each: tuple[int, int] = (2, 1)


PLANS = {
    "01-sequences-and-windows": Plan(
        "pad_batch length_mask masked_mean context_windows classifier_forward accuracy last_step "
        "count_weights",
        hours=3,
        alternatives=20,
        of_each=(5, 2),
    ),
    "02-vanilla-rnn": Plan(
        "rnn_step_forward rnn_forward softmax_cross_entropy lm_loss perplexity "
        "softmax_with_temperature sample_index generate",
        hours=3,
    ),
    "03-bptt": Plan(
        "rnn_forward numerical_gradient gradient_error rnn_step_backward cross_entropy_backward "
        "rnn_backward rnn_backward_truncated",
        hours=3,
        written=(1, 2),
        of_each=(5, 2),
    ),
    "04-vanishing-and-exploding": Plan(
        "step_jacobian span_jacobian gradient_norms gradient_bound spectral_radius iterate "
        "orbit_slopes fixed_points is_attracting",
        hours=3,
        alternatives=15,
        of_each=(4, 2),
    ),
    "05-stable-gradients": Plan(
        "global_norm clip_by_norm clip_by_value cosine guarded_step descend relu_step_forward "
        "relu_step_backward identity_start reverse_padded",
    ),
    "06-lstm": Plan(
        "gate_forward gate_backward lstm_step_forward lstm_forward lstm_cell_backward "
        "lstm_backward init_lstm memory_weights",
    ),
    "07-gru": Plan(
        "gru_step_forward gru_step_backward torch_gru_step_forward torch_gru_step_backward "
        "torch_gru_forward count_weights counter_weights accepts",
    ),
    "08-skip-connections": Plan(
        "residual_forward residual_backward highway_forward highway_backward dense_forward "
        "dense_backward deep_forward deep_backward gradient_norms paths_by_length",
    ),
    "09-bidirectional": Plan(
        "reading_order rnn_direction bidirectional_forward both_ends both_ends_backward "
        "direction_backward bidirectional_backward count_parameters lookahead",
    ),
    "10-stacked": Plan(
        "stack_forward stack_by_steps earliest_rounds stack_backward dropout_forward "
        "dropout_backward deep_forward deep_backward count_parameters",
    ),
    "11-convolutions": Plan(
        "conv_lengths conv_forward conv_backward max_over_time max_backward kim_forward "
        "kim_backward",
    ),
    "12-sequence-to-sequence": Plan(
        "shift_targets encode bridge_forward decode_step decode_forced masked_loss "
        "decoder_backward bridge_backward greedy_decode",
    ),
}


@dataclass(frozen=True)
class Whole:
    """An assignment with what belongs to it.

    Attributes:
        assignment: as its author wrote it.
        plan: what it was meant to be.
        catalogue: its misconceptions and alternatives.
        released: the recorded values that students get: those of the visible checks. That they
            are what a new recording gives is for `autograder build --check`.
    """

    assignment: Assignment
    plan: Plan
    catalogue: Catalogue
    released: Recorded

    @classmethod
    def read(cls, course: Course, name: str, plan: Plan) -> Whole:
        """Read an assignment of a course, which has been built."""
        paths = course.assignment(name)
        assignment = read_assignment(paths)
        released = Recorded.beside_notebook(name, paths.released)
        return cls(assignment, plan, read_catalogue(assignment), released)

    @property
    def text(self) -> str:
        """What a student reads."""
        texts = [cell.source for cell in self.assignment.cells if cell.type == "markdown"]
        return "\n".join(texts)

    @property
    def minutes(self) -> int:
        """How long its parts take together."""
        return sum(map(int, MINUTES.findall(self.text)))

    @cached_property
    def alike(self) -> list[tuple[Entry, Entry]]:
        """The mistakes in one function that no visible check tells apart."""
        return self.not_told_apart(self.catalogue.misconceptions, self.released)

    @cached_property
    def recorded(self) -> Recorded:
        """The right values of all checks, hidden ones too, and the wrong ones of `alike`.

        No other mistake has to run for the rules, and no experiment.
        """
        cells = self.assignment.of_role("setup", "solution", "tests", "agreement", "written")
        entries = {entry.name: entry for pair in self.alike for entry in pair}
        few = Catalogue(tuple(entries.values()), ())
        return record(replace(self.assignment, cells=tuple(cells)), few)

    @staticmethod
    def not_told_apart(entries: Iterable[Entry], recorded: Recorded) -> list[tuple[Entry, Entry]]:
        """The mistakes in one function that give the same values at all its checks."""

        def trace(entry: Entry) -> list[Any]:
            checks = recorded.checks.values()
            own = [check for check in checks if recorded.cells[check.cell].of == entry.of]
            return [check.wrong.get(entry.name) for check in own]

        traces = [(entry, trace(entry)) for entry in entries]
        return [
            (one, other)
            for (one, first), (other, second) in combinations(traces, 2)
            if one.of == other.of and first == second
        ]


Rule = Callable[[Whole], Iterator[str]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Enter a rule."""
    RULES.append(function)
    return function


@rule
def functions_and_points(whole: Whole) -> Iterator[str]:
    assignment, functions = whole.assignment, whole.plan.functions.split()
    if assignment.points != POINTS:
        yield f"gives {assignment.points:g} points"
    graded = len(assignment.of_role("tests", "written"))
    if graded not in GRADED:
        yield f"has {graded} cells with points"
    written = [cell.points for cell in assignment.of_role("written")]
    if written != list(whole.plan.written):
        yield f"the answers in writing give {written} points"
    if list(assignment.home) != functions:
        yield f"asks for {', '.join(assignment.home)}"
    tested = {cell.of for cell in assignment.of_role("tests")}
    if tested != set(functions):
        yield f"tests {', '.join(sorted(tested))}"


@rule
def stated_points_and_times(whole: Whole) -> Iterator[str]:
    stated: dict[str, int] = {}
    tests, points = whole.assignment.of_role("tests"), 0
    for cell in whole.assignment.cells:
        part = PART.search(cell.source) if cell.type == "markdown" else None
        points = int(part[2]) if part else points
        worth = f"{cell.points:g} point{'' if cell.points == 1 else 's'}"
        if cell.role == "solution":
            stated[cell.id] = points
        if cell.role == "tests" and cell.source.split("\n")[0] != f"# {cell.id} ({worth})":
            yield f"the first line of {cell.id} does not say its name and {worth}"
        if cell.role == "written" and f"· {worth}, graded by hand" not in cell.source:
            yield f"{cell.id} does not say that it gives {worth}, graded by hand"
    for function, points in stated.items():
        given = sum(cell.points for cell in tests if cell.of == function)
        if points != given:
            yield f"{function}: {points} points in the text, {given:g} given"
    hours = whole.plan.hours
    words = f"about {int(hours)}{' and a half' if hours % 1 else ''} hours"
    if words not in " ".join(whole.text.split()):
        yield f"does not say that it takes {words}"
    if abs(whole.minutes - 60 * hours) > QUARTER:
        yield f"its parts take {whole.minutes} minutes, which are not {words}"


@rule
def points_and_times_of_the_chapter(whole: Whole) -> Iterator[str]:
    rows = ROW.findall(whole.assignment.paths.chapter.read_text(encoding="utf-8"))
    named = [row for row in rows if row[0]]
    if [function for function, *_ in named] != whole.plan.functions.split():
        yield f"the chapter asks for {', '.join(function for function, *_ in named)}"
    parts = PART.findall(whole.text)
    if [(minutes, points) for _, minutes, points in named] != parts:
        yield f"minutes and points of the functions are {parts}, and others in the chapter"
    points = sum(int(points) for *_, points in rows)
    if points != whole.assignment.points:
        yield f"{points} points in the chapter, {whole.assignment.points:g} in the source"
    minutes = sum(int(minutes) for _, minutes, _ in rows)
    if minutes != whole.minutes:
        yield f"{minutes} minutes in the chapter, {whole.minutes} in the source"


@rule
def plain_markdown(whole: Whole) -> Iterator[str]:
    for found in MYST.finditer(whole.text):
        yield f"Jupyter does not show {found[0]}"
    if whole.text.count("$$") % 2:
        yield "a formula is not closed"


@rule
def large_catalogue(whole: Whole) -> Iterator[str]:
    plan, catalogue = whole.plan, whole.catalogue
    for kind, entries, together, of_one in (
        ("misconceptions", catalogue.misconceptions, plan.misconceptions, plan.of_each[0]),
        ("alternatives", catalogue.alternatives, plan.alternatives, plan.of_each[1]),
    ):
        if len(entries) < together:
            yield f"{len(entries)} {kind}, fewer than {together}"
        counts = Counter(entry.of for entry in entries)
        for function in plan.functions.split():
            if counts[function] < of_one:
                yield f"{counts[function]} {kind} of {function}, fewer than {of_one}"


@rule
def leading_hints(whole: Whole) -> Iterator[str]:
    mistakes = whole.catalogue.misconceptions
    for entry in mistakes:
        if entry.diagnosis.endswith(".") or "\n" in entry.diagnosis:
            yield f"{entry.name}: the diagnosis is not one line without a full stop"
        if not re.search(r"[.?]$", entry.hint):
            yield f"{entry.name}: the hint is no sentence"
        if CODE.search(entry.hint):
            yield f"{entry.name}: the hint gives the code"
        if "  " in entry.hint:
            yield f"{entry.name}: the hint has two spaces in a row"
        if len(entry.hint) >= HINT:
            yield f"{entry.name}: the hint is {len(entry.hint)} characters long"
    for (of, diagnosis), count in Counter((e.of, e.diagnosis) for e in mistakes).items():
        if count > 1:
            yield f"{of}: {count} mistakes are diagnosed alike: {diagnosis}"


@rule
def mistakes_told_apart(whole: Whole) -> Iterator[str]:
    """Two mistakes in one function differ at some check of that function."""
    entries = [entry for pair in whole.alike for entry in pair]
    for one, other in whole.not_told_apart(dict.fromkeys(entries), whole.recorded):
        yield f"no check tells {one.name} from {other.name}"


@rule
def mistakes_named(whole: Whole) -> Iterator[str]:
    """A student learns of each while working, with a name, not only from the feedback."""
    assignment, right = whole.assignment, solution_sources(whole.assignment)
    for entry in whole.catalogue.misconceptions:
        # The checks of the other functions take time and say nothing of this one.
        cells = [cell for cell in assignment.cells if cell.of in ("", entry.of)]
        sources, narrow = (
            with_entry(assignment, right, entry),
            replace(assignment, cells=tuple(cells)),
        )
        results = run_checks(narrow, sources, whole.released, hidden_too=False)
        if not any(entry.name in result.named for result in results.values()):
            yield f"no visible check of {entry.of} names {entry.name}"


@rule
def light_and_right_solution(whole: Whole) -> Iterator[str]:
    recorded, sources = whole.recorded, solution_sources(whole.assignment)
    with measured() as taken:
        results = run_checks(whole.assignment, sources, recorded)
    if taken.paces >= PACES:
        yield f"grading takes {taken.paces:.1f} times a fixed piece of work"
    for cell, result in results.items():
        if not result.passed:
            yield f"the solution fails {cell}: {result.message}"


# What the tests of single assignments share


@dataclass
class Taken:
    """What something has taken: processor time, in that of a fixed piece of work."""

    paces: float = 0.0


@contextmanager
def measured() -> Iterator[Taken]:
    """Measure a block by what this machine, as it is now, takes for a fixed piece of work.

    That takes a tenth of a second where much else takes as long as on most machines.
    """
    taken = Taken()
    before = _pace()
    started = time.process_time()
    yield taken
    taken.paces = (time.process_time() - started) / max(before, _pace())


def _pace() -> float:
    array = np.linspace(-1.0, 1.0, 400).reshape(20, 20)
    started = time.process_time()
    total = 0.0
    for number in range(30_000):
        total += float((array @ array[number % 20]).sum())
    return time.process_time() - started


def definitions(assignment: Assignment) -> dict[str, Any]:
    """What the setup and the solution cells define."""
    defined: dict[str, Any] = {}
    for cell in assignment.of_role("setup", "solution"):
        exec(cell.source, defined)
    return defined


def visible_calls(assignment: Assignment, by: str = "of") -> dict[str, list[tuple[Any, ...]]]:
    """The arguments of each call of a function under test in the visible checks, in order.

    Args:
        assignment: whose checks to run, with its solution.
        by: what to sort the calls by: the function, "of", or the tests cell, "id".
    """
    calls: dict[str, list[tuple[Any, ...]]] = {}
    defined = definitions(assignment)
    defined["check"] = Mock()

    def spy(key: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            calls.setdefault(key, []).append((*arguments, *named.values()))
            return function(*arguments, **named)

        return called

    for cell in assignment.of_role("tests"):
        lines, hidden = cell.source.split("\n"), hidden_lines(cell.source)
        visible = [line for number, line in enumerate(lines, 1) if number not in hidden]
        function = defined[cell.of]
        defined[cell.of] = spy(getattr(cell, by), function)
        exec("\n".join(visible), defined)
        defined[cell.of] = function
    return calls


def repeated(sizes: Iterable[Sequence[int]]) -> list[Sequence[int]]:
    """The entries in which a size stands twice: there, exchanged axes would go unnoticed."""
    return [entry for entry in sizes if len(set(entry)) < len(entry)]


def indistinct(
    weights: Iterable[np.ndarray], smallest: float, asymmetry: float = 0.0
) -> list[np.ndarray]:
    """The weights that would hide a mistake.

    Args:
        weights: the arrays.
        smallest: no entry may be as near to zero as this.
        asymmetry: square arrays must differ from their transposes by more, if it is not 0.
    """

    def is_distinct(array: np.ndarray) -> bool:
        square = array.ndim == 2 and array.shape[0] == array.shape[1]
        if square and asymmetry and not np.abs(array - array.T).max() > asymmetry:
            return False
        return bool(np.abs(array).min() > smallest)

    return [array for array in weights if not is_distinct(array)]


def central_differences(
    loss: Callable[..., float], arrays: Sequence[np.ndarray], step: float = 1e-5
) -> list[np.ndarray]:
    """The gradient of a loss of some arrays in each of them."""
    gradients = []
    for place, array in enumerate(arrays):
        gradient = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            ahead, behind = ([other.copy() for other in arrays] for _ in range(2))
            ahead[place][index] += step
            behind[place][index] -= step
            gradient[index] = (loss(*ahead) - loss(*behind)) / (2 * step)
        gradients.append(gradient)
    return gradients


def filled(module: torch.nn.Module, arrays: Iterable[np.ndarray]) -> Any:
    """A module of torch.nn with these arrays as its parameters."""
    import torch  # takes a second, and conftest.py loads this module for all tests

    with torch.no_grad():
        for parameter, array in zip(module.parameters(), arrays, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(array, dtype=float)))
    return module
