"""Measure how long grading takes: a simulated class in a temporary course.

    python scripts/bench.py 02-vanilla-rnn 30

Prints the seconds that each command takes, as a whole and per submission.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("nbgrader_config.py", "solutions", "book", "notebooks")


def seconds(course: Path, *arguments: str) -> float:
    """Return how long an `autograder` command takes in `course`."""
    command = [Path(sys.executable).with_name("autograder"), "--course", course, *arguments]
    started = time.perf_counter()
    run = subprocess.run(command, cwd=course, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"bench: autograder {' '.join(arguments)} failed:\n{run.stdout}{run.stderr}")
    return time.perf_counter() - started


def main(assignment: str, students: str) -> None:
    with tempfile.TemporaryDirectory(prefix="unrolled-bench-") as folder:
        course = Path(folder)
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, course / part)
        print(f"{assignment}, {students} students, {os.cpu_count()} cores", flush=True)
        commands = [
            ("build", assignment),
            ("selftest", assignment),
            ("simulate", assignment, "--students", students),
            ("grade", assignment),
        ]
        for command in commands:
            taken = seconds(course, *command)
            each = f"{taken / int(students):8.2f} s a submission" if command[0] == "grade" else ""
            print(f"  {command[0]:<10}{taken:8.1f} s{each}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
