"""Whether this machine can grade safely: everything that isolation promises is really tried."""

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.limits import GIB, Limits
from autograder.machine import container_name
from autograder.sandbox.box import Box
from autograder.sandbox.sandbox import Sandbox, SandboxUnavailable
from autograder.sandbox.stops import SandboxLost, Stop, Stopped
from autograder.sandbox.visible_files import is_below, python_folders
from autograder.trials import SMALL, TRIALS, Trial

_PROBE = "autograder.inside.probe"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at or tried.

    Attributes:
        name: what, in a few words.
        ok: whether it is as it must be.
        found: what was found, in one line.
        remedy: what to do where it is not ok; else empty.
    """

    name: str
    ok: bool
    found: str
    remedy: str = ""


def examine_machine(limits: Limits | None = None) -> list[Finding]:
    """Look at this machine and try its sandbox. Takes a few seconds, and changes nothing.

    Args:
        limits: the limits that grading uses, to hold the machine's memory against.

    Returns:
        What was found, the cause before what follows from it.
    """
    findings = [_python(), _system(), _bubblewrap(), _user(), _memory(limits or Limits())]
    sandbox = Sandbox(SMALL, server=_PROBE)
    try:
        sandbox.start()
        findings.append(Finding("isolation", True, "a sandbox starts"))
    except SandboxUnavailable as error:
        reason, _, remedy = str(error).partition(": ")
        return [*findings, Finding("isolation", False, reason, remedy)]
    with sandbox:
        findings += [_tried(sandbox, trial) for trial in TRIALS]
    return findings


def _python() -> Finding:
    found = f"{platform.python_version()} in {sys.prefix}"
    ok = sys.version_info >= (3, 11)
    return Finding("Python", ok, found, "" if ok else "install Python 3.11 or newer")


def _system() -> Finding:
    name = container_name()
    place = f", in a {name} container" if name else ""
    found = f"{platform.system()} {platform.release()} on {platform.machine()}{place}"
    ok = sys.platform == "linux"
    return Finding("system", ok, found, "" if ok else "grade on Linux, or in a virtual machine")


def _bubblewrap() -> Finding:
    program = shutil.which("bwrap")
    if not program:
        return Finding("bubblewrap", False, "not installed", "apt-get install bubblewrap")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return Finding("bubblewrap", True, f"{version.stdout.strip()} ({program})")


def _user() -> Finding:
    if os.geteuid() == 0:
        return Finding("user", True, "root; what is graded runs as another user")
    return Finding("user", True, f"an ordinary one (number {os.geteuid()})")


def _memory(limits: Limits) -> Finding:
    """Whether every core can have a submission that uses what it is allowed."""
    cores = os.cpu_count() or 1
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    needed = cores * limits.memory
    found = f"{total / GIB:.1f} GiB for {cores} cores, with {limits.memory / GIB:.3g} GiB each"
    if needed < total:
        return Finding("memory", True, found)
    fitting = max(1, int(total * 0.8 / limits.memory))
    remedy = f"grade with {fitting} workers, or lower c.Limits.memory in nbgrader_config.py"
    return Finding("memory", False, found, remedy)


def _tried(sandbox: Sandbox, trial: Trial) -> Finding:
    try:
        came_of_it = _outcome(sandbox, trial)
    except SandboxLost as error:
        came_of_it = str(error)
    if not came_of_it:
        return Finding(trial.name, True, trial.good)
    remedy = "do not grade here without finding out why; or, trusting all students, --no-sandbox"
    return Finding(trial.name, False, came_of_it, remedy)


def _outcome(sandbox: Sandbox, trial: Trial) -> str:
    """What was not as it has to be; empty if all was."""
    box = sandbox.open({}, limits=trial.limits)
    try:
        answer = _run(box, trial.program)
    except Stopped as stopped:
        return "" if stopped.reason == trial.stops else f"stopped: {stopped.detail}"
    finally:
        box.close()
    if trial.stops:
        return "" if answer.get("raised") == trial.stops else "not limited"
    if "raised" in answer:
        return answer["text"].strip().splitlines()[-1]
    return _listed(answer["result"])


def _run(box: Box, program: str) -> dict[str, Any]:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        tempfile.NamedTemporaryFile() as file,
    ):
        places = [*_private_places(), file.name]
        prelude = f"PLACES = {places!r}\nADDRESS = {server.getsockname()!r}\n"
        box.begin()
        box.send((prelude + program).encode())
        answer = json.loads(box.receive())
    if not isinstance(answer, dict):
        raise Stopped(Stop.PROTOCOL, "its answer is none")
    return answer


def _private_places() -> list[str]:
    """Some of what lies in the home folder and in the course, but for Python's own folders."""
    found: list[str] = []
    for folder in {Path.home(), Path.cwd()}:
        if folder != Path.home() and not (folder / "nbgrader_config.py").exists():
            continue
        names = sorted(str(path) for path in folder.iterdir())
        found += [
            name
            for name in names
            if not any(is_below(shown, name) or is_below(name, shown) for shown in python_folders())
        ]
    return found[:100]


def _listed(result: object) -> str:
    return "open: " + ", ".join(map(str, result)) if isinstance(result, list) and result else ""
