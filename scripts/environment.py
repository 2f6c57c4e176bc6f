"""Make the virtual environment in which everything else runs.

    python3 scripts/environment.py .venv

Installs the versions of ``requirements.lock``, then this repository (editable). It runs with
the system's Python and nothing but its standard library, so that it can say what is missing.
uv installs what is the same for everybody, in a twentieth of pip's time. PyTorch is left to pip,
beside it: pip keeps its own settings, and told where to find a CPU build, it takes that one. Where
uv cannot be had, or reaches no index, pip installs all of it. What they print goes to
``install.log`` in the environment.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
# What is hardly ever imported, and compiled when it is: a third of the time for all of it.
UNCOMPILED = r"/(tests?|testing|sympy)/|torch/(_inductor|_dynamo|distributed|onnx|ao|_refs)/"


def quiet(*command: str | Path) -> bool:
    """Run a command without its output and return whether it succeeded."""
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return run.returncode == 0


def stop(message: str) -> None:
    sys.exit(f"environment: {message}")


def make(folder: Path) -> Path:
    """Return the interpreter of the environment in `folder`, made where it does not work."""
    python = folder / "bin" / "python"
    if python.exists() and not quiet(python, "-m", "pip", "--version"):
        shutil.rmtree(folder)  # left over from an interrupted run or a removed Python
    if not python.exists():
        print(f"environment: {folder} with Python {sys.version.split()[0]}", flush=True)
        if not quiet(sys.executable, "-m", "venv", folder):
            stop(f"{sys.executable} -m venv {folder} failed")
    return python


class Installer:
    """Installs pins of the lock into an environment, and keeps what is said meanwhile."""

    def __init__(self, python: Path, folder: Path) -> None:
        self.python, self.folder = python, folder
        self.log = folder / "install.log"
        self.log.write_text("", encoding="utf-8")

    def install(self, pins: list[str]) -> None:
        """Install all of it, whichever way works; stop with what pip said if none does."""
        torch = [pin for pin in pins if pin.startswith("torch==")]
        others = [pin for pin in pins if pin not in torch]
        [uv] = [pin for pin in pins if pin.startswith("uv==")]
        if not self._pip([uv]):
            self._or_stop(self._pip(pins))
            return
        with ThreadPoolExecutor() as pool:
            of_torch = pool.submit(self._pip, torch)
            if not self._uv(others):
                print("  uv could not install the packages, now pip", flush=True)
                self._or_stop(self._pip(others))
            self._or_stop(of_torch.result())

    def _uv(self, pins: list[str]) -> bool:
        target = ["--python", str(self.python), "--no-deps", "--no-progress"]
        return self._run([self.folder / "bin" / "uv", "pip", "install", *target, *pins])

    def _pip(self, pins: list[str]) -> bool:
        # The lock holds all that is needed; to look for more takes pip minutes.
        options = ["--no-deps", "--no-compile", "--progress-bar", "off"]
        return self._run([self.python, "-m", "pip", "install", *options, *pins])

    def _run(self, command: list[str | Path]) -> bool:
        with self.log.open("a", encoding="utf-8") as output:
            run = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT)
        return run.returncode == 0

    def _or_stop(self, succeeded: bool) -> None:
        if not succeeded:
            lines = self.log.read_text(encoding="utf-8").splitlines()
            tail = [line for line in lines if re.search("error", line, re.IGNORECASE)][-5:]
            message = ["the packages could not be installed:", *tail, f"All of it: {self.log}"]
            stop("\n".join(message))


def pins_of(lock: Path) -> list[str]:
    """Return the pins of a lock file."""
    return [line for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line]


def main(arguments: list[str]) -> None:
    if sys.version_info < OLDEST:
        stop(
            f"Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}. "
            "Name another one: make PYTHON=/path/to/python3"
        )
    started = time.monotonic()
    folder = Path(arguments[0])
    python = make(folder)
    pins = pins_of(LOCK)
    print(f"  installing {len(pins)} packages", flush=True)
    Installer(python, folder).install(pins)
    editable = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e"]
    if subprocess.run([python, *editable, str(ROOT)]).returncode:
        stop("pip could not install this repository")
    print("  compiling", flush=True)  # on all cores, instead of on one at every first import
    quiet(python, "-m", "compileall", "-q", "-j", "0", "-x", UNCOMPILED, folder / "lib")
    print(f"environment: ready after {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
