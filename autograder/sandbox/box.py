"""One submission's process, as the trusted side holds it: frames to and fro, under watch.

Nothing that comes from a box is believed. Here that means: a frame's length is checked before
memory is set aside for it, and every wait has an end.
"""

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from autograder.inside.frames import HEADER, take
from autograder.limits import MIB, Limits
from autograder.sandbox import usage
from autograder.sandbox.stops import Ending, SandboxLost, Stop, Stopped
from autograder.text import size

# The first look at what a box uses, then one every so often: most answers come before the first.
_FIRST_LOOK, _LOOK = 0.05, 0.1
# A stopped program has this long to answer, so that its traceback says where it was.
_GRACE = 2.0
# A box that has closed its connection has this long to begin to end, and then to be gone.
_END, _GONE = 0.5, 60.0
# On a busy machine a program may take this many times its limit longer.
_BUSY = 9
# What is sent, and mostly also what is received, in one piece.
_CHUNK = 2**16
# PyTorch's own threads: those of two pools, and of the differentiation, on each core.
TORCH_THREADS = 3 * (os.cpu_count() or 1)


class Box:
    """One submission's process. Made by `Sandbox.open`."""

    def __init__(
        self,
        connection: socket.socket,
        pid: int,
        limits: Limits,
        spent: float,
        end: Callable[[], Ending],
    ) -> None:
        """Take over a process.

        Args:
            connection: to the process.
            pid: the process, as this side numbers it.
            limits: what it may use.
            spent: seconds that earlier boxes of the same submission took.
            end: waits for the process to be gone; raises SandboxLost.
        """
        connection.setblocking(False)
        self.pid = pid
        self._connection = connection
        # What has arrived and was not yet asked for.
        self._arrived = bytearray()
        self._readable = select.poll()
        self._readable.register(connection, select.POLLIN)
        self._limits = limits
        self._end = end
        # A number may be given to another process once this one is gone; a descriptor is not.
        self._handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        self._started = time.monotonic() - spent
        self._cpu: float | None = None
        self._seen = 0.0
        self._inherited = usage.usage(pid).memory
        self._next_look = 0.0
        # Why, in words, when, and how long it had waited for a processor by then.
        self._interrupted: tuple[Stop, str, float, float] | None = None
        self.begin()

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the box has used so far.

        In the end of a box that was killed, what its other processes used after the last look is
        missing.
        """
        if self._cpu is None:
            self._seen = max(self._seen, usage.usage(self.pid).cpu)
            return self._seen
        return self._cpu

    @property
    def spent(self) -> float:
        """Seconds on the clock since the submission's first box was opened."""
        return time.monotonic() - self._started

    def begin(self) -> None:
        """Begin a new cell or test: its processor time and time on the clock count from here."""
        self._cell_started = time.monotonic()
        before = usage.usage(self.pid)
        self._cpu_before, self._waited_before = before.cpu, before.waited

    def send(self, payload: bytes) -> None:
        """Send a frame.

        Raises:
            Stopped: a limit was reached before the box had read it all, or the box is no more.
        """
        self._look_later()
        header = HEADER.pack(len(payload))
        # The header alone would wake the box for nothing.
        for part in (header + payload,) if len(payload) < _CHUNK else (header, payload):
            view = memoryview(part)
            while view:
                try:
                    view = view[self._connection.send(view) :]
                except BlockingIOError:
                    poll = select.poll()
                    poll.register(self._connection, select.POLLOUT)
                    self._wait(poll)
                except OSError:
                    self._fail()
        if self._interrupted:
            self._give_up(*self._interrupted[:2])

    def receive(self) -> bytes:
        """Wait for a frame, and watch meanwhile what the box uses.

        Raises:
            Stopped: a limit was reached, the frame is too long, or the box is no more.
        """
        self._look_later()
        self._await(HEADER.size)
        (length,) = HEADER.unpack_from(self._arrived)
        if length > self._limits.reply + self._limits.output_per_cell + MIB:
            self._give_up(Stop.REPLY, f"its answer of {length / MIB:.0f} MiB is too long")
        self._await(HEADER.size + length)
        frame = take(self._arrived, length)
        if self._interrupted:
            reason, detail = self._interrupted[:2]
            self._interrupted = None
            raise Stopped(reason, detail, alive=True, frame=frame)
        return frame

    def close(self) -> None:
        """Kill everything in the box, and wait until it is gone."""
        if self._cpu is None:
            self._kill()
            # Where the sandbox has gone before, so have its boxes.
            with suppress(SandboxLost):
                self._gone()

    def _await(self, count: int) -> None:
        """Wait until so many bytes have arrived."""
        while (missing := count - len(self._arrived)) > 0:
            if self._cpu is not None:
                self._fail()
            self._wait(self._readable)
            try:
                part = self._connection.recv(max(_CHUNK, min(missing, MIB)))
            except BlockingIOError:
                continue
            except OSError:
                part = b""
            if not part:
                self._fail()
            self._arrived += part
            # Bytes that trickle in must not put off the next look.
            if time.monotonic() > self._next_look:
                self._look()

    def _wait(self, poll: select.poll) -> None:
        """Wait until the connection can be used, at most until the next look."""
        while True:
            left = self._next_look - time.monotonic()
            if left <= 0:
                self._look()
            elif poll.poll(left * 1000 + 1):
                return

    def _look_later(self) -> None:
        self._next_look = time.monotonic() + _FIRST_LOOK

    def _look(self) -> None:
        """Compare what the box uses with the limits."""
        began = time.monotonic()
        seen = usage.usage(self.pid)
        self._seen = max(self._seen, seen.cpu)
        self._check_size(seen)
        if not self._interrupted:
            self._check_time(seen, began)
        else:
            reason, detail, when, waited = self._interrupted
            if began - when - _excused(seen.waited - waited, _GRACE) > _GRACE:
                self._give_up(reason, detail)
        # A box with many processes takes long to look at; that must not become all we do.
        now = time.monotonic()
        self._next_look = now + max(_LOOK, 5 * (now - began))

    def _check_size(self, seen: usage.Usage) -> None:
        limits = self._limits
        if seen.tasks > limits.processes + TORCH_THREADS:
            self._give_up(
                Stop.PROCESSES,
                f"it started more than {limits.processes} processes and threads",
            )
        allowed = limits.memory + self._inherited
        if seen.memory > allowed and usage.proportional_memory(self.pid) > allowed:
            self._give_up(Stop.MEMORY, f"it used more than {size(limits.memory)} of memory")

    def _check_time(self, seen: usage.Usage, now: float) -> None:
        limits = self._limits
        elapsed = now - self._cell_started
        elapsed -= _excused(seen.waited - self._waited_before, limits.wall_per_cell)
        total = now - self._started
        total -= _excused(seen.waited, limits.wall_per_submission)
        if seen.cpu - self._cpu_before > limits.cpu_per_cell:
            self._interrupt(Stop.CPU, f"it used {limits.cpu_per_cell:g} s of processor time", seen)
        elif elapsed > limits.wall_per_cell:
            self._interrupt(Stop.WALL, f"it took {limits.wall_per_cell:g} s", seen)
        elif total > limits.wall_per_submission:
            detail = f"the whole notebook took {limits.wall_per_submission:g} s"
            self._interrupt(Stop.SUBMISSION, detail, seen)

    def _interrupt(self, reason: Stop, detail: str, seen: usage.Usage) -> None:
        """Ask the program to stop, as Jupyter's stop button does."""
        self._interrupted = (reason, detail, time.monotonic(), seen.waited)
        self._signal(signal.SIGINT)

    def _give_up(self, reason: Stop, detail: str) -> None:
        self._kill()
        self._gone()
        raise Stopped(reason, detail)

    def _fail(self) -> None:
        """The connection is closed: find out why."""
        if self._cpu is not None:
            raise Stopped(Stop.DIED, "it was ended before")
        ended = self._has_ended()
        if not ended:
            self._kill()
        ending = self._gone()
        if self._interrupted:
            raise Stopped(*self._interrupted[:2])
        if not ended:
            raise Stopped(Stop.PROTOCOL, "it closed its connection to the grader")
        raise Stopped(Stop.DIED, ending.describe())

    def _has_ended(self) -> bool:
        if self._handle is None:
            time.sleep(_END)
            return usage.usage(self.pid).tasks == 0
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        if poll.poll(_END * 1000):
            return True
        # All that it started has to end first, which takes long where all have much to do.
        return usage.is_ending(self.pid) and bool(poll.poll(_GONE * 1000))

    def _kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        try:
            if self._handle is None:
                os.kill(self.pid, number)
            else:
                signal.pidfd_send_signal(self._handle, number)
        except ProcessLookupError:
            pass

    def _gone(self) -> Ending:
        """Wait until the process, and with it all that it started, is gone."""
        self._connection.close()
        if self._handle is not None:
            os.close(self._handle)
        self._cpu = self._seen
        ending = self._end()
        self._cpu = max(self._seen, ending.cpu)
        return ending


def _excused(waited: float, limit: float) -> float:
    """What of the time on the clock does not count, because the processors were busy elsewhere.

    Not all of it: a program can make itself wait.
    """
    return min(waited, _BUSY * limit)
