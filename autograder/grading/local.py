"""Workers on this machine: processes that grade, and share one fork server.

On Linux they are forks of the process that wants them, which has imported all they need, unless it
has threads: a fork has none, and what they had locked would stay locked in it. A worker that dies
is replaced, and its submission is graded again.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Collection
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from multiprocessing.util import Finalize

import autograder.examiner  # noqa: F401  (once, and not in each worker)
from autograder.grading.bundle import Bundle
from autograder.grading.crew import WAITING, Crew, Job, Outcome, grade_watched
from autograder.grading.placement import Placement
from autograder.machine import cores
from autograder.sandbox.sandbox import Sandbox


class Workers(Crew):
    """Workers for one assignment; the caller goes on while they start.

    Args:
        bundle: the assignment.
        count: how many submissions to expect.
        placement: on how many processes.
        sandbox: whose fork server serves all workers; who made it closes it.
    """

    lost = BrokenProcessPool

    def __init__(self, bundle: Bundle, count: int, placement: Placement, sandbox: Sandbox) -> None:
        super().__init__()
        self._bundle, self._confined = bundle, placement.confined
        self._sandbox = sandbox
        self._number = min(placement.workers or cores(), count)
        self.room = WAITING * self._number
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> "Workers":
        self._sandbox.launch()
        # Each worker takes one message, and with it a connection to the fork server.
        self._inbox, outbox = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with outbox:
            for _ in range(self._number):
                _send(outbox, self._sandbox.join())
        self._start_workers(self._inbox)
        return self

    def __exit__(self, kind: object, *details: object) -> None:
        if kind is not None:
            for process in multiprocessing.active_children():
                process.terminate()
        assert self._executor is not None
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._inbox.close()

    def submit(self, job: Job) -> Future[Outcome]:
        """Give a job to the next worker that has time."""
        assert self._executor is not None
        try:
            return self._executor.submit(_grade, job)
        except BrokenProcessPool:
            self._executor.shutdown(wait=False)
            # Those that are left have what was sent to them; new ones start their own sandbox.
            self._start_workers(None)
            return self._executor.submit(_grade, job)

    def wait_for_one(self, futures: Collection[Future[Outcome]]) -> Future[Outcome]:
        """Wait for an outcome, whichever is the next."""
        done, _ = wait(futures, return_when=FIRST_COMPLETED)
        return next(iter(done))

    def _start_workers(self, inbox: socket.socket | None) -> None:
        self._executor = ProcessPoolExecutor(
            self._number,
            mp_context=_context(),
            initializer=_begin,
            initargs=(self._bundle, self._confined, inbox),
        )
        # With the first job all forks are made.
        self._executor.submit(os.getpid)


def _context() -> BaseContext:
    """How to start workers: as forks of this process or, if need be, of a lone one."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _send(outbox: socket.socket, connection: socket.socket | None) -> None:
    if connection is None:
        # There is none: each worker tries by itself, and says why.
        outbox.send(b"-")
        return
    with connection:
        socket.send_fds(outbox, [b"+"], [connection.fileno()])


# What a worker holds: the assignment, and a sandbox.
_held: list[tuple[Bundle, Sandbox]] = []


def _begin(bundle: Bundle, confined: bool, inbox: socket.socket | None) -> None:
    """Make this process a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_grader, name="grader", daemon=True).start()
    sandbox = Sandbox(bundle.limits, confined, imports=bundle.imports)
    Finalize(None, sandbox.close, exitpriority=1)
    _held.append((bundle, sandbox))
    if inbox is not None:
        with inbox:
            for number in socket.recv_fds(inbox, 1, 1)[1]:
                sandbox.adopt(socket.socket(fileno=number))


def _end_with_grader() -> None:
    """End when the process that sends the jobs is gone, which the queue does not tell."""
    grader = multiprocessing.parent_process()
    assert grader is not None
    grader.join()
    os._exit(1)


def _grade(job: Job) -> Outcome:
    bundle, sandbox = _held[0]
    return grade_watched(bundle, job, sandbox)
