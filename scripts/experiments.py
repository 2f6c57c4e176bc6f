"""Run the experiments again and compare with their stored results.

    python scripts/experiments.py                   all of them
    python scripts/experiments.py name_model        one

A script in ``experiments/`` is an experiment if a JSON file of the same name, its result, is stored
there. Here it runs in a copy of the repository's folders, so the stored results stay as they are.
Text must be equal and numbers within 10 %, because the last digits depend on the machine. A result
may state another spread for the numbers under a key: ``"spread": {"accuracy": 0.02}`` is the most
that they may move, up or down, in their own unit. Versions and seconds are not compared. Every
figure that moved further is listed, and the exit code is then 1.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = 0.1
NOT_COMPARED = {"versions", "seconds"}


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
        for i, (a, b) in enumerate(zip(stored, found, strict=True)):
            yield from _moved(a, b, spread, within, f"{where}[{i}]")
    elif isinstance(stored, number) and isinstance(found, number):
        relative, absolute = (TOLERANCE, 0.0) if within is None else (0.0, within)
        if not math.isclose(stored, found, rel_tol=relative, abs_tol=absolute):
            stated = "10 %" if within is None else f"{within:g}"
            yield f"{where}: stored {stored}, now {found}, which is beyond {stated}"
    elif stored != found:
        yield f"{where}: stored {stored!r}, now {found!r}"


def rerun(name: str) -> list[str]:
    """Run ``experiments/NAME.py`` in a copy and return where its result differs."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("book", "experiments", "unrolled"):
            shutil.copytree(ROOT / part, Path(folder, part))
        script = Path(folder, "experiments", f"{name}.py")
        environment = {**os.environ, "PYTHONPATH": folder}
        if subprocess.run([sys.executable, script], cwd=folder, env=environment).returncode:
            return ["the script failed"]
        found = json.loads(script.with_suffix(".json").read_text(encoding="utf-8"))
    stored = (ROOT / "experiments" / f"{name}.json").read_text(encoding="utf-8")
    return list(differences(json.loads(stored), found))


def main(names: list[str]) -> int:
    scripts = sorted(path.stem for path in (ROOT / "experiments").glob("*.json"))
    unknown = [name for name in names if name not in scripts]
    if unknown:
        sys.exit(f"experiments: no {unknown[0]}; there is {', '.join(scripts)}")
    failed = 0
    for name in names or scripts:
        print(f"experiments: {name}", flush=True)
        started = time.monotonic()
        found = rerun(name)
        failed += bool(found)
        for line in found:
            print(f"  {line}")
        result = "differs from" if found else "agrees with"
        print(f"  {result} the stored result, {time.monotonic() - started:.0f} s", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
