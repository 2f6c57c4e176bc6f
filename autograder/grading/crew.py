"""Workers as whoever sends them jobs sees them, and what one of them does with a job.

A worker holds a sandbox. It gets the bytes of a submission and gives back its graded notebook; the
gradebook and the course's files are the business of the process that asked.
"""

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from autograder.grading.bundle import Bundle
from autograder.grading.one import TRIES, Graded, grade_submission, patiently
from autograder.sandbox.sandbox import Sandbox, SandboxUnavailable
from autograder.submissions.parse import DamagedSubmission

# Submissions on their way for each worker: enough to keep it busy, few enough to keep memory flat.
WAITING = 3
# A grading that takes this many times the limit of a submission has come to a standstill; on a busy
# machine one takes up to ten times the limit, and tests run beside.
_STANDSTILL = 15
_STANDSTILL_CODE = 70


@dataclass(frozen=True)
class Job:
    """A submission to grade: whose it is, and the bytes of the notebook."""

    student: str
    content: bytes


@dataclass(frozen=True)
class Outcome:
    """What became of a job: a graded submission, or the reason why there is none.

    Attributes:
        student: whose.
        graded: the graded submission.
        reason: for one that could not be graded, why; in one line.
        damaged: whether the reason lies in the file that was handed in.
        stop: whether the reason holds for all, so that none can be graded.
    """

    student: str
    graded: Graded | None = None
    reason: str = ""
    damaged: bool = False
    stop: bool = False


class Crew(ABC):
    """Workers that are sent jobs and send back outcomes.

    Attributes:
        room: how many jobs they are to have at a time.
        lost: what the future of a job raises that ended each worker that had it.
    """

    room: int
    lost: type[Exception]

    def __init__(self) -> None:
        self._waiting: dict[Any, Job] = {}

    @abstractmethod
    def submit(self, job: Job) -> Any:
        """Give a job to a worker; the future of its outcome."""

    @abstractmethod
    def wait_for_one(self, futures: Collection[Any]) -> Any:
        """Wait for one of the futures that were given, whichever is the next."""

    def _send(self, job: Job) -> None:
        self._waiting[self.submit(job)] = job

    def _next(self) -> tuple[Job, Outcome]:
        future = self.wait_for_one(self._waiting)
        job = self._waiting.pop(future)
        try:
            return job, future.result()
        except self.lost:
            return job, Outcome(job.student, reason="it ended each process that graded it")
        except Exception as error:
            return job, Outcome(job.student, reason=failed(error))

    def grade(self, jobs: Iterator[Job]) -> Iterator[Outcome]:
        """Grade all jobs, a few at a time; outcomes come in any order.

        The first ones are sent at once, also if nobody looks at outcomes yet.

        Raises:
            CourseError: there are no workers.
            SandboxUnavailable: they cannot isolate; raised as outcomes are taken.
        """
        for job in islice(jobs, self.room):
            self._send(job)
        return self._outcomes(jobs)

    def _outcomes(self, jobs: Iterator[Job]) -> Iterator[Outcome]:
        for tries_left in reversed(range(TRIES)):
            again = []
            while self._waiting:
                job, outcome = self._next()
                if outcome.stop:
                    raise SandboxUnavailable(outcome.reason)
                if tries_left and outcome.graded is None and not outcome.damaged:
                    again.append(job)
                else:
                    yield outcome
                for following in islice(jobs, 1):
                    self._send(following)
            # What ends a worker is held against all that waited there. Alone, each shows what it
            # does.
            jobs = iter(again)
            for job in islice(jobs, 1):
                self._send(job)


def grade_watched(bundle: Bundle, job: Job, sandbox: Sandbox) -> Outcome:
    """Grade one submission in a worker, which ends itself where that comes to a standstill."""
    longest = _STANDSTILL * bundle.limits.wall_per_submission + 60
    watch = threading.Timer(longest, os._exit, (_STANDSTILL_CODE,))
    watch.daemon = True
    watch.start()
    # Nothing is raised: who asked may wait for ever for an exception that cannot be sent.
    try:
        return grade_job(bundle, job, sandbox)
    except SandboxUnavailable as error:
        return Outcome(job.student, reason=str(error), stop=True)
    except BaseException as error:
        return Outcome(job.student, reason=failed(error))
    finally:
        watch.cancel()


def grade_job(bundle: Bundle, job: Job, sandbox: Sandbox) -> Outcome:
    """Grade one submission; what fails through no fault of its own is tried again.

    Raises:
        SandboxUnavailable: this machine cannot isolate.
    """
    try:
        graded = patiently(lambda: grade_submission(bundle, job.content, sandbox))
    except SandboxUnavailable:
        raise
    except DamagedSubmission as error:
        return Outcome(job.student, reason=str(error), damaged=True)
    except Exception as error:
        return Outcome(job.student, reason=failed(error))
    return Outcome(job.student, graded)


def failed(error: BaseException) -> str:
    """What to say where the machinery, and not the submission, has failed."""
    return f"the grader failed ({type(error).__name__}: {' '.join(str(error).split())})"
