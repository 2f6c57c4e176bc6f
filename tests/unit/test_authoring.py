"""Bad input to the commands: one clear line that names file, cell and remedy; nothing written."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.courses import ROOT, rewrite, run_command

from autograder.authoring.catalogue import read_catalogue
from autograder.authoring.source import read_assignment
from autograder.course import Course
from autograder.errors import CourseError


def run(course: Course, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command(course, "autograder", *arguments)


END = "    ### END SOLUTION\n"
TOTAL = '\n# %% role="tests" id="test-total"'

# What is wrong: the text to replace, its replacement, and what the message must say.
SOURCE_DAMAGE = {
    "points missing": (
        ' of="scale" points=2',
        ' of="scale"',
        "'test-scale': a graded cell without",
    ),
    "points of zero": ("points=2", "points=0", "'test-scale': points=0"),
    "points where none belong": ('id="setup"', 'id="setup" points=1', "'setup': points on a cell"),
    "id repeated": ('id="test-total"', 'id="test-scale"', "'test-scale': the id is used already"),
    "block never closed": (END + TOTAL, TOTAL, "'total': '### BEGIN SOLUTION' is never closed"),
    "block closed twice": (END + TOTAL, END + END + TOTAL, "without '### BEGIN SOLUTION'"),
    "block in an open cell": (
        "import numpy as np",
        "### BEGIN SOLUTION\n### END SOLUTION\nimport numpy",
        "would reach the students",
    ),
    "hidden tests never closed": (
        "### END HIDDEN TESTS\n",
        "",
        "'### BEGIN HIDDEN TESTS' is never closed",
    ),
    "solution without block": (
        "    ### BEGIN SOLUTION\n    return x * factor\n    ### END SOLUTION",
        "    return x * factor",
        "'scale': no solution block",
    ),
    "unknown role": ('role="setup"', 'role="start"', "unknown role 'start'"),
    "unknown key": ('id="setup"', 'id="setup" weight=1', "unknown header key 'weight'"),
    "tests of nothing": ('of="total"', 'of="sum"', "'test-total': tests 'sum', which no solution"),
    "id missing": (' id="setup"', "", "needs an id"),
    "syntax error": ("return x * factor", "return x * * factor", "'scale': does not parse"),
    "header that cannot be read": ('id="setup"', "id=setup", "cannot be read; write key="),
    "cell mark within a cell": (
        "import numpy as np",
        'text = """\n# %% one\n"""',
        "start no other line of a cell with '# %%'",
    ),
    "experiment on what a test sets": (
        'check.that("scale: shape kept", scale(x, 2.0).shape == x.shape)\n',
        'two = scale(x, 2.0)\ncheck.that("scale: kept", len(two) == 3)\n\n# %%\nprint(two)\n',
        "uses 'two', which only the cell 'test-scale' sets",
    ),
    "no setup": ('# %% role="setup" id="setup"', "# %%", "no setup cell"),
}


@pytest.mark.parametrize("damage", SOURCE_DAMAGE)
def test_a_damaged_source_is_one_line_with_file_cell_and_remedy(tiny: Course, damage: str) -> None:
    old, new, expected = SOURCE_DAMAGE[damage]
    paths = tiny.assignment("01-tiny")
    rewrite(paths.source, old, new)
    with pytest.raises(CourseError) as caught:
        read_assignment(paths)
    message = str(caught.value)
    assert expected in message
    assert message.startswith("solutions/01-tiny/01-tiny.py")
    assert "\n" not in message


CATALOGUE_DAMAGE = {
    "function that does not exist": (
        'of="scale"',
        'of="scael"',
        "factor_added: stands for 'scael'",
    ),
    "section that does not exist": ("scaling", "scalling", "no section (scalling)="),
    "empty section": ('section="scaling"', 'section=""', "section= is empty"),
    "file that does not run": ("from autograder", "from autogrder", "does not run"),
}


@pytest.mark.parametrize("damage", CATALOGUE_DAMAGE)
def test_a_damaged_catalogue_is_one_line(tiny: Course, damage: str) -> None:
    old, new, expected = CATALOGUE_DAMAGE[damage]
    paths = tiny.assignment("01-tiny")
    rewrite(paths.folder / "misconceptions.py", old, new)
    with pytest.raises(CourseError) as caught:
        read_catalogue(read_assignment(paths))
    assert expected in str(caught.value)
    assert "misconceptions.py" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failing_build_writes_nothing_and_exits_with_2(tiny: Course) -> None:
    rewrite(tiny.assignment("01-tiny").source, "points=2", "points=0")
    before = sorted(path for path in tiny.root.rglob("*"))
    done = run(tiny, "build")
    assert done.returncode == 2
    assert done.stderr.startswith("autograder: solutions/01-tiny/01-tiny.py:")
    assert done.stderr.count("\n") == 1
    assert sorted(path for path in tiny.root.rglob("*")) == before


@pytest.mark.parametrize("command", ["build", "selftest", "simulate", "grade"])
def test_an_unknown_assignment_is_one_line_with_a_suggestion(tiny: Course, command: str) -> None:
    done = run(tiny, command, "01-tinny")
    assert done.returncode == 2
    assert done.stderr.startswith("autograder: no assignment named '01-tinny'")
    assert "did you mean 01-tiny?" in done.stderr
    assert done.stderr.count("\n") == 1


def test_outside_a_course_the_command_says_where_to_go(tmp_path: Path) -> None:
    done = run(Course(tmp_path), "build")
    assert done.returncode == 2
    assert "nbgrader_config.py" in done.stderr


@pytest.mark.parametrize("command", ["", "new", "build", "selftest", "simulate", "grade"])
def test_help_works_outside_a_course(tmp_path: Path, command: str) -> None:
    done = run(Course(tmp_path), *command.split(), "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_a_solution_that_disagrees_with_torch_does_not_build(tiny: Course) -> None:
    rewrite(tiny.assignment("01-tiny").source, ".mul(3.0)", ".mul(3.1)")
    done = run(tiny, "build")
    assert done.returncode == 2
    assert "cell 'agree': the solution disagrees with PyTorch" in done.stderr


def test_a_tests_cell_needs_a_visible_check_and_each_check_its_own_name(tiny: Course) -> None:
    source = tiny.assignment("01-tiny").source
    rewrite(source, 'check("total: value", total(x, 3.0))\n', "")
    assert "no visible check" in run(tiny, "build").stderr
    rewrite(source, "### BEGIN HIDDEN", 'check("scale: values", total(x, 3.0))\n### BEGIN HIDDEN')
    assert "has the name of another" in run(tiny, "build").stderr


def test_without_the_grading_packages_the_command_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError('no typer', name='typer')")
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "--help"],
        cwd=ROOT,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert 'pip install ".[grading]"' in done.stderr
    assert done.stderr.count("\n") == 1
