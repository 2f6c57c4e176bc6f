"""The workers of a Dask cluster, on any number of machines.

Bytes go to the workers and results come back as they are ready, never more than a few at a time. A
worker that dies is replaced by its cluster, and its submission is given to another one.
"""

import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import cast
from uuid import uuid4

import dask
from distributed import (
    Client,
    Future,
    KilledWorker,
    Worker,
    WorkerPlugin,
    as_completed,
    get_worker,
)

from autograder.errors import CourseError
from autograder.gradebook.audit import code_digest
from autograder.grading.bundle import Bundle
from autograder.grading.crew import WAITING, Crew, Job, Outcome, grade_watched
from autograder.grading.placement import Placement
from autograder.sandbox.sandbox import Sandbox, SandboxUnavailable

_PATIENCE = "30s"
# Seconds between two looks at whether there are workers, and for which there may be none.
_LOOK, _WITHOUT = 5.0, 180.0
_CONFIG = {
    # What was graded where a worker died comes back, and is tried again by itself.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-saturation": 1.0,
}


class Cluster(Crew):
    """Workers that grade submissions of one assignment.

    Args:
        bundle: the assignment.
        placement: at which scheduler.
    """

    lost = KilledWorker

    def __init__(self, bundle: Bundle, placement: Placement) -> None:
        super().__init__()
        self._holder = Holder(bundle, placement.confined, code_digest())
        self._address = placement.scheduler
        self._open = ExitStack()

    def __enter__(self) -> "Cluster":
        with ExitStack() as opening:
            opening.enter_context(dask.config.set(_CONFIG))
            client = self._connected()
            opening.callback(client.close)
            client.register_plugin(self._holder, name=self._holder.name)
            opening.callback(client.unregister_worker_plugin, self._holder.name)
            client.run(_wait_for_sandbox, self._holder.name)
            self._client, self._completed = client, as_completed(loop=client.loop)
            self.room = WAITING * max(1, sum(client.nthreads().values()))
            self._open = opening.pop_all()
        return self

    def __exit__(self, *details: object) -> None:
        self._open.close()

    def submit(self, job: Job) -> Future[Outcome]:
        """Give a job to the scheduler."""
        future = self._client.submit(_grade, self._holder.name, job, pure=False)
        self._completed.add(future)
        return future

    def wait_for_one(self, futures: Collection[Future[Outcome]]) -> Future[Outcome]:
        """Wait for an outcome, whichever is the next.

        Raises:
            CourseError: the cluster has had no workers for some minutes. It replaces those that
                die, but not always: Dask's nanny gives up one that dies as it starts.
        """
        last = seen = time.monotonic()
        while not self._completed.has_ready():
            with self._completed.thread_condition:
                self._completed.thread_condition.wait(0.1)
            now = time.monotonic()
            if now - last > _LOOK:
                seen = now if self._client.nthreads() else seen
                last = now
            if now - seen > _WITHOUT:
                raise CourseError(
                    f"{self._address}: no worker is left there; start some, then grade again: what "
                    "was graded is recorded"
                )
        return next(self._completed)

    def _connected(self) -> Client:
        try:
            return Client(self._address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise CourseError(
                f"{self._address}: no Dask scheduler answers ({error}); see that it runs, and that "
                "this machine can reach it"
            ) from None


class Holder(WorkerPlugin):
    """What a worker holds while a class is graded: the assignment and a sandbox."""

    def __init__(self, bundle: Bundle, confined: bool, code: str) -> None:
        self.name = f"autograder-{uuid4().hex}"
        self.bundle, self._confined, self._code = bundle, confined, code

    def setup(self, worker: Worker) -> None:
        """Start the sandbox beside the worker, which goes on with its own start.

        Raises:
            CourseError: the worker's machine has another version of this course.
        """
        if self._code != code_digest():
            raise CourseError(
                f"{worker.address}: has another version of the packages unrolled and autograder; "
                "install this one there"
            )
        self._sandbox = Sandbox(self.bundle.limits, self._confined, imports=self.bundle.imports)
        self._starter = ThreadPoolExecutor(1)
        self._start = self._starter.submit(self._sandbox.start)

    def teardown(self, worker: Worker) -> None:
        """End the sandbox."""
        self._starter.shutdown(wait=True)
        self._sandbox.close()

    def wait(self) -> None:
        """Wait until the sandbox is ready.

        Raises:
            SandboxUnavailable: this machine cannot isolate.
        """
        self._start.result()

    def grade(self, job: Job) -> Outcome:
        """Grade one submission."""
        try:
            self.wait()
        except SandboxUnavailable as error:
            return Outcome(job.student, reason=str(error), stop=True)
        return grade_watched(self.bundle, job, self._sandbox)


def _wait_for_sandbox(holder: str, dask_worker: Worker) -> None:
    cast(Holder, dask_worker.plugins[holder]).wait()


def _grade(holder: str, job: Job) -> Outcome:
    """Grade one submission; this runs in a worker."""
    return cast(Holder, get_worker().plugins[holder]).grade(job)
