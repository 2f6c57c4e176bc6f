"""The assignments together: each keeps all rules, and one that breaks a rule is found out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from support import assignments
from support.assignments import (
    COURSE,
    PLANS,
    RULES,
    Plan,
    Rule,
    Whole,
    central_differences,
    indistinct,
    repeated,
    visible_calls,
)
from support.courses import rewrite

from autograder.authoring.catalogue import read_catalogue
from autograder.authoring.expected import record
from autograder.authoring.skeleton import Chapter
from autograder.authoring.source import read_assignment
from autograder.course import Course


@cache
def whole(name: str) -> Whole:
    return Whole.read(COURSE, name, PLANS[name])


def test_every_assignment_has_a_plan() -> None:
    assert COURSE.assignments() == list(PLANS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", PLANS)
def test_assignment_keeps_the_rule(name: str, rule: Rule) -> None:
    assert list(rule(whole(name))) == []


# The rules themselves: the assignment that a new chapter begins with keeps them all, and one fault
# at a time

NAME = "02-small"
TEXTS = Chapter(NAME, "01-first").files
PLAN = Plan("fading_step fading_forward", hours=2, misconceptions=12, alternatives=4)
# It takes the hidden check, of a single step, to tell it from the template's mean over steps.
MEAN_OF_TWO = """

