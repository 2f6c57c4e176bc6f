"""`python -m unrolled check`: the learner's own grading, and what it says to bad input."""

import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from support.courses import hand_in, run_command

from autograder.authoring.build import build
from autograder.course import Course
from unrolled.run import run_notebook


def check(course: Course, path: Path | str) -> tuple[int, str, str]:
    done = run_command(course, "python", "-m", "unrolled", "check", str(path))
    return done.returncode, done.stdout, done.stderr


def test_it_prints_failures_the_bar_and_leaves_the_file_alone(tiny: Course) -> None:
    build(tiny, "01-tiny")
    wrong = "def scale(x, factor):\n    return x + factor"
    right = "def total(x, factor):\n    return (x * factor).sum()"
    folder = hand_in(tiny, "ada", "01-tiny", {"scale": wrong, "total": right})
    notebook = folder / "01-tiny.ipynb"
    before = notebook.read_bytes()
    code, out, _ = check(tiny, notebook)
    assert code == 1
    assert "the factor is added" in out
    assert "Hint: Scaling is a product." in out
    assert "1 of 3 points" in out
    assert notebook.read_bytes() == before


def test_all_right_is_exit_code_0(tiny: Course) -> None:
    build(tiny, "01-tiny")
    cells = {
        "scale": "def scale(x, factor):\n    return factor * x",
        "total": "def total(x, factor):\n    return scale(x, factor).sum()",
    }
    code, out, _ = check(tiny, hand_in(tiny, "ada", "01-tiny", cells) / "01-tiny.ipynb")
    assert code == 0
    assert "3 of 3 points" in out


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "no such file"),
        ("not json", "not a notebook"),
        ("{}", "not a notebook"),
        ('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "no graded cell"),
    ],
)
def test_what_is_not_an_assignment_is_one_line_and_exit_code_2(
    tiny: Course, content: str | None, expected: str
) -> None:
    path = tiny.root / "mine.ipynb"
    if content is not None:
        path.write_text(content)
    code, out, err = check(tiny, path)
    assert code == 2
    assert out == ""
    assert err.startswith(f"unrolled: {path}: ")
    assert expected in err
    assert err.count("\n") == 1


@pytest.mark.slow
def test_an_error_in_a_learners_code_says_which_line_of_which_function(tiny: Course) -> None:
    build(tiny, "01-tiny")
    cells = {
        "scale": "def scale(x, factor):\n    y = x * factor\n    return y[9]",
        "total": "def to(",
    }
    code, out, _ = check(tiny, hand_in(tiny, "ada", "01-tiny", cells) / "01-tiny.ipynb")
    assert code == 1
    assert "total\n  SyntaxError" in out
    assert "test-scale\n  IndexError" in out
    assert "(line 3 of the cell of scale)" in out
    assert "test-scale                      2  not right yet" in out


def test_a_cell_that_was_deleted_counts_as_missing(tiny: Course) -> None:
    build(tiny, "01-tiny")
    right = {"scale": "def scale(x, factor):\n    return x * factor"}
    path = hand_in(tiny, "ada", "01-tiny", right) / "01-tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id not in ("test-total", "total")]
    nbformat.write(notebook, path)
    code, out, _ = check(tiny, path)
    assert code == 1
    assert "test-total\n  missing: put the cell back" in out
    assert "2 of 3 points" in out


@pytest.mark.slow
def test_an_endless_loop_is_stopped_and_named(
    tiny: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tiny, "01-tiny")
    monkeypatch.setattr("unrolled.run._CELL_SECONDS", 10)
    cells = {
        "scale": "def scale(x, factor):\n    while True:\n        pass",
        "total": "def total(x, factor):\n    return factor * x.sum()",
    }
    report = run_notebook(hand_in(tiny, "ada", "01-tiny", cells) / "01-tiny.ipynb", sys.stderr)
    assert report.failures == {
        "test-scale": "stopped after 10 s: is there a loop that does not end?"
    }


@pytest.mark.slow
def test_a_notebook_without_its_recorded_values_says_what_is_missing(tiny: Course) -> None:
    build(tiny, "01-tiny")
    alone = tiny.root / "elsewhere"
    alone.mkdir()
    shutil.copy(tiny.assignment("01-tiny").released_notebook, alone)
    code, out, _ = check(tiny, alone / "01-tiny.ipynb")
    assert code == 1
    assert "not written yet" in out
