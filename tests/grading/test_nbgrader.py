"""Stock nbgrader in the same folder: every command works and agrees with `autograder`."""

import csv
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.preprocessors import SaveAutoGrades
from support.courses import hand_in, make_tiny, run_command, scores

from autograder.authoring.assignment import without_solution_marks
from autograder.authoring.build import build
from autograder.authoring.catalogue import read_catalogue, solution_sources, with_entry
from autograder.authoring.selftest import Matrix, selftest
from autograder.authoring.source import read_assignment
from autograder.course import Course
from autograder.errors import CourseError
from autograder.gradebook.writer import Writer

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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


NAME = "01-tiny"
WORK = {
    "scale": "def scale(x, factor):\n    return x * factor",
    "total": "def total(x, factor):\n    return scale(x, factor).sum()",
    "why": "Because.",
}


@pytest.fixture
def built(tiny: Course) -> Course:
    build(tiny, NAME)
    return tiny


def submitted(course: Course, student: str, sources: dict[str, str]) -> None:
    """Hand in, in the place of what was handed in before."""
    shutil.rmtree(course.submitted / student, ignore_errors=True)
    hand_in(course, student, NAME, sources)


def by_autograder(course: Course, student: str) -> None:
    done = run_command(course, "autograder", "grade", NAME, "--student", student)
    assert done.returncode == 0, done.stdout + done.stderr


def by_nbgrader(course: Course, student: str) -> None:
    done = run_command(course, "nbgrader", "autograde", NAME, "--student", student, "--force")
    assert done.returncode == 0, done.stderr


def by_formgrader(course: Course, student: str) -> None:
    """As the formgrader's button does."""
    api = NbGraderAPI(course.coursedir(), config=course.nbgrader_config())
    result = api.autograde(NAME, student)
    assert result["success"], result.get("error", "") + result.get("log", "")


WAYS = pytest.mark.parametrize("graded_by", [by_autograder, by_nbgrader, by_formgrader])


def with_grades(course: Course, change: Callable[[Gradebook], None]) -> None:
    """Do something to the gradebook, as a person does in the formgrader."""
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        change(gradebook)
        gradebook.db.commit()


def by_hand(points: float, comment: str) -> Callable[[Gradebook], None]:
    def change(gradebook: Gradebook) -> None:
        grade = gradebook.find_grade("why", NAME, NAME, "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = points, 0.25, False
        gradebook.find_comment("why", NAME, NAME, "ada").manual_comment = comment

    return change


def row(course: Course, cell: str = "why") -> tuple[Any, ...]:
    """What the gradebook holds of one of ada's cells, and her total."""
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        grade = gradebook.find_grade(cell, NAME, NAME, "ada")
        comment = gradebook.find_comment("why", NAME, NAME, "ada")
        return (
            grade.auto_score,
            grade.manual_score,
            grade.extra_credit,
            grade.needs_manual_grade,
            comment.comment,
            gradebook.find_submission(NAME, "ada").score,
        )


@pytest.mark.slow
@WAYS
def test_points_by_hand_stay_with_their_answer_and_go_with_it(
    built: Course, graded_by: Callable[[Course, str], None]
) -> None:
    submitted(built, "ada", WORK)
    graded_by(built, "ada")
    assert row(built) == (None, None, None, True, None, 3.0)
    with_grades(built, by_hand(1.0, "Well said."))
    # The same answer with other code: nbgrader asks to look again, and keeps all.
    submitted(built, "ada", WORK | {"total": ""})
    graded_by(built, "ada")
    assert row(built) == (None, 1.0, 0.25, True, "Well said.", 3.25)
    # The answer is gone, and with it what it got.
    submitted(built, "ada", {key: text for key, text in WORK.items() if key != "why"})
    graded_by(built, "ada")
    assert row(built) == (0.0, None, None, False, "Well said.", 3.0)
    # Given for none at all, points by hand are a person's will.
    with_grades(built, by_hand(0.5, "Told me."))
    submitted(built, "ada", {"scale": WORK["scale"]})
    graded_by(built, "ada")
    assert row(built) == (0.0, 0.5, 0.25, True, "Told me.", 2.75)


@pytest.mark.slow
@WAYS
def test_a_cell_that_is_gone_when_handed_in_again_scores_zero(
    built: Course, graded_by: Callable[[Course, str], None]
) -> None:
    submitted(built, "ada", WORK)
    graded_by(built, "ada")
    assert scores(built, NAME)["ada"] == {"test-scale": 2, "test-total": 1, "why": None}
    path = built.submitted / "ada" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in ("total", "test-total", "why")
    ]
    nbformat.write(notebook, path)
    graded_by(built, "ada")
    assert scores(built, NAME)["ada"] == {"test-scale": 2, "test-total": 0, "why": 0}


LATE = """
from nbgrader.plugins import LateSubmissionPlugin

class Tenth(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.1 * score * (total_seconds_late // 86400)

c.AssignLatePenalties.plugin_class = Tenth
"""


@pytest.mark.slow
@WAYS
def test_late_penalties_are_those_of_the_plugin(
    built: Course, graded_by: Callable[[Course, str], None]
) -> None:
    settings = built.root / "nbgrader_config.py"
    settings.write_text(settings.read_text() + LATE)
    with_grades(
        built,
        lambda gradebook: gradebook.update_or_create_assignment(
            NAME, duedate="2026-11-01 12:00:00 UTC"
        ),
    )
    for time, penalty in {
        "2026-11-03 13:00:00 UTC": 0.6,
        "2026-11-01 11:00:00 UTC": 0.0,
        "2026-12-24 12:00:00 UTC": 3.0,
    }.items():
        submitted(built, "ada", WORK)
        (built.submitted / "ada" / NAME / "timestamp.txt").write_text(time)
        graded_by(built, "ada")
        with Gradebook(f"sqlite:///{built.root}/gradebook.db") as gradebook:
            submission = gradebook.find_submission(NAME, "ada")
            assert submission.late_submission_penalty == pytest.approx(penalty)
            assert f"{submission.timestamp} UTC" == time
    run_command(built, "nbgrader", "export")
    with open(built.root / "grades.csv", newline="") as file:
        [line] = csv.DictReader(file)
    assert float(line["late_submission_penalty"]) == pytest.approx(3.0)


