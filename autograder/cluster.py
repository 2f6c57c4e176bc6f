"""A Dask cluster whose workers grade: processes of this machine, or a cluster that stands already.

Bytes go to the workers and results come back as they are ready, never more than a few at a time. A
worker that dies is replaced, and its submission is given to another one.
"""

import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, cast
from uuid import uuid4

import dask
from dask.system import CPU_COUNT
from distributed import (
    Client,
    KilledWorker,
    LocalCluster,
    Security,
    Worker,
    WorkerPlugin,
    as_completed,
    get_worker,
)
from distributed.utils import get_mp_context

from autograder.audit import code_digest
from autograder.errors import CourseError
from autograder.grading import TRIES, Bundle
from autograder.pool import Job, Outcome, Where, failed, grade_job, require_isolation
from autograder.sandbox import Sandbox, SandboxUnavailable

# Submissions on their way for each worker: enough to keep it busy, few enough to keep memory flat.
_WAITING = 3
# A grading that takes this many times the limit of a submission has come to a standstill.
_STANDSTILL = 3
_STANDSTILL_CODE = 70

_CONFIG = {
    # What was graded where a worker died comes back, and is tried again by itself.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-saturation": 1.0,
    # What a submission may use is limited by its box.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # One process imports everything, and workers are forks of it.
    "distributed.worker.multiprocessing-method": "forkserver",
}
_PRELOAD = ["distributed", "autograder.cluster", "autograder.examiner"]


class Cluster:
    """Workers that grade submissions of one assignment. They start while the caller goes on.

    Args:
        bundle: the assignment.
        count: how many submissions to expect.
        where: on how many processes, or at which scheduler.
    """

    def __init__(self, bundle: Bundle, count: int, where: Where) -> None:
        # Workers of this machine run this very code.
        self._holder = Holder(bundle, where.confined, code_digest() if where.scheduler else "")
        self._count, self._where = count, where
        self._open = ExitStack()
        self._thread = ThreadPoolExecutor(1)
        self._client: Future[Client] | None = None

    def __enter__(self) -> "Cluster":
        self._client = self._thread.submit(self._started)
        if not self._where.scheduler:
            try:
                require_isolation(self._holder.bundle.limits, self._where.confined)
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *details: object) -> None:
        self._thread.shutdown(wait=True)
        self._open.close()

    def grade(self, jobs: Iterator[Job]) -> Iterator[Outcome]:
        """Grade all jobs, a few at a time; outcomes come in any order.

        Raises:
            CourseError: there are no workers, or they cannot isolate.
        """
        assert self._client is not None
        client = self._client.result()
        if self._where.scheduler:
            client.run(_wait_for_sandbox, self._holder.name)
        room = self._room(client)
        for tries_left in reversed(range(TRIES)):
            failed = []
            for job, outcome in _graded(client, self._holder.name, jobs, room):
                if tries_left and outcome.graded is None and not outcome.damaged:
                    failed.append(job)
                else:
                    yield outcome
            # What ends a worker is held against all that waited there. Alone, each shows what it
            # does.
            jobs, room = iter(failed), 1

    def _room(self, client: Client) -> int:
        return _WAITING * max(1, sum(client.nthreads().values()))

    def _started(self) -> Client:
        self._open.enter_context(dask.config.set(_CONFIG))
        address = self._where.scheduler or self._local()
        try:
            client = Client(address, timeout="30s", set_as_default=False)
        except (OSError, ValueError) as error:
            raise CourseError(
                f"{address}: no Dask scheduler answers ({error}); see that it runs, and that this "
                "machine can reach it"
            ) from None
        self._open.callback(client.close)
        client.register_plugin(self._holder, name=self._holder.name)
        if self._where.scheduler:
            self._open.callback(client.unregister_worker_plugin, self._holder.name)
        return client

    def _local(self) -> LocalCluster:
        get_mp_context().set_forkserver_preload(_PRELOAD)
        folder = tempfile.TemporaryDirectory(prefix="unrolled-")
        cluster = LocalCluster(
            n_workers=min(self._where.workers or CPU_COUNT, self._count),
            threads_per_worker=1,
            processes=True,
            memory_limit=0,
            # No pages about what is going on, and no fixed port for them.
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            # A worker runs what it is told, and anybody on this machine can reach a local port.
            security=Security.temporary(),
            protocol="tls://",
            local_directory=self._open.enter_context(folder),
            silence_logs=logging.CRITICAL,
        )
        self._open.callback(cluster.close)
        return cluster


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
        if self._code and self._code != code_digest():
            raise CourseError(
                f"{worker.address}: has another version of the packages unrolled and autograder; "
                "install this one there"
            )
        self._sandbox = Sandbox(self.bundle.limits, self._confined)
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
        longest = _STANDSTILL * self.bundle.limits.wall_per_submission + 60
        watch = threading.Timer(longest, os._exit, (_STANDSTILL_CODE,))
        watch.daemon = True
        watch.start()
        # Nothing is raised: a client waits for ever for an exception that cannot be sent.
        try:
            self.wait()
            return grade_job(self.bundle, job, self._sandbox)
        except SandboxUnavailable as error:
            return Outcome(job.student, reason=str(error), stop=True)
        except BaseException as error:
            return Outcome(job.student, reason=failed(error))
        finally:
            watch.cancel()


def _wait_for_sandbox(holder: str, dask_worker: Worker) -> None:
    cast(Holder, dask_worker.plugins[holder]).wait()


def _grade(holder: str, job: Job) -> Outcome:
    """Grade one submission; this runs in a worker."""
    return cast(Holder, get_worker().plugins[holder]).grade(job)


def _graded(
    client: Client, holder: str, jobs: Iterator[Job], room: int
) -> Iterator[tuple[Job, Outcome]]:
    """Send jobs, as long as there is room for more; each with its outcome, as they come."""
    waiting: dict[Any, Job] = {}
    results = as_completed(loop=client.loop)

    def send(job: Job) -> None:
        future = client.submit(_grade, holder, job, pure=False)
        waiting[future] = job
        results.add(future)

    for job in jobs:
        send(job)
        if len(waiting) < room:
            continue
        yield _next(results, waiting)
    while waiting:
        yield _next(results, waiting)


def _next(results: as_completed, waiting: dict[Any, Job]) -> tuple[Job, Outcome]:
    future = next(results)
    job = waiting.pop(future)
    try:
        outcome: Outcome = future.result()
    except KilledWorker:
        outcome = Outcome(job.student, reason="it ended each process that graded it")
    except Exception as error:
        outcome = Outcome(job.student, reason=failed(error))
    if outcome.stop:
        raise SandboxUnavailable(outcome.reason)
    return job, outcome
