"""Measure how long grading takes, against plain nbgrader and at several sizes of class.

    python scripts/bench.py                       # 40 students, two rounds; classes of 40 and 400
    python scripts/bench.py --sizes 40 400 4000   # some minutes more on two cores

Everything runs in temporary copies of the course. Other programs that use the processor make all
numbers worse.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("nbgrader_config.py", "solutions", "book", "notebooks")
SCRIPTS = Path(sys.executable).parent
# Seconds between two looks at the memory of all processes; more where a look takes long, so that
# looking takes no more than this share of the time.
LOOK, LOOKING = 0.2, 0.02
# Submissions over which the stages are measured, one after the other in one process; and how often.
SAMPLE, TIMES = 20, 3


@dataclass(frozen=True)
class Run:
    """One command: seconds on the clock, and the most memory that all its processes used."""

    seconds: float
    memory: int


def run(course: Path, *words: str) -> Run:
    """Run a command of the environment in a course."""
    import psutil

    started = time.perf_counter()
    process = subprocess.Popen(
        [str(SCRIPTS / words[0]), *words[1:]],
        cwd=course,
        env={**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    most = 0
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        pause = LOOK
        while not over.wait(pause):
            began = time.perf_counter()
            with contextlib.suppress(psutil.Error):
                whole = psutil.Process(process.pid)
                most = max(most, sum(map(memory, [whole, *whole.children(recursive=True)])))
            pause = max(LOOK, (time.perf_counter() - began) / LOOKING)

    watcher = threading.Thread(target=watch)
    watcher.start()
    said, _ = process.communicate()
    seconds = time.perf_counter() - started
    over.set()
    watcher.join()
    if process.returncode:
        sys.exit(f"bench: {' '.join(words)} failed:\n{said}")
    return Run(seconds, most)


def memory(process: object) -> int:
    """The memory of a process; what it shares with others counts in parts."""
    import psutil

    with contextlib.suppress(psutil.Error):
        return int(process.memory_full_info().pss)  # type: ignore[attr-defined]
    return 0


def make_course(folder: Path, assignment: str, students: int) -> Path:
    """A course with a simulated class; what `folder` holds already is replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, folder / part)
    run(folder, "autograder", "build", assignment)
    run(folder, "autograder", "simulate", assignment, "--students", str(students))
    return folder


def alternate(folder: Path, assignment: str, students: int, rounds: int) -> None:
    """Time plain nbgrader and this grader in turns, on copies of one class.

    nbgrader takes so long that the machine may be another one meanwhile, so this grader is timed
    before it and after it.
    """
    original = make_course(folder / "original", assignment, students)
    ways = {
        "nbgrader": ("nbgrader", "autograde", assignment),
        "autograder": ("autograder", "grade", assignment),
    }
    taken: dict[str, list[Run]] = {way: [] for way in ways}
    print(f"\n{students} submissions, all of it from start to end")
    for number in range(1, rounds + 1):
        for way in ("autograder", "nbgrader", "autograder"):
            shutil.rmtree(folder / way, ignore_errors=True)
            shutil.copytree(original, folder / way)
            if way == "nbgrader":
                config = folder / way / "nbgrader_config.py"
                config.write_text(config.read_text() + "\nc.pop('Autograde')\n")
            done = run(folder / way, *ways[way])
            taken[way].append(done)
            print(
                f"  round {number}  {way:<11}{done.seconds:8.1f} s"
                f"{students / done.seconds:9.2f} a second{done.memory / 2**20:9.0f} MiB",
                flush=True,
            )
    stock, ours = (fmean(r.seconds for r in taken[way]) for way in ways)
    print(f"  {stock / ours:.1f} times as fast as plain nbgrader")


def sizes(folder: Path, assignment: str, counts: list[int]) -> None:
    """Time classes of several sizes; from the second on also what each further submission takes."""
    print("\nclasses of several sizes")
    first: tuple[int, float] | None = None
    for count in counts:
        course = make_course(folder / "sized", assignment, count)
        done = run(course, "autograder", "grade", assignment)
        further = ""
        if first is None:
            first = count, done.seconds
        elif count > first[0]:
            each = (done.seconds - first[1]) / (count - first[0])
            further = f", {1000 * each:.0f} ms each further one"
        print(
            f"  {count:>6} submissions{done.seconds:9.1f} s{done.memory / 2**20:9.0f} MiB"
            f"{1000 * done.seconds / count:9.0f} ms each{further}",
            flush=True,
        )


