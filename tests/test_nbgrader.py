"""Stock nbgrader in the same folder: every command works and agrees with `autograder`."""

import csv
from pathlib import Path

import pytest
from conftest import hand_in, run_command, scores
from nbgrader.api import Gradebook

from autograder.authoring import read_assignment, without_solution_marks
from autograder.catalogue import read_catalogue, solution_sources, with_entry
from autograder.course import Course
from autograder.selftest import Matrix, selftest

# Every misconception is marked by the selftest; nbgrader, a second each, marks one in this many.
_SAMPLE = 6


@pytest.fixture(scope="module")
def graded(real_course: Course) -> tuple[Course, str, Matrix]:
    """The catalogue of assignment 2 handed in, and graded with `nbgrader autograde` alone."""
    name = "02-vanilla-rnn"
    assignment = read_assignment(real_course.assignment(name))
    catalogue = read_catalogue(assignment)
    right = solution_sources(assignment)
    written = {
        cell.id: without_solution_marks(cell.source) for cell in assignment.of_role("written")
    }
    hand_in(real_course, "blank release", name, {})
    hand_in(real_course, "solution", name, right | written)
    for entry in (*catalogue.alternatives, *catalogue.misconceptions[::_SAMPLE]):
        hand_in(real_course, entry.name, name, with_entry(assignment, right, entry) | written)
    done = run_command(real_course, "nbgrader", "autograde", name)
    assert done.returncode == 0, done.stderr
    return real_course, name, selftest(real_course, name)


def test_autograde_gives_each_cell_what_the_selftest_gives(
    graded: tuple[Course, str, Matrix],
) -> None:
    course, name, matrix = graded
    points = {cell.id: cell.points for cell in matrix.assignment.of_role("tests")}
    marked = scores(course, name)
    rows = [row for row in matrix.rows if row.name in marked]
    assert len(rows) == len(marked) > 15
    for row in rows:
        expected = {
            cell: points[cell] if result.passed else 0.0 for cell, result in row.results.items()
        }
        given = {cell: score for cell, score in marked[row.name].items() if cell in points}
        assert given == expected, row.name


def test_the_blank_release_scores_0_of_20_and_right_work_20(
    graded: tuple[Course, str, Matrix],
) -> None:
    course, name, matrix = graded
    assert matrix.assignment.points == 20
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        blank = gradebook.find_submission(name, "blank release")
        assert (blank.score, blank.max_score) == (0, 20)
        assert not blank.needs_manual_grade
        for row in matrix.rows:
            if row.kind not in ("solution", "alternative"):
                continue
            # The model answer, marked by hand with full points.
            submission = gradebook.find_submission(name, row.name)
            assert submission.needs_manual_grade
            for grade in submission.notebooks[0].grades:
                if grade.needs_manual_grade:
                    grade.manual_score, grade.needs_manual_grade = grade.max_score, False
            gradebook.db.commit()
            assert submission.score == 20, row.name


def test_a_blank_notebook_fails_each_cell_with_what_to_do(real_course: Course) -> None:
    name = "02-vanilla-rnn"
    notebook = real_course.assignment(name).released_notebook
    done = run_command(real_course, "python", "-m", "unrolled", "check", str(notebook))
    assert done.returncode == 1
    tests = read_assignment(real_course.assignment(name)).of_role("tests")
    for cell in tests:
        failed = done.stdout.split(f"{cell.id}\n  ")[1]
        assert failed.startswith("NotImplementedError: not written yet: fill in this cell")
    assert "0 of 18 points" in done.stdout


def test_autograder_grades_a_class_as_nbgrader_does(tiny: Course) -> None:
    run_command(tiny, "autograder", "build")
    run_command(tiny, "autograder", "simulate", "01-tiny", "--students", "8")
    assert run_command(tiny, "autograder", "grade", "01-tiny").returncode == 0
    ours = scores(tiny, "01-tiny")
    assert len(ours) == 8
    done = run_command(tiny, "nbgrader", "autograde", "01-tiny", "--force")
    assert done.returncode == 0, done.stderr
    assert scores(tiny, "01-tiny") == ours


def test_validate_feedback_and_export_work(tiny: Course) -> None:
    run_command(tiny, "nbgrader", "--version")
    run_command(tiny, "autograder", "build")
    run_command(tiny, "autograder", "simulate", "01-tiny", "--students", "3")
    run_command(tiny, "autograder", "grade", "01-tiny")
    validated = run_command(tiny, "nbgrader", "validate", "notebooks/01-tiny/01-tiny.ipynb")
    assert "VALIDATION FAILED ON 3 CELL(S)" in validated.stdout
    done = run_command(tiny, "nbgrader", "generate_feedback", "01-tiny")
    assert done.returncode == 0, done.stderr
    pages = sorted(Path(tiny.root / "feedback").rglob("*.html"))
    assert len(pages) == 3
    assert run_command(tiny, "nbgrader", "export").returncode == 0
    with open(tiny.root / "grades.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["student_id"] for row in rows) == ["demo-001", "demo-002", "demo-003"]
    assert all(row["max_score"] == "4.0" and row["first_name"] for row in rows)
