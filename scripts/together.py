"""Run two or more make targets side by side, each line headed by its target.

    python scripts/together.py site demo

Exits with 1 where one of them fails, after all have ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

WRITING = threading.Lock()


def run(target: str, width: int, failed: list[str]) -> None:
    """Run ``make TARGET`` and pass its lines on."""
    started = time.monotonic()
    process = subprocess.Popen(
        [os.environ.get("MAKE", "make"), "--no-print-directory", target],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    # Universal newlines: a progress bar that rewrites its line gives one line per state.
    for line in process.stdout:
        if line.strip():
            say(target, width, line.rstrip())
    if process.wait():
        failed.append(target)
    result = "failed" if target in failed else "done"
    say(target, width, f"{result} after {time.monotonic() - started:.0f} s")


def say(target: str, width: int, line: str) -> None:
    with WRITING:
        print(f"{target:<{width}} | {line}", flush=True)


def main(targets: list[str]) -> int:
    failed: list[str] = []
    width = max(map(len, targets))
    threads = [threading.Thread(target=run, args=(t, width, failed)) for t in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        print(f"failed: {', '.join(failed)}; `make {failed[0]}` shows it alone", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
