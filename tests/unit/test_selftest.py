"""The tests of the tests: what a selftest must find, it finds."""

from support.courses import rewrite, run_command

from autograder.authoring.selftest import selftest
from autograder.course import Course


def test_a_sound_assignment_has_no_problems(tiny: Course) -> None:
    matrix = selftest(tiny, "01-tiny")
    assert matrix.problems == []
    points = {row.name: row.points for row in matrix.rows}
    assert points == {
        "blank release": 0,
        "solution": 3,
        "factor_outside": 3,
        "factor_added": 1,
        "mean_taken": 2,
    }
    assert matrix.named == (2, 2)
    assert run_command(tiny, "autograder", "selftest").returncode == 0


def test_a_misconception_that_loses_nothing_is_a_problem(tiny: Course) -> None:
    folder = tiny.assignment("01-tiny").folder
    rewrite(folder / "misconceptions.py", "return x + factor", "return factor * x")
    done = run_command(tiny, "autograder", "selftest")
    assert done.returncode == 1
    assert "factor_added: loses no points" in done.stdout


def test_a_misconception_that_loses_points_elsewhere_is_a_problem(tiny: Course) -> None:
    # The mistake shows as an exception further down, which cannot be carried forward.
    folder = tiny.assignment("01-tiny").folder
    rewrite(folder / "misconceptions.py", "return x + factor", "return list(x + factor)")
    [problem] = selftest(tiny, "01-tiny").problems
    assert problem.startswith("misconception factor_added: is of scale but loses points in")


def test_an_alternative_that_fails_is_a_problem(tiny: Course) -> None:
    folder = tiny.assignment("01-tiny").folder
    rewrite(folder / "alternatives.py", "factor * np.sum(x)", "factor + np.sum(x)")
    [problem] = selftest(tiny, "01-tiny").problems
    assert problem.startswith("alternative factor_outside: fails test-total")


def test_a_cell_that_passes_with_nothing_written_is_a_problem(tiny: Course) -> None:
    source = tiny.assignment("01-tiny").source
    rewrite(source, 'check("total: value", total(x, 3.0))', 'check.that("x: kept", x.size == 12)')
    problems = selftest(tiny, "01-tiny").problems
    assert "blank blank release: passes test-total with nothing written" in problems


def test_hints_that_name_too_few_mistakes_are_a_problem(tiny: Course) -> None:
    # The wrong values become exceptions, by which no mistake is recognised.
    folder = tiny.assignment("01-tiny").folder
    rewrite(folder / "misconceptions.py", "scale(x, factor).mean()", "scale(x, factor).maen()")
    [problem] = selftest(tiny, "01-tiny").problems
    assert problem.startswith("hints name 1 of 2 misconceptions")
    assert "mean_taken" in problem
