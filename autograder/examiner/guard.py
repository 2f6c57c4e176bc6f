"""Keeps tests from being led astray by what the student's functions return.

A test runs here and is trusted, but a number that it gets may be the length of a loop, and two
arrays of unlike shapes may stretch each other. So tests have a measure of processor time and of
memory, as the box has.
"""

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.examiner.errors import CellStopped
from autograder.sandbox.stops import Stop

_EVERY = 1.0


class Overrun(CellStopped):
    """A test has used more processor time than one cell may."""

    def __init__(self) -> None:
        super().__init__(Stop.STEPS)


class _Watch(threading.Thread):
    """Looks every second at the threads that run tests, while there are any."""

    def __init__(self) -> None:
        super().__init__(name="examiner", daemon=True)
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._until: dict[int, float] = {}
        self._interrupted: set[int] = set()

    def watch(self, seconds: float) -> None:
        """Watch the calling thread from now on."""
        thread = threading.get_ident()
        with self._lock:
            self._until[thread] = _used(thread) + seconds
            self._some.set()

    def forget(self) -> None:
        """Watch the calling thread no more."""
        thread = threading.get_ident()
        with self._lock:
            self._until.pop(thread, None)
            interrupted = thread in self._interrupted
            self._interrupted.discard(thread)
        if interrupted:
            _let_arrive()

    def run(self) -> None:
        """Interrupt those that have used too much."""
        while True:
            self._some.wait()
            time.sleep(_EVERY)
            with self._lock:
                for thread, until in self._until.items():
                    if _used(thread) > until:
                        self._interrupted.add(thread)
                        _raise_in(thread)
                if not self._until:
                    self._some.clear()


_watch: _Watch | None = None
_watch_lock = threading.Lock()


def _running_watch() -> _Watch:
    global _watch
    with _watch_lock:
        # A fork has no threads but its own.
        if _watch is None or not _watch.is_alive():
            _watch = _Watch()
            _watch.start()
        return _watch


@contextmanager
def time_bound(seconds: float) -> Iterator[None]:
    """Raise Overrun in this thread once it has used so much processor time.

    Args:
        seconds: of processor time, to the second.
    """
    watch = _running_watch()
    watch.watch(seconds)
    try:
        yield
    finally:
        watch.forget()


@contextmanager
def memory_bound(size: int) -> Iterator[None]:
    """Let this process take so many bytes more, and no more than that.

    Larger demands raise MemoryError. On systems other than Linux there is no bound.
    """
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[5])
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = pages * resource.getpagesize() + size
        bounds = [bound for bound in (soft, hard) if bound != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_DATA, (min([wanted, *bounds]), hard))
    except (ImportError, OSError, ValueError):
        yield
        return
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _used(thread: int) -> float:
    """Seconds of processor time that a thread of this process has used."""
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(thread))
    # Not every system counts by thread; there the clock has to do, with time for waiting.
    except (AttributeError, OSError):
        return time.monotonic() / 4


def _raise_in(thread: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Overrun))


def _let_arrive() -> None:
    """Let an Overrun that was raised a moment ago come now, and not later."""
    try:
        for _ in range(1000):
            pass
    except Overrun:
        pass
