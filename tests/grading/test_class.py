"""A class handed in and graded: simulated, interrupted, damaged, resubmitted, compared.

UNROLLED_FULL=1 compares a class of a hundred with plain nbgrader, cell by cell, instead of twelve.
"""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from support.courses import hand_in, run_command, scores

from autograder.authoring.build import build
from autograder.authoring.simulate import simulate
from autograder.course import Course
from autograder.errors import CourseError
from autograder.grading.class_report import Result
from autograder.grading.class_run import grade, submissions
from autograder.submissions import files
from autograder.submissions.files import read_submission
from autograder.submissions.parse import DamagedSubmission

NAME = "01-tiny"
SCALE = "def scale(x, factor):\n    return x * factor"
RIGHT = {"scale": SCALE, "total": "def total(x, factor):\n    return scale(x, factor).sum()"}
CLASS = 100 if os.environ.get("UNROLLED_FULL") else 12


@pytest.fixture
def built(tiny: Course) -> Course:
    build(tiny, "01-tiny")
    return tiny


def simulate_quietly(course: Course, students: int, seed: int = 0) -> list[Any]:
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


def graded(course: Course, *words: str) -> subprocess.CompletedProcess[str]:
    done = run_command(course, "autograder", "grade", NAME, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def everything(course: Course, name: str) -> dict[tuple[str, ...], tuple[object, ...]]:
    """All that nbgrader's gradebook says about an assignment, but for ids."""
    rows: dict[tuple[str, ...], tuple[object, ...]] = {}
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        for submission in gradebook.assignment_submissions(name):
            student = submission.student.id
            rows[(student,)] = (
                submission.timestamp,
                submission.score,
                submission.max_score,
                submission.needs_manual_grade,
                submission.late_submission_penalty,
                submission.student.first_name,
            )
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    rows[student, "grade", grade.name] = (
                        grade.auto_score,
                        grade.manual_score,
                        grade.needs_manual_grade,
                        grade.score,
                        grade.failed_tests,
                    )
                for comment in notebook.comments:
                    rows[student, "comment", comment.name] = (
                        comment.auto_comment,
                        comment.manual_comment,
                    )
    return rows


@pytest.mark.slow
def test_a_mixed_class_is_graded_as_by_plain_nbgrader_cell_by_cell(
    real_course: Course, tmp_path: Path
) -> None:
    """The same points, marks and comments, with nbgrader's own steps and with the examiner."""
    name = "02-vanilla-rnn"
    ours = Course(shutil.copytree(real_course.root, tmp_path / "ours"))
    shutil.rmtree(ours.submitted, ignore_errors=True)
    with Gradebook(f"sqlite:///{ours.root}/gradebook.db", "unrolled") as gradebook:
        for submission in gradebook.assignment_submissions(name):
            gradebook.remove_submission(name, submission.student.id)
        gradebook.update_or_create_assignment(name, duedate="2026-10-31 12:00:00 UTC")
    simulate(ours, name, CLASS, 7, lambda: None)
    stock = Course(shutil.copytree(ours.root, tmp_path / "stock"))
    settings = stock.root / "nbgrader_config.py"
    settings.write_text(settings.read_text() + "\nc.pop('Autograde')\n")
    done = run_command(stock, "nbgrader", "autograde", name)
    assert done.returncode == 0, done.stderr
    done = run_command(ours, "autograder", "grade", name)
    assert done.returncode == 0, done.stdout + done.stderr
    expected = everything(stock, name)
    assert len(expected) > 20 * CLASS
    assert everything(ours, name) == expected


@pytest.mark.slow
def test_every_grading_leaves_a_line_in_the_audit_log(built: Course) -> None:
    folder = hand_in(built, "ada", NAME, RIGHT | {"why": "Because."})
    (hand_in(built, "bob", NAME, {}) / f"{NAME}.ipynb").write_text("no")
    run_command(built, "autograder", "grade", NAME)
    run_command(built, "autograder", "grade", NAME, "--force")
    run_command(built, "nbgrader", "autograde", NAME, "--force")
    lines = [json.loads(line) for line in (built.root / "audit.jsonl").read_text().splitlines()]
    assert sorted(line["student"] for line in lines) == ["ada"] * 3 + ["bob"] * 3
    for line in lines:
        assert line["assignment"] == NAME
        assert line["confined"] is True
        assert all(line["versions"].values())
        assert {"python", "code", "numpy", "torch"} <= line["versions"].keys()
        if line["student"] == "ada":
            handed_in = (folder / f"{NAME}.ipynb").read_bytes()
            assert line["submission"] == hashlib.sha256(handed_in).hexdigest()
            assert line["scores"] == {"test-scale": 2, "test-total": 1, "why": None}
            assert line["reason"] == ""
            assert line["seconds"] > 0
        else:
            assert line["scores"] == {}
            assert "not JSON" in line["reason"]
    assert len({line["bundle"] for line in lines if line["student"] == "ada"}) == 1


def test_a_resubmission_that_cannot_be_read_does_not_pass_for_the_old_grade(built: Course) -> None:
    folder = hand_in(built, "ada", NAME, RIGHT)
    graded(built)
    (folder / f"{NAME}.ipynb").write_text("{")
    done = run_command(built, "autograder", "grade", NAME)
    assert done.returncode == 1
    assert "the gradebook holds 3 points of an earlier submission" in done.stdout
    with Gradebook(f"sqlite:///{built.root}/gradebook.db") as gradebook:
        assert gradebook.find_submission(NAME, "ada").needs_manual_grade
    # Once it is mended, nothing of the doubt is left.
    shutil.rmtree(folder)
    hand_in(built, "ada", NAME, RIGHT)
    graded(built)
    with Gradebook(f"sqlite:///{built.root}/gradebook.db") as gradebook:
        assert not gradebook.find_submission(NAME, "ada").needs_manual_grade


def test_without_a_sandbox_it_says_so_and_the_log_keeps_it(built: Course) -> None:
    hand_in(built, "ada", NAME, RIGHT)
    done = graded(built, "--no-sandbox")
    assert "runs with your rights" in done.stdout
    [line] = (built.root / "audit.jsonl").read_text().splitlines()
    assert json.loads(line)["confined"] is False
    assert scores(built, NAME)["ada"] == {"test-scale": 2, "test-total": 1, "why": 0}


def test_where_nothing_can_be_isolated_nothing_is_touched(built: Course, tmp_path: Path) -> None:
    for number in range(5):
        hand_in(built, f"student-{number}", NAME, RIGHT)
    before = {path: path.read_bytes() for path in built.root.rglob("*") if path.is_file()}
    # Nothing but this interpreter is on the PATH, so there is no bubblewrap.
    empty = tmp_path / "bin"
    empty.mkdir()
    for words in (["--student", "student-0"], []):
        done = subprocess.run(
            [str(Path(sys.executable).with_name("autograder")), "grade", NAME, *words],
            cwd=built.root,
            env={**os.environ, "PATH": str(empty)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2, done.stdout + done.stderr
        [line] = done.stderr.splitlines()
        assert "bubblewrap" in line
        assert before == {p: p.read_bytes() for p in built.root.rglob("*") if p.is_file()}


# What the folders of submitted/ may hold, and the reason that it gets.


def linked_student(folder: Path, outside: Path) -> None:
    shutil.move(folder.parent, outside / "elsewhere")
    folder.parent.symlink_to(outside / "elsewhere")


def linked_folder(folder: Path, outside: Path) -> None:
    shutil.move(folder, outside / "elsewhere")
    folder.symlink_to(outside / "elsewhere")


def linked_notebook(folder: Path, outside: Path) -> None:
    shutil.move(folder / f"{NAME}.ipynb", outside / "elsewhere")
    (folder / f"{NAME}.ipynb").symlink_to(outside / "elsewhere")


def linked_to_another(folder: Path, outside: Path) -> None:
    (folder / f"{NAME}.ipynb").unlink()
    (folder / f"{NAME}.ipynb").symlink_to(f"../../good/{NAME}/{NAME}.ipynb")


def a_pipe(folder: Path, outside: Path) -> None:
    (folder / f"{NAME}.ipynb").unlink()
    os.mkfifo(folder / f"{NAME}.ipynb")


def a_pipe_for_the_time(folder: Path, outside: Path) -> None:
    os.mkfifo(folder / "timestamp.txt")


def a_linked_time(folder: Path, outside: Path) -> None:
    (outside / "time").write_text("2026-01-01 00:00:00 UTC")
    (folder / "timestamp.txt").symlink_to(outside / "time")


def a_time_that_is_none(folder: Path, outside: Path) -> None:
    (folder / "timestamp.txt").write_text("yesterday, I think")


def a_zone_elsewhere(folder: Path, outside: Path) -> None:
    (folder / "timestamp.txt").write_text("2026-01-01 00:00:00 /etc/localtime")


def a_huge_notebook(folder: Path, outside: Path) -> None:
    with open(folder / f"{NAME}.ipynb", "r+b") as file:
        file.truncate(files.MOST_BYTES + 1)


ODD = {
    linked_student: "a symbolic link, which is not followed",
    linked_folder: "a symbolic link, which is not followed",
    linked_notebook: "a symbolic link, which is not followed",
    linked_to_another: "a symbolic link, which is not followed",
    a_pipe: "neither a file nor a folder",
    a_pipe_for_the_time: "timestamp.txt: not a date and time",
    a_linked_time: "timestamp.txt: not a date and time",
    a_time_that_is_none: "timestamp.txt: not a date and time",
    a_zone_elsewhere: "timestamp.txt: not a date and time",
    a_huge_notebook: "100 MiB, and no notebook of this course",
}
NAMES = {
    "line\nend": "submitted/line?end: the folder's name holds characters that cannot be printed",
    "bell\x07": "submitted/bell?: the folder's name holds characters that cannot be printed",
    os.fsdecode(b"no\xfftext"): "submitted/no?text: the folder's name holds characters",
    "n" * 200: "has 200 characters, and the gradebook takes 128",
}


def test_odd_folders_need_attention_and_everything_else_is_graded(
    built: Course, tmp_path: Path
) -> None:
    hand_in(built, "good", NAME, RIGHT)
    for odd in ODD:
        outside = tmp_path / odd.__name__
        outside.mkdir()
        odd(hand_in(built, odd.__name__, NAME, RIGHT), outside)
    for name in NAMES:
        hand_in(built, name, NAME, RIGHT)
    hand_in(built, "Zoë [red] ../ok *?".replace("/", "∕"), NAME, RIGHT)
    results: dict[str, Result] = {}
    grade(
        built,
        NAME,
        submissions(built, NAME),
        False,
        lambda result: results.update({result.student: result}),
    )
    for odd, reason in ODD.items():
        assert results[odd.__name__].state == "needs attention", odd
        assert reason in results[odd.__name__].reason
    for name, reason in NAMES.items():
        assert reason in results[name].reason
    assert all(result.reason.isprintable() for result in results.values())
    done = [student for student, result in results.items() if result.state == "graded"]
    assert sorted(done) == ["Zoë [red] ..∕ok *?", "good"]
    assert sorted(scores(built, NAME)) == sorted(done)
    command = run_command(built, "autograder", "grade", NAME)
    assert command.returncode == 1
    assert command.stdout.count("needs attention") == len(ODD) + len(NAMES)


def test_what_may_not_be_read_is_told(built: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(built, "ada", NAME, RIGHT)

    def refuse(path: object, *_: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("autograder.submissions.files.os.open", refuse)
    with pytest.raises(DamagedSubmission, match=r"ada/.*: cannot be read \(Permission denied\)"):
        read_submission(built.assignment(NAME), "ada")


@pytest.mark.slow
def test_what_lies_beside_the_notebook_is_neither_run_nor_copied(
    built: Course, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("not theirs")
    code = "from pathlib import Path\nprint(sorted(p.name for p in Path().iterdir()))\n" + SCALE
    for student, words in {
        "ada": ("autograder", "grade"),
        "bob": ("nbgrader", "autograde"),
    }.items():
        folder = hand_in(built, student, NAME, RIGHT | {"scale": code})
        (folder / "helper.py").write_text("x = 1")
        (folder / "checks.json").write_text("{}")
        (folder / "link").symlink_to(tmp_path / "secret")
        (folder / "folder").symlink_to(tmp_path)
        os.mkfifo(folder / "pipe")
        done = run_command(built, *words, NAME, "--student", student)
        assert done.returncode == 0, done.stdout + done.stderr
        result = built.root / "autograded" / student / NAME
        assert sorted(path.name for path in result.iterdir()) == ["01-tiny.ipynb", "checks.json"]
        released = built.assignment(NAME).released / "checks.json"
        assert (result / "checks.json").read_bytes() == released.read_bytes()
        [text] = [
            output.text
            for cell in nbformat.read(result / f"{NAME}.ipynb", as_version=4).cells
            for output in cell.get("outputs", [])
            if output.output_type == "stream" and "[" in output.text
        ]
        assert text == "['checks.json']\n"
        assert scores(built, NAME)[student]["test-scale"] == 2


def test_graded_files_are_written_whole_and_not_to_be_changed(built: Course) -> None:
    hand_in(built, "ada", NAME, RIGHT)
    graded(built)
    folder = built.root / "autograded" / "ada" / NAME
    (folder / "left over").write_text("by something else")
    graded(built, "--force")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {f"{NAME}.ipynb": 0o444, "checks.json": 0o444}


def test_a_graded_notebook_that_is_gone_or_cut_is_made_again(built: Course) -> None:
    hand_in(built, "ada", NAME, RIGHT)
    graded(built)
    notebook = built.root / "autograded" / "ada" / NAME / f"{NAME}.ipynb"
    whole = notebook.read_bytes()
    for damage in (notebook.unlink, lambda: notebook.write_bytes(whole[:100])):
        notebook.chmod(0o644)
        damage()
        assert "1 graded, 0 unchanged" in graded(built).stdout
        assert len(notebook.read_bytes()) == len(whole)
    assert "0 graded, 1 unchanged" in graded(built).stdout


def test_scores_that_the_gradebook_lost_are_entered_again(built: Course) -> None:
    hand_in(built, "ada", NAME, RIGHT)
    graded(built)
    with Gradebook(f"sqlite:///{built.root}/gradebook.db") as gradebook:
        gradebook.find_grade("test-scale", NAME, NAME, "ada").auto_score = 0.5
        gradebook.db.commit()
    assert "1 graded, 0 unchanged" in graded(built).stdout
    assert scores(built, NAME)["ada"]["test-scale"] == 2


def test_doctor_speaks_of_the_sandbox(built: Course) -> None:
    done = run_command(built, "autograder", "doctor")
    assert done.returncode in (0, 1), done.stderr
    assert "bubblewrap" in done.stdout
