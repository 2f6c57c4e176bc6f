"""Many submissions at once: in this process where they are few, on all cores where they are many.

Workers of this machine are in autograder/grading/local.py, those of a Dask cluster in
autograder/grading/dask.py; either is imported where it is wanted.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from autograder.fast_imports import importing
from autograder.grading.bundle import Bundle
from autograder.grading.crew import Job, Outcome, grade_job
from autograder.grading.placement import Placement
from autograder.sandbox.sandbox import Sandbox

Grade = Callable[[Iterator[Job]], Iterator[Outcome]]


@contextmanager
def pool(
    bundle: Bundle, count: int, placement: Placement, sandbox: Sandbox | None = None
) -> Iterator[Grade]:
    """Start what grades about `count` submissions of an assignment.

    Args:
        bundle: the assignment.
        count: how many submissions to expect.
        placement: on which processes.
        sandbox: one for this assignment that may have been launched; by default a new one.

    Yields:
        A function that grades jobs and gives outcomes as they come, in any order. It takes a job
        only when there is room for it.

    Raises:
        CourseError: the cluster cannot be reached.
    """
    if placement.scheduler:
        from autograder.grading.dask import Cluster

        with Cluster(bundle, placement) as cluster:
            yield cluster.grade
        return
    sandbox = sandbox or Sandbox(bundle.limits, placement.confined, imports=bundle.imports)
    with closing(sandbox):
        if placement.is_alone(count):
            sandbox.start()
            yield lambda jobs: (grade_job(bundle, job, sandbox) for job in jobs)
        else:
            with importing():
                from autograder.grading.local import Workers
            with Workers(bundle, count, placement, sandbox) as workers:
                yield workers.grade
