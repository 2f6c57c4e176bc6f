"""Resolve the ``dev`` extra and write ``requirements.lock``.

    make lock

Run with the oldest Python that is supported, so that every version can be installed with it.
What the lock leaves out is resolved at installation: this project, the local part of a version
(``+cpu``), and what only a CUDA build of PyTorch needs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
CUDA = re.compile(r"(nvidia|cuda|triton)\b", re.IGNORECASE)
HEADER = """\
# Exact versions of everything the course, its grading and its tests need.
# Written by `make lock`; to change it, change pyproject.toml. Use: pip install -r requirements.lock
"""


def resolve() -> dict[str, str]:
    """Return name and version of what pip would install into an empty environment."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
        what = [f"{ROOT}[dev]", "setuptools>=77", "wheel"]
        subprocess.run([*command, "--quiet", "--report", report, *what], check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    packages = {item["metadata"]["name"]: item["metadata"]["version"] for item in found}
    del packages["unrolled"]
    return packages


def lines(packages: dict[str, str]) -> list[str]:
    """Return the pins of `packages`, sorted, without CUDA and without local versions."""
    return sorted(
        (
            f"{name}=={version.partition('+')[0]}"
            for name, version in packages.items()
            if not CUDA.match(name)
        ),
        key=str.lower,
    )


if __name__ == "__main__":
    pins = lines(resolve())
    LOCK.write_text(HEADER + "\n".join(pins) + "\n", encoding="utf-8")
    print(f"{LOCK.name}: {len(pins)} packages, resolved with Python {sys.version.split()[0]}")
