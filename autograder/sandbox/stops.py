"""How a box can come to an end before its time."""

import os
import signal
from dataclasses import dataclass
from enum import StrEnum

from autograder.errors import CourseError


class SandboxLost(CourseError):
    """The sandbox itself has failed, which is nobody's fault: try again in a new one."""


class Stop(StrEnum):
    """Why the student's code was stopped; the text is what verdicts and the audit log hold."""

    CPU = "cpu"
    """A cell or test used too much processor time."""
    WALL = "wall"
    """It took too long on the clock."""
    SUBMISSION = "submission"
    """The whole submission took too long."""
    MEMORY = "memory"
    PROCESSES = "processes"
    REPLY = "reply"
    """What it returned was too large."""
    DIED = "died"
    """It ended the Python that ran it."""
    PROTOCOL = "protocol"
    """It disturbed the connection to the grader."""
    STEPS = "steps"
    """A test took too many exchanges with it."""
    STALE = "stale"
    """A test used an object of a box that is no more."""


class Stopped(Exception):
    """A box was stopped at a limit, or is no more.

    Attributes:
        reason: which limit, or how it ended.
        detail: what happened, as the end of a sentence about it: "it was stopped: …".
        alive: whether the box can still be used.
        frame: the answer that came after the program was interrupted, if it did.
    """

    def __init__(
        self, reason: Stop, detail: str, alive: bool = False, frame: bytes | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.alive = alive
        self.frame = frame


@dataclass(frozen=True)
class Ending:
    """How the first process of a box ended: the system's status, and its seconds of CPU."""

    status: int
    cpu: float

    def describe(self) -> str:
        """How it ended, as the end of a sentence."""
        status = self.status
        if os.WIFEXITED(status):
            return f"it ended the Python that ran it (exit code {os.WEXITSTATUS(status)})"
        number = os.WTERMSIG(status)
        names: dict[int, str] = {
            signal.SIGSEGV: "a crash outside Python: segmentation fault",
            signal.SIGBUS: "a crash outside Python: bus error",
            signal.SIGFPE: "a crash outside Python: arithmetic error",
            signal.SIGILL: "a crash outside Python: illegal instruction",
            signal.SIGABRT: "a crash outside Python: abort",
            signal.SIGKILL: "killed, perhaps because the machine had no memory left",
            signal.SIGSYS: "a forbidden system call",
        }
        what = names.get(number)
        return f"it was ended by signal {number}" + (f", {what}" if what else "")
