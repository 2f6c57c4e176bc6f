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


# The rules themselves: a small assignment that keeps them all, and one fault at a time

NAME = "01-small"
PLAN = Plan("scale total", hours=3, misconceptions=4, alternatives=2)
SETUP = """# %% [markdown]
# # Small
# It takes about 3 hours. There is a formula: $$x$$

# %% role="setup" id="setup"
import numpy as np

from unrolled import Checks, fixed_array

check = Checks("01-small")
x = np.abs(fixed_array(3, 4, start=1))
"""
PART = """
# %% [markdown]
# *MINUTES minutes · POINTS points*

# %% role="solution" id="NAME"
def NAME(x, factor):
    ### BEGIN SOLUTION
    return RESULT
    ### END SOLUTION
"""
TESTS = """
# %% role="tests" id="test-NAME-K" of="NAME" points=POINTS
# test-NAME-K (POINTS points)
check("NAME: K", NAME(x, K + 0.5))
"""
HIDDEN = """### BEGIN HIDDEN TESTS
check("total: below zero", total(-x, 2.0))
### END HIDDEN TESTS
"""
WRITTEN = """
# %% [markdown] role="written" id="why" points=2
# **Question** *(20 minutes · 2 points, graded by hand)*
#
# ### BEGIN SOLUTION
# Because.
# ### END SOLUTION
"""
MISCONCEPTIONS = """import numpy as np

from autograder.authoring.catalogue import misconception


@misconception(of="scale", diagnosis="added", hint="Not a sum?", section="start")
def factor_added(x, factor):
    return x + factor


@misconception(of="scale", diagnosis="doubled", hint="Once is enough.", section="start")
def factor_doubled(x, factor):
    return x * 2 * factor


@misconception(of="total", diagnosis="mean", hint="Do not divide.", section="start")
def mean_taken(x, factor):
    return np.mean(x * factor)


@misconception(of="total", diagnosis="sizes", hint="Keep the signs.", section="start")
def mean_of_sizes(x, factor):
    return np.mean(np.abs(x * factor))
"""
ALTERNATIVES = """from autograder.authoring.catalogue import alternative


@alternative(of="scale", note="the other way round")
def factor_first(x, factor):
    return factor * x


@alternative(of="total", note="factor outside")
def factor_outside(x, factor):
    return factor * x.sum()
"""
PAGE = """(start)=
## Start

| 1 | `scale` | 80 | 8 |
| 2 | `total` | 70 | 10 |
| 3 | a question | 20 | 2 |
"""


def cells_of(name: str, points: list[int]) -> list[str]:
    """One tests cell for each number of points."""
    cells = [TESTS.replace("POINTS", str(number)) for number in points]
    return [cell.replace("NAME", name).replace("K", str(k)) for k, cell in enumerate(cells, 1)]


SCALE, TOTAL = cells_of("scale", [2, 2, 2, 2]), cells_of("total", [2, 2, 3, 3])


def part(name: str, minutes: int, points: int, result: str) -> str:
    named = PART.replace("NAME", name).replace("RESULT", result)
    return named.replace("MINUTES", str(minutes)).replace("POINTS", str(points))


