"""Many submissions at once: in this process where they are few, on all cores where they are many.

A worker holds a sandbox. It gets the bytes of a submission and gives back its graded notebook; the
gradebook and the course's files are the business of the process that asked. autograder/cluster.py
has the workers of a Dask cluster.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from autograder.grading import Bundle, Graded, grade_submission, patiently
from autograder.limits import Limits
from autograder.sandbox import Sandbox, SandboxUnavailable
from autograder.submission import DamagedSubmission

# Fewer submissions than this are graded sooner in this process than a cluster has started.
_FEW = 4
_PROBE = "autograder.inside.probe"


@dataclass(frozen=True)
class Where:
    """Where to grade.

    Attributes:
        workers: how many processes on this machine; 0 for one a core.
        scheduler: the address of a Dask cluster to use instead.
        confined: whether the students' code runs in a sandbox.
    """

    workers: int = 0
    scheduler: str = ""
    confined: bool = True


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


Grade = Callable[[Iterator[Job]], Iterator[Outcome]]


@contextmanager
def pool(bundle: Bundle, count: int, where: Where) -> Iterator[Grade]:
    """Start what grades about `count` submissions of an assignment.

    Yields:
        A function that grades jobs and gives outcomes as they come, in any order. It takes a job
        only when there is room for it.

    Raises:
        CourseError: the cluster cannot be reached, or a machine cannot isolate.
    """
    if where.scheduler or (count >= _FEW and where.workers != 1):
        from autograder.cluster import Cluster

        with Cluster(bundle, count, where) as cluster:
            yield cluster.grade
    else:
        with Sandbox(bundle.limits, where.confined) as sandbox:
            yield lambda jobs: (grade_job(bundle, job, sandbox) for job in jobs)


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


def require_isolation(limits: Limits, confined: bool) -> None:
    """See that this machine can isolate, before anything else is done.

    Raises:
        SandboxUnavailable: it cannot; one line says why and what to do.
    """
    if confined:
        # A sandbox that imports nothing is there in no time.
        with Sandbox(limits, server=_PROBE):
            pass
