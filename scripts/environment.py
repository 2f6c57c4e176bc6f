"""Make the virtual environment in which everything else runs.

    python3 scripts/environment.py .venv

Installs the versions of ``requirements.lock``, then this repository (editable). It runs with
the system's Python and nothing but its standard library, so that it can say what is missing.
pip keeps its own settings: told where to find a CPU build of PyTorch, it takes that one. What
pip prints goes to ``install.log`` in the environment.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"


class Counter:
    """A line that counts: rewritten in place on a terminal, printed every fifth elsewhere."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.shown = what, total, 0
        self.terminal = sys.stdout.isatty()

    def show(self, count: int) -> None:
        count = min(count, self.total)
        step = 1 if self.terminal else self.total // 5
        if count < self.shown + step and not (self.shown < count == self.total):
            return
        self.shown = count
        last = count == self.total or not self.terminal
        start = "\r" if self.terminal else ""
        end = "\n" if last else ""
        print(f"{start}  {self.what} {count} of {self.total} packages", end=end, flush=True)


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


def install(python: Path, folder: Path) -> None:
    """Install the locked packages and show how far it has come."""
    pins = sum("==" in line for line in LOCK.read_text(encoding="utf-8").splitlines())
    log = folder / "install.log"
    packages = python.parent.parent / "lib"
    command = [python, "-m", "pip", "install", "--no-compile", "--progress-bar", "off"]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [*command, "-r", LOCK], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        found, fetching = 0, Counter("found", pins)
        assert process.stdout is not None
        for line in process.stdout:
            output.write(line)
            if line.startswith(("Collecting", "Processing", "Requirement already satisfied")):
                found += " (from " not in line.replace(" (from -r ", "")
                fetching.show(found)
            elif line.startswith("Installing collected packages"):
                threading.Thread(target=count_installed, args=(process, packages, pins)).start()
        if process.wait():
            tail = [x for x in log.read_text(encoding="utf-8").splitlines() if "ERROR" in x][-5:]
            stop("\n".join(["pip could not install the packages:", *tail, f"All of it: {log}"]))


def count_installed(process: subprocess.Popen[str], packages: Path, total: int) -> None:
    """Count what lies in `packages` until pip is done."""
    installed = Counter("installed", total)
    while process.poll() is None:
        installed.show(sum(1 for _ in packages.glob("python*/site-packages/*.dist-info")))
        time.sleep(0.5)
    if process.returncode == 0:
        installed.show(total)


def main(arguments: list[str]) -> None:
    if sys.version_info < OLDEST:
        stop(
            f"Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}. "
            "Name another one: make PYTHON=/path/to/python3"
        )
    started = time.monotonic()
    folder = Path(arguments[0])
    python = make(folder)
    install(python, folder)
    editable = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e"]
    if subprocess.run([python, *editable, str(ROOT)]).returncode:
        stop("pip could not install this repository")
    print("  compiling", flush=True)  # on all cores, instead of on one at every first import
    quiet(python, "-m", "compileall", "-q", "-j", "0", folder / "lib")
    print(f"environment: ready after {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
