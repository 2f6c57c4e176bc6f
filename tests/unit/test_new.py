"""`autograder new`: what it makes keeps all rules, and where it cannot, nothing has changed."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.courses import ROOT, run_command

from autograder.authoring.build import differences
from autograder.authoring.entries import NOTE, farewell
from autograder.authoring.new import Made, new_chapter
from autograder.authoring.selftest import selftest
from autograder.authoring.skeleton import UNWRITTEN
from autograder.course import Course
from autograder.errors import CourseError

FOLDERS = ("book", "solutions", "notebooks", "tests", "experiments")
FILES = ("_toc.yml", "_config.yml", "nbgrader_config.py", "pyproject.toml")
LAST = Course(ROOT).assignments()[-1]
NUMBER = int(LAST[:2]) + 1
NAMES = [f"{NUMBER}-gentle-fading", f"{NUMBER + 1}-a-name-which-is-as-long-as-any-can-be"]


def copied(root: Path) -> Course:
    """A copy of what of the repository a new chapter is made in."""
    unwanted = shutil.ignore_patterns("__pycache__", ".*")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, root / folder, ignore=unwanted)
    for file in FILES:
        shutil.copy(ROOT / file, root)
    return Course(root)


def snapshot(course: Course) -> dict[Path, bytes | None]:
    """All files with what they hold, and all folders."""
    return {path: path.read_bytes() if path.is_file() else None for path in course.root.rglob("*")}


def run(course: Course, *words: str) -> None:
    """Run a program in the copy, which has to succeed."""
    done = subprocess.run(words, cwd=course.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy in which every command fails, so that nothing changes."""
    return copied(tmp_path_factory.mktemp("untouched"))


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, list[Made]]:
    """A copy with two new chapters, and what was made for each."""
    course = copied(tmp_path_factory.mktemp("longer"))
    return course, [new_chapter(course, name) for name in NAMES]


# What is made