def imports() -> None:
    """Print what it takes to import `unrolled` beyond NumPy: for a notebook, less than 100 ms."""
    command = [sys.executable, "-X", "importtime", "-c", "import numpy, unrolled"]
    taken = []
    for _ in range(TIMES):
        report = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        # import time: self [us] | cumulative | package
        line = next(x for x in report.stderr.splitlines() if x.endswith("| unrolled"))
        taken.append(int(line.split("|")[1]) / 1000)
    print(f"import unrolled beyond NumPy: {median(taken):.0f} ms", flush=True)


def stages(folder: Path, assignment: str) -> None:
    """Print what the stages of one grading take, and what the notebook's own code takes."""
    course = make_course(folder / "stages", assignment, SAMPLE)
    script = str(Path(__file__).resolve())

    def measure(part: str) -> Any:
        done = subprocess.run(
            [sys.executable, script, assignment, "--part", part, str(course)],
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    # In turns: the machine may be slower at one time than at another.
    taken = [(measure("graded"), measure("bare")) for _ in range(TIMES)]

    def median_of(kind: str, name: str) -> float:
        return 1000 * median(graded[kind].get(name, 0.0) for graded, _ in taken) / SAMPLE

    kinds = ("seconds", "cpu")
    names = {kind: list(taken[0][0][kind]) for kind in kinds}
    print(f"\none submission, on one core: mean of {SAMPLE}, median of {TIMES}, in milliseconds")
    print(f"  {'stage':<12}{'clock':>8}{'processor':>12}")
    for name in dict.fromkeys((*names["seconds"], *names["cpu"])):
        shown = [f"{median_of(kind, name):.1f}" if name in names[kind] else "" for kind in kinds]
        print(f"  {name:<12}{shown[0]:>8}{shown[1]:>12}")
    whole = [1000 * sum(graded["cpu"].values()) / SAMPLE for graded, _ in taken]
    own = [1000 * bare / SAMPLE for _, bare in taken]
    more = median(a - b for a, b in zip(whole, own, strict=True))
    print(f"  {'all':<12}{'':>8}{median(whole):>12.1f}")
    print(f"  {'bare code':<12}{'':>8}{median(own):>12.1f}")
    print(f"  {'more':<12}{'':>8}{more:>12.1f}")


def graded_stages(assignment: str, course: Path) -> None:
    """Grade a class in this process and print what the stages took, as JSON."""
    from autograder.course import Course
    from autograder.grading.class_run import grade, submissions
    from autograder.grading.placement import Placement

    here = Course(course)
    everyone = submissions(here, assignment)
    # The first one twice: what is done once for all is no part of it.
    for students in (everyone[:1], everyone):
        report = grade(here, assignment, students, True, lambda _: None, Placement(workers=1))
    print(json.dumps({"seconds": report.stages.seconds, "cpu": report.stages.cpu}))


def bare_code(assignment: str, course: Path) -> None:
    """Run all cells of a graded class with nothing around them and print the seconds of CPU."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    os.environ["NBGRADER_EXECUTION"] = "autograde"
    files = sorted((course / "autograded").glob(f"*/{assignment}/*.ipynb"))
    taken = 0.0
    # The first one twice: what is loaded once for all is no part of it.
    for number, file in enumerate([files[0], *files]):
        os.chdir(file.parent)
        cells = json.loads(file.read_text())["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        started = time.process_time()
        names: dict[str, object] = {"__name__": "__main__"}
        for text in texts:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(BaseException):
                exec(text, names)
            for figure in map(plt.figure, plt.get_fignums()):
                figure.savefig(io.BytesIO(), format="svg", bbox_inches="tight")
            plt.close("all")
        taken += time.process_time() - started if number else 0.0
    print(json.dumps(taken))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("assignment", nargs="?", default="02-vanilla-rnn")
    parser.add_argument("students", nargs="?", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="*", default=[40, 400])
    parser.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        # On two cores each of the processes that wait for each other also waits for its core.
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        parts = {"graded": graded_stages, "bare": bare_code}
        parts[chosen.part[0]](chosen.assignment, Path(chosen.part[1]))
        return
    with tempfile.TemporaryDirectory(prefix="unrolled-bench-") as name:
        folder = Path(name)
        print(f"{chosen.assignment} on {os.cpu_count()} cores", flush=True)
        imports()
        stages(folder, chosen.assignment)
        if chosen.rounds:
            alternate(folder, chosen.assignment, chosen.students, chosen.rounds)
        if chosen.sizes:
            sizes(folder, chosen.assignment, chosen.sizes)


if __name__ == "__main__":
    main()
