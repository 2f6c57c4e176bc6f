"""Grading by many processes: what is killed is done again, and what kills is told apart.

UNROLLED_FULL=1 makes ten kills instead of three.
"""

import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import LocalCluster
from support.courses import hand_in, make_tiny, run_command, scores

from autograder.authoring.build import build
from autograder.course import Course
from autograder.errors import CourseError
from autograder.grading import dask, one
from autograder.grading.bundle import Bundle
from autograder.grading.class_report import Result
from autograder.grading.class_run import grade, submissions
from autograder.grading.crew import Job, grade_job
from autograder.grading.placement import Placement
from autograder.grading.pool import pool
from autograder.sandbox.sandbox import SandboxLost
from autograder.submissions.parse import DamagedSubmission

NAME = "01-tiny"
SCALE = "def scale(x, factor):\n    return x * factor"
TOTAL = "def total(x, factor):\n    return scale(x, factor).sum()"
RIGHT = {"test-scale": 2.0, "test-total": 1.0, "why": None}
KILLS = 10 if os.environ.get("UNROLLED_FULL") else 3


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course and a class of twelve who take their time."""
    course = make_tiny(tmp_path_factory.mktemp("pool") / "course")
    build(course, NAME)
    for number in range(12):
        slow = f"import time\ntime.sleep(0.15)\n{SCALE}" if number % 3 else SCALE
        answers = {"scale": slow, "total": TOTAL if number % 4 else "", "why": f"Because {number}."}
        hand_in(course, f"student-{number:02d}", NAME, answers)
    return course


@pytest.fixture
def bundle(course: Course) -> Bundle:
    return Bundle.read(course.assignment(NAME), course.nbgrader_config())


def grader(course: Course) -> subprocess.Popen[str]:
    command = [str(Path(sys.executable).with_name("autograder")), "grade", NAME, "--workers", "2"]
    return subprocess.Popen(
        command,
        cwd=course.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def is_worker(process: psutil.Process) -> bool:
    """Whether it grades: a fork of the grader or, later, of the process that forks for it."""
    parent, words = process.parent(), process.cmdline()
    is_fork = parent is not None and parent.cmdline() == words
    return is_fork and not any("autograder.inside.warm" in word for word in words)


def is_warm_parent(process: psutil.Process) -> bool:
    """Whether it is bubblewrap, the process that waits in it, or the fork server; not a box."""
    line = [process, *process.parents()]
    warm = [any("autograder.inside.warm" in word for word in p.cmdline()) for p in line]
    # A box is a fork of the fork server, and the fourth. Its end is held to be the student's doing.
    return warm[0] and sum(warm) <= 3


VICTIMS: dict[str, Callable[[psutil.Process], bool] | None] = {
    "the grader": None,
    "a worker": is_worker,
    "a fork server": is_warm_parent,
}


def family(
    process: psutil.Process, wanted: Callable[[psutil.Process], bool]
) -> list[psutil.Process]:
    found = []
    try:
        for child in process.children(recursive=True):
            try:
                if wanted(child):
                    found.append(child)
            except psutil.Error:
                continue
    except psutil.Error:
        pass
    return found


def results(course: Course) -> dict[str, object]:
    """All that a class's grading leaves: points, and what is said in each graded notebook."""
    texts = {}
    for path in sorted((course.root / "autograded").glob(f"*/{NAME}/{NAME}.ipynb")):
        cells = json.loads(path.read_text())["cells"]
        texts[path.parts[-3]] = [
            (cell["source"], cell["metadata"].get("nbgrader"), kinds(cell)) for cell in cells
        ]
    return {"scores": scores(course, NAME), "notebooks": texts}


def graded(course: Course) -> int:
    """How many submissions have been graded so far."""
    log = course.root / "audit.jsonl"
    return log.read_bytes().count(b"\n") if log.exists() else 0


def kinds(cell: dict[str, Any]) -> list[tuple[str, str]]:
    outputs = cell.get("outputs", [])
    return [(output["output_type"], str(output.get("evalue"))) for output in outputs]


def a_copy(course: Course, folder: Path) -> Course:
    shutil.copytree(course.root, folder)
    return Course(folder)


