"""Build the website with warnings as errors: jupyter-book build . -W -n --keep-going

    python scripts/site.py

Pages whose inputs have changed run again (see refresh_pages.py). Shown are the pages as they are
read, run and written, and what follows the first warning. All of it is in _build/site.log.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from refresh_pages import ROOT, refresh
from run_pages import run

COLOUR = re.compile(r"\x1b\[[\d;]*m")
READS = re.compile(r"(reading|writing) (?:sources|output)\.\.\. \[ *\d+%\] (\S+)")
RUNS = re.compile(r"([^/]+): (Executing|Executed) notebook.*?([\d.]+ seconds)?(?: \[mystnb\])?$")
TROUBLE = re.compile(r"WARNING|ERROR|Exception|Traceback|Error:")
# Where in the libraries an exception passed; the failing cell and its own traceback stay.
FRAME = re.compile(r'  File "|    |Traceback|The above|The full traceback|Please also|A bug report')


def shorter(line: str) -> str:
    """Return what a line of the build tells a reader, or nothing."""
    if match := READS.match(line):
        return f"{match[1]} {match[2]}"
    if match := RUNS.search(line):
        return f"ran {match[1]} in {match[3]}" if match[3] else f"running {match[1]}"
    return ""


def build() -> int:
    """Build the site and return jupyter-book's exit code."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", ".", "-W", "-n", "--keep-going"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    trouble = False
    with (ROOT / "_build" / "site.log").open("w", encoding="utf-8") as log:
        for raw in process.stdout:
            line = COLOUR.sub("", raw.rstrip())
            log.write(line + "\n")
            trouble = trouble or bool(TROUBLE.search(line))
            shown = (not FRAME.match(line) and line) if trouble else shorter(line)
            if shown:
                print(f"  {shown}", flush=True)
    return process.wait()


def main() -> int:
    started = time.monotonic()
    for page in refresh():
        print(f"site: what {page} imports or reads has changed", flush=True)
    print("site: running pages", flush=True)
    for page in run():
        print(f"  {page}", flush=True)
    print("site: building", flush=True)
    if build():
        # A page that was read is not read again, and its warning would not be seen again.
        shutil.rmtree(ROOT / "_build" / ".doctrees", ignore_errors=True)
        print("site: failed; the first warning above says where, _build/site.log the rest")
        return 1
    print(f"site: _build/html/index.html after {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
