"""Run the experiments again and compare with their stored results.

    python scripts/experiments.py                   all of them, one on each core
    python scripts/experiments.py name_model        one
    python scripts/experiments.py --jobs 1          one after the other

A script in ``experiments/`` is an experiment if a JSON file of the same name, its result, is stored
there. Here it runs in a copy of the repository's folders, so the stored results stay as they are;
what it finds is kept in ``_build/experiments/``.

Text must be equal and numbers within 10 %, because the last digits depend on the machine. A result
may state another spread for the numbers under a key: ``"spread": {"accuracy": 0.02}`` is the most
that they may move, up or down, in their own unit, and ``"accuracy[-1]"`` that of the last number in
a list. Versions and seconds are not compared. Each
experiment has one thread. Every figure that moved further is listed as its experiment ends and once
more at the end, and the exit code is then 1.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / "_build" / "experiments"
TOLERANCE = 0.1
NOT_COMPARED = {"versions", "seconds"}
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


def differences(stored: Any, found: Any) -> Iterator[str]:
    """Yield a line for each figure that moved beyond its stated spread, or else by over 10 %."""
    spread = stored.get("spread", {}) if isinstance(stored, dict) else {}
    yield from _moved(stored, found, spread, within=None, where="")


def _moved(
    stored: Any, found: Any, spread: dict[str, float], within: float | None, where: str
) -> Iterator[str]:
    """Compare two parts of results; `within` is the spread of the nearest key that states one."""
    number = (int, float)
    if isinstance(stored, dict) and isinstance(found, dict):
        for key in sorted((stored.keys() | found.keys()) - NOT_COMPARED):
            place, stated = f"{where}.{key}".lstrip("."), spread.get(key, within)
            yield from _moved(stored.get(key), found.get(key), spread, stated, place)
    elif isinstance(stored, list) and isinstance(found, list) and len(stored) == len(found):
        key = where.rpartition(".")[2]
        for i, (a, b) in enumerate(zip(stored, found, strict=True)):
            stated = spread.get(f"{key}[{i - len(stored)}]", within)
            yield from _moved(a, b, spread, stated, f"{where}[{i}]")
    elif isinstance(stored, number) and isinstance(found, number):
        relative, absolute = (TOLERANCE, 0.0) if within is None else (0.0, within)
        if not math.isclose(stored, found, rel_tol=relative, abs_tol=absolute):
            stated = "10 %" if within is None else f"{within:g}"
            yield f"{where}: stored {stored}, now {found}, which is beyond {stated}"
    elif stored != found:
        yield f"{where}: stored {stored!r}, now {found!r}"


def stored(name: str) -> Any:
    """Return the stored result of an experiment."""
    return json.loads((ROOT / "experiments" / f"{name}.json").read_text(encoding="utf-8"))


def seconds(result: Any) -> float:
    """Return the sum of all seconds that a result states."""
    if isinstance(result, list):
        return sum(map(seconds, result))
    if not isinstance(result, dict):
        return 0.0
    return sum(
        float(part) if key == "seconds" and isinstance(part, int | float) else seconds(part)
        for key, part in result.items()
    )


def rerun(name: str) -> tuple[list[str], float]:
    """Run ``experiments/NAME.py`` in a copy; return where its result differs, and the seconds."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for part in ("book", "experiments", "unrolled"):
            shutil.copytree(ROOT / part, Path(folder, part))
        script = Path(folder, "experiments", f"{name}.py")
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": folder}
        run = subprocess.run(
            [sys.executable, script],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if run.returncode:
            last = (run.stdout.strip() or "without a word").splitlines()[-1]
            found = [f"the script failed: {last}"]
        else:
            kept = Path(shutil.copy(script.with_suffix(".json"), FOUND))
            result = json.loads(kept.read_text(encoding="utf-8"))
            found = list(differences(stored(name), result))
    return found, time.monotonic() - started


def main(arguments: list[str]) -> int:
    names = sorted(path.stem for path in (ROOT / "experiments").glob("*.json"))
    parser = argparse.ArgumentParser(prog="experiments", description="Run experiments again.")
    parser.add_argument("names", nargs="*", help="all, if none is named")
    parser.add_argument(
        "--jobs",
        type=int,
        default=len(os.sched_getaffinity(0)),
        help="how many run at once (default: one on each core)",
    )
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in names]
    if unknown:
        sys.exit(f"experiments: no {unknown[0]}; there is {', '.join(names)}")
    # The longest first, so that no core is left with it alone at the end.
    todo = sorted(asked.names or names, key=lambda name: seconds(stored(name)), reverse=True)
    FOUND.mkdir(parents=True, exist_ok=True)
    moved: dict[str, list[str]] = {}
    with ThreadPoolExecutor(max(1, asked.jobs)) as pool:
        running = {pool.submit(rerun, name): name for name in todo}
        for done in as_completed(running):
            name, (found, took) = running[done], done.result()
            result = "differs from" if found else "agrees with"
            print(f"experiments: {name} {result} the stored result, {took:.0f} s", flush=True)
            for line in found:
                print(f"  {line}", flush=True)
            if found:
                moved[name] = found
    print(f"experiments: {len(todo) - len(moved)} of {len(todo)} agree with the stored results")
    for name in sorted(moved):
        for line in moved[name]:
            print(f"  {name}: {line}")
    return bool(moved)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
