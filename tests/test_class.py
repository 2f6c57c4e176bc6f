"""A class handed in and graded: simulated, interrupted, damaged, resubmitted."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from conftest import hand_in, run_command, scores

from autograder.build import build
from autograder.course import Course
from autograder.errors import CourseError
from autograder.grade import grade, submissions
from autograder.simulate import simulate


@pytest.fixture
def built(tiny: Course) -> Course:
    build(tiny, "01-tiny")
    return tiny


def simulate_quietly(course: Course, students: int, seed: int = 0) -> list:
    return simulate(course, "01-tiny", students, seed, lambda: None)


def handed_in(course: Course) -> dict[str, bytes]:
    return {
        str(path.relative_to(course.submitted)): path.read_bytes()
        for path in course.submitted.rglob("*.*")
    }


def test_the_same_seed_makes_the_same_class(built: Course) -> None:
    simulate_quietly(built, 12)
    first = handed_in(built)
    simulate_quietly(built, 12)
    assert handed_in(built) == first
    simulate_quietly(built, 12, seed=1)
    assert handed_in(built) != first


def test_a_class_holds_right_wrong_and_unfinished_work_and_its_truth_is_kept(built: Course) -> None:
    students = simulate_quietly(built, 60)
    choices = {choice for student in students for choice in student.functions.values()}
    assert choices == {"solution", "unfinished", "factor_added", "mean_taken", "factor_outside"}
    assert {answer for s in students for answer in s.answers.values()} == {
        "full",
        "partial",
        "none",
    }
    truth = json.loads((built.root / "_build" / "simulated" / "01-tiny.json").read_text())
    assert [entry["functions"] for entry in truth] == [s.functions for s in students]


def test_a_demo_class_does_not_go_beside_real_work(built: Course) -> None:
    hand_in(built, "ada", "01-tiny", {})
    before = handed_in(built)
    with pytest.raises(CourseError, match="holds the work of 1 student"):
        simulate_quietly(built, 3)
    assert handed_in(built) == before


def test_simulate_before_build_says_so(tiny: Course) -> None:
    done = run_command(tiny, "autograder", "simulate", "01-tiny")
    assert done.returncode == 2
    assert "run `autograder build 01-tiny` first" in done.stderr


def test_grade_without_submissions_or_build_says_so(tiny: Course) -> None:
    done = run_command(tiny, "autograder", "grade", "01-tiny")
    assert done.returncode == 2
    assert "no submissions" in done.stderr
    (tiny.submitted / "ada" / "01-tiny").mkdir(parents=True)
    done = run_command(tiny, "autograder", "grade", "01-tiny")
    assert done.returncode == 2
    assert done.stderr == "autograder: 01-tiny: not built; run `autograder build 01-tiny` first\n"
    done = run_command(tiny, "autograder", "grade", "01-tiny", "--student", "bob")
    assert "submitted/bob/01-tiny: not found" in done.stderr


def test_a_class_survives_a_damaged_notebook_and_an_interruption(built: Course) -> None:
    answers = {"scale": "def scale(x, factor):\n    return x * factor", "why": "Because."}
    hand_in(built, "ada", "01-tiny", answers)
    broken = hand_in(built, "bob", "01-tiny", answers)
    (broken / "01-tiny.ipynb").write_text("not a notebook")
    hand_in(built, "cyd", "01-tiny", answers)

    done = run_command(built, "autograder", "grade", "01-tiny")
    assert done.returncode == 1, done.stderr
    assert "needs attention bob" in done.stdout
    assert "2 graded" in done.stdout
    expected = {"test-scale": 2.0, "test-total": 0.0, "why": None}
    assert scores(built, "01-tiny")["ada"] == expected
    assert scores(built, "01-tiny")["cyd"] == expected

    # A run killed between nbgrader's two passes leaves the notebook and no scores.
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{built.root}/gradebook.db") as gradebook:
        gradebook.remove_submission("01-tiny", "cyd")
    states = {}

    def note(result: object) -> None:
        states[result.student] = result.state  # type: ignore[attr-defined]

    grade(built, "01-tiny", submissions(built, "01-tiny"), False, note)
    assert states == {"ada": "unchanged", "bob": "needs attention", "cyd": "graded"}
    assert scores(built, "01-tiny")["cyd"] == expected


def test_what_is_handed_in_again_is_graded_again(built: Course) -> None:
    folder = hand_in(built, "ada", "01-tiny", {})
    done = run_command(built, "autograder", "grade", "01-tiny")
    assert done.returncode == 0, done.stdout + done.stderr
    assert scores(built, "01-tiny")["ada"]["test-scale"] == 0
    right = "def scale(x, factor):\n    return x * factor"
    notebook = folder / "01-tiny.ipynb"
    content = json.loads(notebook.read_text())
    [cell] = [
        c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "scale"
    ]
    cell["source"] = right
    notebook.write_text(json.dumps(content))
    later = time.time() + 1
    os.utime(notebook, (later, later))
    run_command(built, "autograder", "grade", "01-tiny")
    assert scores(built, "01-tiny")["ada"]["test-scale"] == 2


def test_an_older_file_handed_in_again_is_graded_again(built: Course) -> None:
    right = {"scale": "def scale(x, factor):\n    return x * factor"}
    folder = hand_in(built, "ada", "01-tiny", right)
    run_command(built, "autograder", "grade", "01-tiny")
    assert scores(built, "01-tiny")["ada"]["test-scale"] == 2
    shutil.copy(built.assignment("01-tiny").released_notebook, folder)
    for path in (folder, *folder.iterdir()):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    done = run_command(built, "autograder", "grade", "01-tiny")
    assert "1 graded, 0 unchanged" in done.stdout
    assert scores(built, "01-tiny")["ada"]["test-scale"] == 0


def test_grading_without_a_gradebook_says_to_build(built: Course) -> None:
    hand_in(built, "ada", "01-tiny", {})
    (built.root / "gradebook.db").unlink()
    done = run_command(built, "autograder", "grade", "01-tiny")
    assert done.returncode == 2
    assert "not in the gradebook" in done.stderr


def test_a_smaller_class_leaves_nobody_of_the_larger_behind(built: Course) -> None:
    simulate_quietly(built, 3)
    simulate_quietly(built, 1)
    assert submissions(built, "01-tiny") == ["demo-001"]


def test_only_the_named_student_is_graded(built: Course) -> None:
    for student in ("ada", "bob"):
        hand_in(built, student, "01-tiny", {})
    run_command(built, "autograder", "grade", "01-tiny", "--student", "bob")
    assert list(scores(built, "01-tiny")) == ["bob"]
    assert not Path(built.root / "autograded" / "ada").exists()