@pytest.fixture(scope="module")
def undisturbed(course: Course, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The results of a run that nothing disturbs."""
    copy = a_copy(course, tmp_path_factory.mktemp("undisturbed") / "course")
    done = run_command(copy, "autograder", "grade", NAME, "--workers", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return results(copy)


def disturbed(
    copy: Course,
    wanted: Callable[[psutil.Process], bool] | None,
    dice: random.Random,
) -> bool:
    """Grade a class, and kill something when some are graded; whether it was there.

    With `wanted` None it is the grader itself that is killed.
    """
    run = grader(copy)
    whole = psutil.Process(run.pid)
    # Before the first, in the middle or near the end, however fast this machine is.
    enough = dice.randrange(10)
    while run.poll() is None and graded(copy) < enough:
        time.sleep(0.01)
    time.sleep(dice.uniform(0, 0.3))
    victims = [whole] if wanted is None else []
    while wanted is not None and not victims and run.poll() is None:
        victims = family(whole, wanted)
        time.sleep(0.01)
    everyone = [whole, *family(whole, lambda _: True)]
    is_killed = bool(victims) and run.poll() is None
    if is_killed:
        try:
            dice.choice(victims).kill()
        except psutil.NoSuchProcess:
            is_killed = False
    said, _ = run.communicate(timeout=1800)
    if wanted is not None:
        # What was killed has been replaced; the run as such has not failed.
        assert run.returncode == 0, said
    _, alive = psutil.wait_procs(everyone, timeout=300)
    assert alive == []
    return is_killed


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_anywhere_and_run_again_the_results_are_those_of_an_undisturbed_run(
    number: int,
    course: Course,
    undisturbed: dict[str, object],
    tmp_path: Path,
) -> None:
    victim = VICTIMS[list(VICTIMS)[number % len(VICTIMS)]]
    dice = random.Random(f"kill {number} {os.environ.get('UNROLLED_SEED', '')}")
    # A run that ended before it could be disturbed shows nothing.
    copy = next(
        copy
        for attempt in range(10)
        if disturbed(copy := a_copy(course, tmp_path / str(attempt)), victim, dice)
    )
    done = run_command(copy, "autograder", "grade", NAME, "--workers", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert results(copy) == undisturbed
    # Every grading has its line, whole, and the last one of a student says what is recorded.
    lines = [json.loads(line) for line in (copy.root / "audit.jsonl").read_text().splitlines()]
    last = {line["student"]: line["scores"] for line in lines}
    assert last == undisturbed["scores"]
    left = [path for path in (copy.root / "autograded").rglob("*") if ".new" in path.name]
    assert left == []


PRELOAD = """
import os
from autograder.grading import crew

# It is loaded more than once in a process.
grade_job = getattr(crew.grade_job, "real", crew.grade_job)

def fatal(bundle, job, sandbox, real=grade_job):
    if job.student.startswith("killer"):
        os._exit(9)
    return real(bundle, job, sandbox)

fatal.real = grade_job
crew.grade_job = fatal
"""


@pytest.fixture
def fatal_cluster(tmp_path: Path) -> Iterator[str]:
    """A Dask cluster some of whose jobs end their worker; its address.

    Its workers are replaced whenever they die. Dask's own nanny does not replace one that dies
    before it has heard that the worker has started, and on a slow machine that is late.
    """
    (tmp_path / "fatal.py").write_text(PRELOAD)
    with LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as cluster:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", cluster.scheduler_address]
        command += ["--no-nanny", "--nthreads", "1", "--no-dashboard"]
        command += ["--preload", str(tmp_path / "fatal.py"), "--local-directory", str(tmp_path)]
        loop = f"while :; do {shlex.join(command)}; done"
        crew = [
            subprocess.Popen(
                ["/bin/sh", "-c", loop], start_new_session=True, stderr=subprocess.DEVNULL
            )
            for _ in range(2)
        ]
        try:
            cluster.wait_for_workers(2)
            yield cluster.scheduler_address
        finally:
            for each in crew:
                os.killpg(each.pid, signal.SIGKILL)
                each.wait()


def test_a_cluster_without_workers_is_told_and_not_waited_for(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = a_copy(course, tmp_path / "course")
    monkeypatch.setattr(dask, "_LOOK", 0.1)
    monkeypatch.setattr(dask, "_WITHOUT", 1.0)
    with LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as cluster:
        placement = Placement(scheduler=cluster.scheduler_address)
        with pytest.raises(CourseError, match="no worker is left there"):
            grade(copy, NAME, submissions(copy, NAME), False, print, placement)


@pytest.mark.slow
def test_a_submission_that_kills_every_worker_needs_attention_and_harms_nobody(
    course: Course, fatal_cluster: str, tmp_path: Path
) -> None:
    copy = a_copy(course, tmp_path / "course")
    shutil.copytree(copy.submitted / "student-01", copy.submitted / "killer")
    seen: list[Result] = []
    placement = Placement(scheduler=fatal_cluster)
    report = grade(copy, NAME, submissions(copy, NAME), False, seen.append, placement)
    [bad] = [result for result in report.results if result.state != "graded"]
    assert (bad.student, bad.state) == ("killer", "needs attention")
    assert "ended each process that graded it" in bad.reason
    assert len(report.results) == len(seen) == 13
    assert "killer" not in scores(copy, NAME)
    assert scores(copy, NAME)["student-01"] == RIGHT


def test_no_scheduler_at_the_address_is_told_in_one_line(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = a_copy(course, tmp_path / "course")
    monkeypatch.setattr(dask, "_PATIENCE", "1s")
    placement = Placement(scheduler="tcp://127.0.0.1:9")
    with pytest.raises(CourseError, match="no Dask scheduler answers") as caught:
        grade(copy, NAME, submissions(copy, NAME), False, print, placement)
    assert "\n" not in str(caught.value)
    assert scores(copy, NAME) == {}


def test_submissions_are_read_only_as_there_is_room_for_them(
    course: Course, bundle: Bundle
) -> None:
    content = (course.submitted / "student-01" / NAME / f"{NAME}.ipynb").read_bytes()
    taken = 0

    def jobs() -> Iterator[Job]:
        nonlocal taken
        for number in range(20):
            taken += 1
            yield Job(str(number), content)

    with pool(bundle, 20, Placement(workers=2)) as graded:
        for done, outcome in enumerate(graded(jobs())):
            assert outcome.graded, outcome.reason
            assert taken <= done + 6
    assert taken == 20


def test_failures_of_the_machinery_are_tried_again(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [SandboxLost("gone"), OSError("no memory")]

    def flaky(*_: object) -> str:
        if failures:
            raise failures.pop()
        return "graded"

    monkeypatch.setattr("autograder.grading.crew.grade_submission", flaky)
    outcome = grade_job(bundle, Job("ada", b""), sandbox=None)  # type: ignore[arg-type]
    assert outcome.graded == "graded"  # type: ignore[comparison-overlap]


def test_a_failure_that_stays_is_a_reason_and_no_zero(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def broken(*_: object) -> None:
        tries.append(1)
        raise OSError("no\nmemory")

    monkeypatch.setattr("autograder.grading.crew.grade_submission", broken)
    outcome = grade_job(bundle, Job("ada", b""), sandbox=None)  # type: ignore[arg-type]
    assert outcome.graded is None
    assert outcome.reason == "the grader failed (OSError: no memory)"
    assert len(tries) == one.TRIES


def test_a_damaged_file_is_looked_at_once(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def damaged(*_: object) -> None:
        tries.append(1)
        raise DamagedSubmission("is empty")

    monkeypatch.setattr("autograder.grading.crew.grade_submission", damaged)
    outcome = grade_job(bundle, Job("ada", b""), sandbox=None)  # type: ignore[arg-type]
    assert (outcome.reason, outcome.damaged, len(tries)) == ("is empty", True, 1)


START = """
import threading
from autograder.grading.local import _context

print(_context().get_start_method())
over = threading.Event()
threading.Thread(target=over.wait).start()
print(_context().get_start_method())
over.set()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere forks are never made")
def test_a_process_with_threads_is_not_forked() -> None:
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["fork", "forkserver"]
