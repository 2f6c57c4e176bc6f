"""Boxes to try programs in: what the tests of the sandbox share.

The programs run as students' code would, by the server `autograder.inside.probe`.
"""

import json
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.limits import MIB, Limits
from autograder.sandbox.sandbox import Box, Stopped

ROOT = Path(__file__).resolve().parents[2]
PROBE = "autograder.inside.probe"
# An honest program gets time enough on a machine that is slow, or busy with other things.
LEISURE = Limits(
    cpu_per_cell=120.0,
    wall_per_cell=240.0,
    wall_per_submission=600.0,
    memory=192 * MIB,
    processes=20,
    files=4 * MIB,
    output_per_cell=4096,
    reply=MIB,
)
# For programs that are to be stopped; nothing else is run under these.
LITTLE_CPU = replace(LEISURE, cpu_per_cell=0.3)
LITTLE_TIME = replace(LEISURE, wall_per_cell=0.5)


def answer_of(frame: bytes | None) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(frame or b"{}")
    return answer


def attempt(box: Box, program: str) -> bytes:
    """Run a program as a cell of its own; the frame that comes back."""
    box.begin()
    box.send(textwrap.dedent(program).encode())
    return box.receive()


def run(box: Box, program: str) -> Any:
    """Run a program and return what it left in `result`."""
    answer = answer_of(attempt(box, program))
    assert "raised" not in answer, answer["text"]
    return answer["result"]


def raised(box: Box, program: str) -> str:
    """Run a program that fails, and return the last line of its traceback."""
    return str(answer_of(attempt(box, program))["text"]).strip().splitlines()[-1]


def stopped(box: Box, program: str) -> Stopped:
    """Run a program that has to be stopped."""
    with pytest.raises(Stopped) as caught:
        attempt(box, program)
    return caught.value


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("waited for five minutes")
