"""Attacks: no point gained, nothing hidden learned, nobody else disturbed, nothing left behind."""

import ctypes
import json
import re
from collections import Counter
from pathlib import Path

import nbformat
import psutil
import pytest
from attacks import ATTACKS, Attack
from attacks.target import EARNED, HONEST_SCALE, HONEST_TOTAL, NAME, SECRETS, SOURCE
from support.courses import hand_in, make_tiny, run_command, scores

from autograder.authoring.build import build
from autograder.course import Course

pytestmark = pytest.mark.slow

_SET_CHILD_SUBREAPER = 36
# Small limits, so that the many submissions that run into one are done soon; honest ones take a
# tenth of them, and what they wait for a processor is not counted.
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


READING = [attack for attack in ATTACKS if attack.family == "read the answer"]


def attacked_course(root: Path, secret: str, attacks: list[Attack]) -> Course:
    """The attacked paper with one hidden input, attacks handed in, honest work around them."""
    course = make_tiny(root)
    (root / "solutions" / NAME / f"{NAME}.py").write_text(SOURCE.replace("SECRET", secret))
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    build(course, NAME)
    for number in range(4):
        hand_in(course, f"honest-{number}", NAME, HONEST)
    for attack in attacks:
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
    """All attacks, graded; then those that read, with another hidden input."""
    # Processes whose parents have ended become ours, so that none that is left goes unseen.
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    found = []
    for secret, attacks in zip(SECRETS, (ATTACKS, READING), strict=True):
        course = attacked_course(tmp_path_factory.mktemp("attacks") / "course", secret, attacks)
        # A browser or a helper of other tests that this process has run may go on meanwhile.
        ours = psutil.Process().children(recursive=True)
        before = traces()
        run = run_command(course, "autograder", "grade", NAME)
        assert run.returncode in (0, 1), run.stdout + run.stderr
        assert left_running(ours) == []
        assert traces() == before
        run = run_command(course, "nbgrader", "generate_feedback", NAME)
        assert run.returncode == 0, run.stderr
        found.append(course)
    counts = Counter(attack.family for attack in ATTACKS)
    print(f"{len(ATTACKS)} attacks: {dict(counts)}")
    return found


def left_running(ours: list[psutil.Process]) -> list[str]:
    """The names of processes that submissions have left behind, those of the tests apart."""
    left = [child for child in psutil.Process().children(recursive=True) if child not in ours]
    # The last helpers of a pool end a moment after it.
    _, alive = psutil.wait_procs(left, timeout=300)
    return [child.name() for child in alive]


def traces() -> dict[str, object]:
    """What submissions could leave behind besides: mounts, files in places for everybody."""
    marks = [path for place in ("/tmp", "/dev/shm", "/var/tmp") for path in Path(place).iterdir()]
    return {
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
    """Some attacks break what they stand on and lose even that."""
    gained = {}
    for course, attacks in zip(courses, (ATTACKS, READING), strict=True):
        given = scores(course, NAME)
        for attack in attacks:
            got = given.get(attack.student, {})
            earned = {} if attack.earns_nothing else EARNED
            if any((points or 0) > earned.get(cell, 0) for cell, points in got.items()):
                gained[attack.name] = got
    assert not gained


def test_an_attack_that_touches_nothing_else_keeps_its_honest_part(courses: list[Course]) -> None:
    given = scores(courses[0], NAME)
    kept = [attack for attack in ATTACKS if given.get(attack.student) == EARNED]
    assert len(kept) >= 0.9 * len(ATTACKS)


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
        for attack in ATTACKS if course is courses[0] else READING:
            seen = seen_by(course, attack.student)
            assert not [sign for sign in signs if sign in seen], attack.name


@pytest.mark.parametrize("attack", READING, ids=lambda attack: attack.name)
def test_what_a_student_sees_does_not_depend_on_the_hidden_input(
    courses: list[Course], attack: Attack
) -> None:
    one, other = (seen_by(course, attack.student) for course in courses)
    assert one == other


def test_scripts_of_a_student_do_not_reach_the_page(courses: list[Course]) -> None:
    page = courses[0].root / "feedback" / "attack-script-in-the-outputs" / NAME / f"{NAME}.html"
    text = page.read_text()
    assert "<script>document.title" not in text
    assert not re.search(r"<img[^>]*onerror", text)


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