@pytest.mark.slow
def test_the_checks_of_the_content_pass_as_it_is(longer: tuple[Course, list[Made]]) -> None:
    course, _ = longer
    tests = [f"tests/content/test_{kind}.py" for kind in ("course", "assignments")]
    for number in (NUMBER, NUMBER + 1):
        tests += [f"tests/content/test_{kind}_{number}.py" for kind in ("chapter", "assignment")]
    wanted = ["test_course and not breaks and not small", *NAMES, "plan", "there_is_an_assignment"]
    wanted += [f"test_{kind}_{NUMBER}" for kind in ("chapter", "assignment")]
    chosen = " or ".join(f"({words})" for words in wanted)
    options = ["-q", "-p", "no:cacheprovider", "-k", chosen]
    run(
        course, sys.executable, "-m", "pytest", *options, *tests, "tests/website/test_repository.py"
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_is_what_its_source_says_and_tests_tell_right_from_wrong(
    longer: tuple[Course, list[Made]], name: str
) -> None:
    course, _ = longer
    assert differences(course, name) == []
    assert selftest(course, name).problems == []


def test_style_is_as_everywhere(longer: tuple[Course, list[Made]]) -> None:
    course, made = longer
    changed = [file for one in made for file in (*one.new, *one.changed) if file.endswith(".py")]
    for command in (["check"], ["format", "--check"]):
        run(course, sys.executable, "-m", "ruff", *command, "--no-cache", *changed)


PAGE = """
import sys
sys.path[:0] = ["book", "experiments"]
import matplotlib
matplotlib.use("Agg")
import myst_nb
from chapter import cells
myst_nb.glue = lambda name, value, display: print(name)
names = {}
for cell in cells(sys.argv[1]):
    exec(cell, names)
"""


def test_the_page_runs(longer: tuple[Course, list[Made]]) -> None:
    course, _ = longer
    run(course, sys.executable, "-c", PAGE, NAMES[0])


def test_the_map_has_a_box_below_the_others_and_an_arrow_to_it(
    longer: tuple[Course, list[Made]],
) -> None:
    course, _ = longer
    text = (course.root / "book" / "map.md").read_text(encoding="utf-8")
    code = text.partition(":tags: [remove-input]\n")[2].partition("\n```")[0]
    names: dict[str, Any] = {}
    exec(code, names)
    chapters, ideas = names["CHAPTERS"], names["IDEAS"]
    assert [chapters[number][0] for number in (NUMBER, NUMBER + 1)] == NAMES
    rows = [row for *_, row in chapters.values()]
    assert sorted(set(rows)) == list(range(max(rows) + 1))
    assert rows[-2:] == [max(rows) - 1, max(rows)]
    assert all(len(line) < 22 for _, lines, *_ in chapters.values() for line in lines)
    assert [idea[:2] for idea in ideas[-2:]] == [(NUMBER - 1, NUMBER), (NUMBER, NUMBER + 1)]
    assert all(f"{name}.html" in names["drawing"] for name in NAMES)


def test_the_end_of_the_course_is_the_end_of_its_last_chapter(
    longer: tuple[Course, list[Made]],
) -> None:
    course, _ = longer

    def leave(root: Path, name: str) -> str:
        page = (root / "book" / f"{name}.md").read_text(encoding="utf-8")
        start, end = farewell(page)
        return page[start:end]

    last = leave(course.root, NAMES[-1])
    assert last.count(NOTE) == 1
    assert last.replace(f"\n{NOTE}\n", "") == leave(ROOT, LAST)
    assert leave(course.root, LAST) == leave(course.root, NAMES[0]) == ""
    assert f"[The next chapter]({NAMES[0]}.md)" in (course.root / "book" / f"{LAST}.md").read_text()


def test_each_place_to_write_is_found_by_one_word(longer: tuple[Course, list[Made]]) -> None:
    course, made = longer
    for file in made[0].new:
        assert UNWRITTEN in (course.root / file).read_text() or file.endswith("checks.json"), file
    before = snapshot(course).keys()
    assert {course.root / file for one in made for file in one.new} <= before


# What is refused


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("attention", "'attention' cannot name a chapter; a name is two digits and words"),
        (f"{NUMBER}-Attention", "cannot name a chapter"),
        (f"{NUMBER}_attention", "cannot name a chapter"),
        (f"{NUMBER}-../../attention", "cannot name a chapter"),
        (f"{NUMBER}-lambda", "cannot name a chapter"),
        (f"{NUMBER}-{'long-' * 10}name", "cannot name a chapter"),
        (LAST, "there is such a chapter"),
        (
            "05-attention",
            f"number 5 is taken by 05-stable-gradients; the next chapter is {NUMBER}-",
        ),
        (f"{NUMBER + 1}-attention", f"without a gap; the next one is {NUMBER}-attention"),
        (f"{NUMBER}-gru", "book/diagrams/gru.py: is there already"),
    ],
)
def test_a_name_that_cannot_be_is_one_line(untouched: Course, name: str, why: str) -> None:
    before = snapshot(untouched)
    with pytest.raises(CourseError) as caught:
        new_chapter(untouched, name)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert snapshot(untouched) == before


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("_toc.yml", f"book/{LAST}", "book/other", f"_toc.yml: there is no {LAST}"),
        ("book/index.md", f"\n| {NUMBER - 1} |", "\n| |", "there is no row of the chapter before"),
        ("book/map.md", f'    {NUMBER - 1}: ("', '    0: ("', "no box of the chapter before"),
        ("tests/support/assignments.py", "PLANS = {", "PLANNED = {", "there is no list PLANS"),
        (f"book/{LAST}.md", "## Further reading", "## Reading", "no section 'Further reading'"),
        ("book/glossary.md", "", None, "book/glossary.md: cannot be read (No such file"),
    ],
)
def test_a_course_without_a_place_for_it_is_one_line(
    untouched: Course, file: str, old: str, new: str | None, why: str
) -> None:
    path = untouched.root / file
    text = path.read_text(encoding="utf-8")
    if new is None:
        path.unlink()
    else:
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    before = snapshot(untouched)
    try:
        with pytest.raises(CourseError) as caught:
            new_chapter(untouched, NAMES[0])
        assert why in str(caught.value)
        assert "\n" not in str(caught.value)
        assert snapshot(untouched) == before
    finally:
        path.write_text(text, encoding="utf-8")


def test_what_was_written_is_taken_back_where_a_file_cannot_be(untouched: Course) -> None:
    notebooks, aside = untouched.root / "notebooks", untouched.root / "aside"
    notebooks.rename(aside)
    notebooks.write_text("not a folder", encoding="utf-8")
    before = snapshot(untouched)
    done = run_command(untouched, "autograder", "new", NAMES[0])
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith(f"autograder: notebooks/{NAMES[0]}/")
    assert line.endswith("everything is as it was")
    assert snapshot(untouched) == before
    notebooks.unlink()
    aside.rename(notebooks)


def test_outside_a_course_the_command_says_where_to_go(tmp_path: Path) -> None:
    done = run_command(Course(tmp_path), "autograder", "new", NAMES[0])
    assert done.returncode == 2
    assert "nbgrader_config.py" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_course_of_assignments_alone_is_left_as_it_is(tiny: Course) -> None:
    before = snapshot(tiny)
    done = run_command(tiny, "autograder", "new", "02-attention")
    assert done.returncode == 2
    assert done.stderr.startswith("autograder: book/01-tiny.md: there is no section")
    assert snapshot(tiny) == before