divided_by_two_or_more = misconception(
    of="fading_forward",
    diagnosis="the states are divided by the number of steps, or by two",
    hint="Is a mean asked for?",
    section="small-memory",
    change={"return states": "return states / max(x.shape[1], 2)"},
)
"""


@pytest.fixture
def small(tmp_path: Path) -> Course:
    """A course of one assignment that keeps all rules."""
    for file, text in TEXTS.items():
        more = MEAN_OF_TWO if file.endswith("misconceptions.py") else ""
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + more, encoding="utf-8")
    course = Course(tmp_path)
    assignment = read_assignment(course.assignment(NAME))
    released = assignment.paths.released
    released.mkdir(parents=True)
    recorded = record(assignment, read_catalogue(assignment)).visible()
    (released / "checks.json").write_text(recorded.to_json(), encoding="utf-8")
    return course


def found(course: Course) -> dict[str, list[str]]:
    """The faults that each rule finds."""
    one = Whole.read(course, NAME, PLAN)
    faults = {rule.__name__: list(rule(one)) for rule in RULES}
    return {rule: lines for rule, lines in faults.items() if lines}


def test_small_assignment_keeps_all_rules(small: Course) -> None:
    assert found(small) == {}
    one = Whole.read(small, NAME, PLAN)
    [pair] = one.alike  # only the hidden check tells these apart
    assert [entry.name for entry in pair] == ["divided_by_steps", "divided_by_two_or_more"]
    assert set(one.recorded.checks) == {*one.released.checks, "forward: a single step"}


FOLDER = f"solutions/{NAME}"
SOURCE = f"{FOLDER}/{NAME}.py"
CHAPTER = f"book/{NAME}.md"
WRONG, RIGHT = f"{FOLDER}/misconceptions.py", f"{FOLDER}/alternatives.py"
STEP, FORWARD = 'of="fading_step"', 'of="fading_forward"'
MERGED = TEXTS[SOURCE].partition("# test-step (")[2].partition("# test-step-inputs")[0]
SECOND_PART = TEXTS[WRONG].partition("# --- 2.")[2]
HIDDEN = (
    "### BEGIN HIDDEN TESTS\n"
    'check("forward: a single step", fading_forward(x[:, 2:3], h_0, 0.7))\n'
    "### END HIDDEN TESTS\n"
)
DRAWN = "h_0 + np.random.rand() * (h_0 < 0)"
HELPER = "def helper(x):\n    return x\n\n\ndef fading_forward("
BROKEN = {
    "functions_and_points": [
        (SOURCE, f"{FORWARD} points=2", f"{FORWARD} points=3", "gives 22 points"),
        (SOURCE, MERGED, "2 points)\n", "has 6 cells with points"),
        (SOURCE, '-fades" points=2', '-fades" points=1', "the answers in writing give [1.0]"),
        (SOURCE, "def fading_forward(", HELPER, "asks for fading_step, helper, fading_forward"),
        (SOURCE, FORWARD, STEP, "tests fading_step"),
    ],
    "stated_points_and_times": [
        (SOURCE, "# test-step (2", "# test-step (1", "the first line of test-step"),
        (
            SOURCE,
            "2 points, graded",
            "2, graded",
            "why-it-fades does not say that it gives 2 points",
        ),
        (SOURCE, "· 8 points", "· 7 points", "fading_step: 7 points in the text, 8 given"),
        (SOURCE, "about 2 hours", "about 3 hours", "does not say that it takes about 2 hours"),
        (SOURCE, "55 minutes", "75 minutes", "its parts take 140 minutes"),
    ],
    "points_and_times_of_the_chapter": [
        (CHAPTER, "`fading_forward`", "`sum`", "the chapter asks for fading_step, sum"),
        (CHAPTER, "| 45 |", "| 44 |", "minutes and points of the functions are"),
        (CHAPTER, "| 20 | 2 |", "| 20 | 3 |", "21 points in the chapter"),
        (CHAPTER, "| 20 | 2 |", "| 25 | 2 |", "125 minutes in the chapter"),
    ],
    "plain_markdown": [
        (SOURCE, "what is written here", "{ref}`here`", "Jupyter does not show {ref}`"),
        (SOURCE, "# Use NumPy", "# ```{note}\n# Use NumPy", "Jupyter does not show ```{"),
        (SOURCE, "{t-1}$$", "{t-1}$", "a formula is not closed"),
    ],
    "large_catalogue": [
        (WRONG, "misconception(\n", "dict(\n", "0 misconceptions, fewer than 12"),
        (WRONG, SECOND_PART, "", "1 misconceptions of fading_forward, fewer than 2"),
        (RIGHT, FORWARD, STEP, "0 alternatives of fading_forward, fewer than 1"),
    ],
    "leading_hints": [
        (WRONG, 'left out"', 'left out."', "input_left_out: the diagnosis is not one line"),
        (WRONG, 'left out"', 'left out\\n"', "input_left_out: the diagnosis is not one line"),
        (WRONG, "to fade?", "to fade", "input_scaled: the hint is no sentence"),
        (WRONG, "to fade?", "x.T?", "input_scaled: the hint gives the code"),
        (WRONG, "to fade?", "to  fade?", "input_scaled: the hint has two spaces"),
        (WRONG, "to fade?", f"{'fade ' * 50}?", "input_scaled: the hint is "),
        (WRONG, "the input is left out", "the state is added whole", "fading_step: 2 mistakes are"),
    ],
    "mistakes_told_apart": [
        (SOURCE, HIDDEN, "", "no check tells divided_by_steps from divided_by_two_or_more"),
    ],
    "mistakes_named": [
        (WRONG, '"h_t = np.zeros_like(h_0)"', '"h_t = -h_0"', "no visible check of fading_forward"),
    ],
    "light_and_right_solution": [
        # Not above zero, where it is held against PyTorch.
        (SOURCE, "h_t = h_0\n", f"h_t = {DRAWN}\n", "the solution fails test-forward"),
    ],
}


@pytest.mark.parametrize(
    ("rule", "file", "old", "new", "fault"),
    [(rule, *case) for rule, cases in BROKEN.items() for case in cases],
)
def test_assignment_that_breaks_a_rule_is_found(
    small: Course, rule: str, file: str, old: str, new: str, fault: str
) -> None:
    rewrite(small.root / file, old, new)
    [finds] = [one for one in RULES if one.__name__ == rule]
    faults = list(finds(Whole.read(small, NAME, PLAN)))
    assert any(line.startswith(fault) for line in faults), faults


def test_solution_that_is_slow_is_found(small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assignments, "PACES", 0.0)
    [[fault]] = found(small).values()
    assert fault.startswith("grading takes")


def test_each_rule_is_seen_to_be_broken() -> None:
    assert list(BROKEN) == [rule.__name__ for rule in RULES]


# What the tests of single assignments share


def test_calls_are_those_of_visible_checks(small: Course) -> None:
    assignment = read_assignment(small.assignment(NAME))
    calls = visible_calls(assignment)
    scales = {function: [scale for *_, scale in given] for function, given in calls.items()}
    assert scales == {"fading_step": [0.6, 0.9, 0.7, 0.2], "fading_forward": [0.6, 0.8, 0.9, 0.7]}
    cells = visible_calls(assignment, by="id")
    assert list(cells) == [cell.id for cell in assignment.of_role("tests")]


def test_inputs_that_hide_a_mistake_are_found() -> None:
    assert repeated([(3, 4, 5), (3, 4, 3), (1,)]) == [(3, 4, 3)]
    good, symmetric = np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 2], [2.1, 4]])
    zero, flat = np.array([[1.0, 0], [3, 4]]), np.array([1.0, 2])
    no_number = np.array([1.0, np.nan])
    assert indistinct([good, flat], smallest=0.5, asymmetry=0.2) == []
    for array in (symmetric, zero, no_number):
        [bad] = indistinct([good, array], smallest=0.5, asymmetry=0.2)
        assert bad is array
    assert indistinct([symmetric], smallest=0.5) == []


def test_central_differences_are_the_gradients() -> None:
    x, y = np.array([[1.0, -2, 3]]), np.array(0.5)
    by_x, by_y = central_differences(lambda x, y: float((x**2 * y).sum()), [x, y])
    assert by_x == pytest.approx(2 * x * y, abs=1e-8)
    assert by_y == pytest.approx(14, abs=1e-8)
