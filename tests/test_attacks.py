"""Attacks: no point gained, nothing hidden learned, nobody else disturbed, nothing left behind."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from attacks import ATTACKS, Attack
from attacks.paper import EARNED, HONEST_SCALE, HONEST_TOTAL, NAME, SECRETS, SOURCE
from conftest import hand_in, make_tiny, run_command, scores

from autograder.build import build
from autograder.course import Course

# Small limits, so that the many submissions that run into one are done soon.
LIMITS = """
c.Limits.cpu_per_cell = 1
c.Limits.wall_per_cell = 2
c.Limits.wall_per_submission = 6
c.Limits.memory = 512 * 2**20
c.Limits.files = 16 * 2**20
c.Limits.reply = 8 * 2**20
"""
HONEST = {"scale": HONEST_SCALE, "total": HONEST_TOTAL}
FULL = {"test-scale": 2.0, "test-total": 1.0}


def attacked_course(root: Path, secret: str) -> Course:
    """The attacked paper with one hidden input, all attacks handed in, honest work around them."""
    course = make_tiny(root)
    (root / "solutions" / NAME / f"{NAME}.py").write_text(SOURCE.replace("SECRET", secret))
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    build(course, NAME)
    for number in range(4):
        hand_in(course, f"honest-{number}", NAME, HONEST)
    for attack in ATTACKS:
        folder = hand_in(course, attack.student, NAME, {**HONEST, "total": attack.total})
        if attack.later:
            path = folder / f"{NAME}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            notebook.cells.append(nbformat.v4.new_code_cell(attack.later))
            nbformat.write(notebook, path)
        if attack.folder:
            attack.folder(folder)
    hand_in(course, "zoe", NAME, HONEST)
    return course


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> list[Course]:
    """Two courses that differ in nothing but the hidden input, both graded."""
    found = []
    for secret in SECRETS:
        course = attacked_course(tmp_path_factory.mktemp("attacks") / "course", secret)
        before = traces()
        run = run_command(course, "autograder", "grade", NAME)
        assert run.returncode in (0, 1), run.stdout + run.stderr
        assert traces() == before
        run = run_command(course, "nbgrader", "generate_feedback", NAME)
        assert run.returncode == 0, run.stderr
        found.append(course)
    counts = Counter(attack.family for attack in ATTACKS)
    print(f"{len(ATTACKS)} attacks: {dict(counts)}")
    return found


def traces() -> dict[str, object]:
    """What submissions could leave behind: processes, mounts, files in places for everybody."""
    processes = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    wanted = ("sleep 987654", "bwrap", "autograder.inside")
    marks = [path for place in ("/tmp", "/dev/shm", "/var/tmp") for path in Path(place).iterdir()]
    return {
        "processes": sorted(
            line for line in processes.stdout.splitlines() if any(word in line for word in wanted)
        ),
        "mounts": Path("/proc/self/mounts").read_text(),
        "files": sorted(str(path) for path in marks if "unrolled-was-here" in path.name),
    }


def graded(course: Course, student: str) -> str:
    """The graded notebook, or "" where there is none."""
    path = course.root / "autograded" / student / NAME / f"{NAME}.ipynb"
    return path.read_text() if path.is_file() else ""


def seen_by(course: Course, student: str) -> str:
    """All that a student gets to see: outputs of the graded notebook, and the feedback."""
    text = graded(course, student)
    outputs = [cell.get("outputs") for cell in json.loads(text)["cells"]] if text else []
    feedback = course.root / "feedback" / student / NAME / f"{NAME}.html"
    page = feedback.read_text() if feedback.is_file() else ""
    return without_times(json.dumps(outputs) + page)


def without_times(text: str) -> str:
    """Text without what differs between two runs of the same thing: addresses, times, folders."""
    text = re.sub(r"0x[0-9a-f]+", "0x…", text)
    text = re.sub(r"\d+(\.\d+)? s\b", "… s", text)
    return re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.\d]*", "…", text)


def test_the_honest_part_is_all_that_counts(courses: list[Course]) -> None:
    wrong = {}
    for course in courses:
        given = scores(course, NAME)
        for attack in ATTACKS:
            got = given.get(attack.student, {})
            expected = {} if attack.earns_nothing else EARNED
            if {key: value for key, value in got.items() if value} != {
                key: value for key, value in expected.items() if value
            }:
                wrong[attack.name] = got
    assert not wrong


def test_nobody_else_is_disturbed(courses: list[Course]) -> None:
    for course in courses:
        given = scores(course, NAME)
        for student in ("honest-0", "honest-1", "honest-2", "honest-3", "zoe"):
            assert given[student] == FULL


def test_nothing_hidden_is_seen(courses: list[Course]) -> None:
    """Neither the hidden test nor its numbers, in any spelling that is looked for."""
    for course, secret in zip(courses, SECRETS, strict=True):
        number = float(secret)
        signs = {secret, str(int(number)), number.hex(), "load_hidden", "HIDDEN TESTS"}
        for attack in ATTACKS:
            seen = seen_by(course, attack.student)
            assert not [sign for sign in signs if sign in seen], attack.name


@pytest.mark.parametrize(
    "attack", [a for a in ATTACKS if a.family == "read the answer"], ids=lambda a: a.name
)
def test_what_a_student_sees_does_not_depend_on_the_hidden_input(
    courses: list[Course], attack: Attack
) -> None:
    one, other = (seen_by(course, attack.student) for course in courses)
    assert one == other


def test_scripts_of_a_student_do_not_reach_the_page(courses: list[Course]) -> None:
    page = courses[0].root / "feedback" / "attack-script-in-the-outputs" / NAME / f"{NAME}.html"
    text = page.read_text()
    assert "<script>document.title" not in text
    assert "onerror=" not in text


def test_an_interrupted_run_of_attacks_is_graded_once(courses: list[Course]) -> None:
    """A second run finds everything graded, attacks too, and changes nothing."""
    course = courses[0]
    before = scores(course, NAME)
    run = run_command(course, "autograder", "grade", NAME)
    assert run.returncode in (0, 1)
    assert scores(course, NAME) == before


def test_there_are_enough_of_them() -> None:
    assert len(ATTACKS) >= 60
    assert len({attack.family for attack in ATTACKS}) == 5
    assert all(attack.tries and attack.name for attack in ATTACKS)