@pytest.fixture
def small(tmp_path: Path) -> Course:
    """A course of one assignment that keeps all rules."""
    first, second = part("scale", 80, 8, "x * factor"), part("total", 70, 10, "(x * factor).sum()")
    folder = tmp_path / "solutions" / NAME
    files = {
        folder / f"{NAME}.py": "".join([SETUP, first, *SCALE, second, *TOTAL, HIDDEN, WRITTEN]),
        folder / "misconceptions.py": MISCONCEPTIONS,
        folder / "alternatives.py": ALTERNATIVES,
        tmp_path / "book" / f"{NAME}.md": PAGE,
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
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
    assert [entry.name for entry in pair] == ["mean_taken", "mean_of_sizes"]
    assert set(one.recorded.checks) == {*one.released.checks, "total: below zero"}


FOLDER = f"solutions/{NAME}"
SOURCE = f"{FOLDER}/{NAME}.py"
CHAPTER = f"book/{NAME}.md"
WRONG, RIGHT = f"{FOLDER}/misconceptions.py", f"{FOLDER}/alternatives.py"
FIRST = MISCONCEPTIONS.split("\n")[5]
HELPER = "def helper(x):\n    return x\n\n\ndef total("
BROKEN = {
    "functions_and_points": [
        (SOURCE, 'of="total" points=2', 'of="total" points=3', "gives 22 points"),
        (SOURCE, SCALE[0] + SCALE[1], "", "has 7 cells with points"),
        (SOURCE, 'id="why" points=2', 'id="why" points=1', "the answers in writing give [1.0]"),
        (SOURCE, "def total(", HELPER, "asks for scale, helper, total"),
        (SOURCE, 'of="total"', 'of="scale"', "tests scale"),
    ],
    "stated_points_and_times": [
        (SOURCE, "# test-total-1 (2", "# test-total-1 (1", "the first line of test-total-1"),
        (SOURCE, "2 points, graded", "2, graded", "why does not say that it gives 2 points"),
        (SOURCE, "· 8 points", "· 7 points", "scale: 7 points in the text, 8 given"),
        (SOURCE, "about 3 hours", "about 4 hours", "does not say that it takes about 3 hours"),
        (SOURCE, "70 minutes", "64 minutes", "its parts take 164 minutes"),
    ],
    "points_and_times_of_the_chapter": [
        (CHAPTER, "`total`", "`sum`", "the chapter asks for scale, sum"),
        (CHAPTER, "| 80 |", "| 79 |", "minutes and points of the functions are"),
        (CHAPTER, "| 20 | 2 |", "| 20 | 3 |", "21 points in the chapter"),
        (CHAPTER, "| 20 | 2 |", "| 25 | 2 |", "175 minutes in the chapter"),
    ],
    "plain_markdown": [
        (SOURCE, "There", "{ref}`There`", "Jupyter does not show {ref}`"),
        (SOURCE, "# It takes", "# ```{note}\n# It takes", "Jupyter does not show ```{"),
        (SOURCE, "$$x$$", "$$x$", "a formula is not closed"),
    ],
    "large_catalogue": [
        (WRONG, FIRST, "", "3 misconceptions, fewer than 4"),
        (WRONG, FIRST, "", "1 misconceptions of scale, fewer than 2"),
        (RIGHT, 'of="total"', 'of="scale"', "0 alternatives of total, fewer than 1"),
    ],
    "leading_hints": [
        (WRONG, '"added"', '"added."', "factor_added: the diagnosis is not one line"),
        (WRONG, '"added"', '"added\\n"', "factor_added: the diagnosis is not one line"),
        (WRONG, "sum?", "sum", "factor_added: the hint is no sentence"),
        (WRONG, "sum?", "x.T?", "factor_added: the hint gives the code"),
        (WRONG, "a sum?", " a sum?", "factor_added: the hint has two spaces"),
        (WRONG, "sum?", f"{'sum ' * 60}?", "factor_added: the hint is 247 characters"),
        (WRONG, '"doubled"', '"added"', "scale: 2 mistakes are diagnosed alike"),
    ],
    "mistakes_told_apart": [
        (SOURCE, HIDDEN, "", "no check tells mean_taken from mean_of_sizes"),
    ],
    "mistakes_named": [
        (WRONG, "x + factor", "x - factor", "no visible check of scale names factor_added"),
    ],
    "light_and_right_solution": [
        (SOURCE, "x * factor\n", "np.random.rand()\n", "the solution fails test-scale-1"),
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
    factors = {function: [factor for _, factor in given] for function, given in calls.items()}
    assert factors == {name: [1.5, 2.5, 3.5, 4.5] for name in ("scale", "total")}
    cells = visible_calls(assignment, by="id")
    assert list(cells) == [f"test-{name}-{k}" for name in factors for k in range(1, 5)]


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