@WAYS
def test_the_button_of_the_formgrader_runs_code_in_the_sandbox(
    built: Course, graded_by: Callable[[Course, str], None]
) -> None:
    code = f"import os\nprint('home', os.path.exists({str(built.root)!r}))\n{WORK['scale']}"
    submitted(built, "ada", WORK | {"scale": code})
    graded_by(built, "ada")
    text = (built.root / "autograded" / "ada" / NAME / f"{NAME}.ipynb").read_text()
    assert "home False" in text


@pytest.mark.slow
def test_what_nbgrader_cannot_read_does_not_enter_the_gradebook(built: Course) -> None:
    for student in ("ada", "bob", "cyd"):
        submitted(built, student, WORK)
    by_nbgrader(built, "cyd")
    for student in ("ada", "cyd"):
        (built.submitted / student / NAME / f"{NAME}.ipynb").write_text("{")
    os.mkfifo(built.submitted / "bob" / NAME / "timestamp.txt")
    done = run_command(built, "nbgrader", "autograde", NAME, "--force")
    assert done.returncode == 1
    assert f"ada/{NAME}/{NAME}.ipynb: breaks off in line 1" in done.stderr
    assert "timestamp.txt: not a date and time" in done.stderr
    # The points of an earlier submission stay, and are marked.
    assert scores(built, NAME) == {"cyd": {"test-scale": 2, "test-total": 1, "why": None}}
    with Gradebook(f"sqlite:///{built.root}/gradebook.db") as gradebook:
        notebook = gradebook.find_submission_notebook(NAME, NAME, "cyd")
        assert all(grade.needs_manual_grade for grade in notebook.grades)


def test_what_fails_while_nbgrader_grades_does_not_enter_the_gradebook(
    built: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(built, "ada", WORK)

    def broken(*_: object) -> None:
        raise OSError("no memory")

    monkeypatch.setattr("autograder.nbgrader_hooks.preprocessors.run", broken)
    api = NbGraderAPI(built.coursedir(), config=built.nbgrader_config())
    assert not api.autograde(NAME, "ada")["success"]
    assert scores(built, NAME) == {}


@pytest.fixture(scope="module")
def cells_and_course(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, list[Any]]:
    """A course and the cells of a graded notebook, without any run."""
    course = make_tiny(tmp_path_factory.mktemp("record") / "course")
    build(course, NAME)
    return course, nbformat.read(course.assignment(NAME).built_notebook, as_version=4).cells


def test_recording_gives_what_nbgraders_own_step_gives(
    cells_and_course: tuple[Course, list[Any]],
) -> None:
    course, cells = cells_and_course
    url = f"sqlite:///{course.root}/gradebook.db"
    error = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
    warning = nbformat.v4.new_output("stream", name="stderr", text="careful")
    text = nbformat.v4.new_output("stream", name="stdout", text="fine")
    for number, outputs in enumerate(([], [error], [warning], [text])):
        for cell in cells:
            if cell.cell_type == "code":
                cell.outputs = outputs
        notebook = nbformat.v4.new_notebook(cells=cells)
        with Gradebook(url, "unrolled") as gradebook:
            gradebook.update_or_create_student(f"theirs-{number}")
            gradebook.update_or_create_submission(NAME, f"theirs-{number}")
            Writer(gradebook, NAME, course.nbgrader_config()).record(f"ours-{number}", cells, None)
        names = {"notebook": NAME, "assignment": NAME, "student": f"theirs-{number}", "db_url": url}
        SaveAutoGrades().preprocess(notebook, {"nbgrader": names})
        found = scores(course, NAME)
        assert found[f"ours-{number}"] == found[f"theirs-{number}"]


def test_a_recording_that_fails_leaves_nothing(
    cells_and_course: tuple[Course, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    course, cells = cells_and_course
    with course.gradebook() as gradebook:
        writer = Writer(gradebook, NAME, course.nbgrader_config())

        def broken(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("autograder.gradebook.writer.enter_comment", broken)
            with pytest.raises(KeyboardInterrupt):
                writer.record("half", cells, None)
    assert "half" not in scores(course, NAME)
    with course.gradebook() as gradebook:
        assert "half" not in {student.id for student in gradebook.students}


def test_a_gradebook_that_does_not_know_the_assignment_says_what_to_do(tmp_path: Path) -> None:
    with (
        Gradebook(f"sqlite:///{tmp_path}/empty.db") as gradebook,
        pytest.raises(CourseError, match="run `autograder build 01-tiny` first"),
    ):
        Writer(gradebook, NAME, {})


@pytest.mark.slow
def test_autograder_grades_a_class_as_nbgrader_does(tiny: Course) -> None:
    run_command(tiny, "autograder", "build")
    run_command(tiny, "autograder", "simulate", "01-tiny", "--students", "8")
    assert run_command(tiny, "autograder", "grade", "01-tiny").returncode == 0
    ours = scores(tiny, "01-tiny")
    assert len(ours) == 8
    done = run_command(tiny, "nbgrader", "autograde", "01-tiny", "--force")
    assert done.returncode == 0, done.stderr
    assert scores(tiny, "01-tiny") == ours


@pytest.mark.slow
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
