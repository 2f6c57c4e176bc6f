"""The fork server's process, as the trusted side holds it: orders to it, and its answers."""

import json
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import IO, Any

from autograder.sandbox.stops import SandboxLost

# Python, PyTorch and matplotlib may have to come from a slow disk.
_START_TIMEOUT = 300.0
# A machine may have much else to do.
_ANSWER_TIMEOUT = 300.0
_LONGEST_ANSWER = 1 << 16


class NotStarted(Exception):
    """The fork server did not come up; the text is what it or bubblewrap said."""


class Control:
    """A connection on which a fork server takes orders. For one thread at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self._control = connection
        # It may still be on its way.
        self._timeout = _START_TIMEOUT

    def is_alive(self) -> bool:
        """Whether it still listens."""
        return self._peek(silent=True)

    def _peek(self, silent: bool) -> bool:
        """Whether it has an answer that nobody has read; `silent` if it is there but silent."""
        try:
            self._control.settimeout(0)
            return bool(self._control.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return silent
        except OSError:
            return False

    def join(self) -> socket.socket:
        """A further connection on which it takes orders, for another process."""
        ours, theirs = socket.socketpair()
        try:
            self._control.settimeout(_ANSWER_TIMEOUT)
            with theirs:
                socket.send_fds(self._control, [_line({"join": 1})], [theirs.fileno()])
        except OSError:
            pass  # It is no more, which whoever uses the connection will see.
        return ours

    def ask(self, order: dict[str, Any]) -> tuple[dict[str, Any], socket.socket | None]:
        """Give an order; the answer, and the connection that came with it.

        Raises:
            SandboxLost: there is no answer.
        """
        try:
            self._control.settimeout(self._timeout)
            self._control.sendall(_line(order))
        except OSError as error:
            raise SandboxLost(f"the sandbox does not answer ({error})") from None
        return self._answer()

    def _answer(self) -> tuple[dict[str, Any], socket.socket | None]:
        try:
            self._control.settimeout(self._timeout)
            line, descriptors = b"", []
            while not line.endswith(b"\n") and len(line) < _LONGEST_ANSWER:
                part, found, _, _ = socket.recv_fds(self._control, _LONGEST_ANSWER, 1)
                descriptors += found
                if not part:
                    raise SandboxLost("the sandbox has ended")
                line += part
            connections = [socket.socket(fileno=number) for number in descriptors]
            answer = json.loads(line)
        except (OSError, ValueError) as error:
            raise SandboxLost(f"the sandbox does not answer ({error})") from None
        if not isinstance(answer, dict):
            raise SandboxLost("the sandbox answered nonsense")
        self._timeout = _ANSWER_TIMEOUT
        return answer, connections[0] if connections else None

    def close(self) -> None:
        """Hang up, which ends the boxes that were asked for here."""
        self._control.close()


class ForkServer(Control):
    """The process of a fork server, and the first connection to it."""

    def __init__(
        self, command: list[str], environment: dict[str, str], order: dict[str, Any]
    ) -> None:
        """Start it; `wait` tells when it is ready.

        Raises:
            NotStarted: there is no such command.
        """
        ours, theirs = socket.socketpair()
        super().__init__(ours)
        self._is_starting = True
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115
        order = {**order, "control": theirs.fileno()}
        command = [*command, "autograder.inside.warm", json.dumps(order)]
        with theirs:
            self._process = _start(command, environment, theirs, self._messages)

    def wait(self) -> None:
        """Wait until it is ready.

        Raises:
            NotStarted: it ended or failed before.
        """
        # Whatever comes now, it listens then or has ended.
        self._is_starting = False
        try:
            answer, _ = self._answer()
        except SandboxLost as error:
            message = self._last_message() or str(error)
            self.close()
            raise NotStarted(message) from None
        if "ready" not in answer:
            self.close()
            raise NotStarted(str(answer.get("error", answer)))

    def close(self) -> None:
        """End it and everything in it."""
        if self._is_starting and not self._peek(silent=False):
            # It does not listen yet.
            self._kill()
        super().close()
        self._messages.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()

    def _kill(self) -> None:
        import psutil

        # bubblewrap is another user than what it has started, which therefore outlives it.
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._process.pid)
            for each in (process, *process.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    each.kill()

    def _last_message(self) -> str:
        self._messages.seek(0)
        lines = self._messages.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def _line(order: dict[str, Any]) -> bytes:
    return json.dumps(order).encode() + b"\n"


def _start(
    command: list[str], environment: dict[str, str], inherited: socket.socket, messages: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a process that can live as long as this one.

    bubblewrap dies with the thread that has started it. Ours may be one of a pool, and then it is
    started from one that does nothing else.
    """

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=messages,
            pass_fds=[inherited.fileno()],
            start_new_session=True,
        )

    try:
        if threading.current_thread() is threading.main_thread():
            return start()
        return _from_a_lasting_thread(start)
    except OSError as error:
        raise NotStarted(str(error)) from None


def _from_a_lasting_thread(
    start: Callable[[], subprocess.Popen[bytes]],
) -> subprocess.Popen[bytes]:
    """Call this in a thread that ends with the process it starts."""
    started: Future[subprocess.Popen[bytes]] = Future()

    def run() -> None:
        try:
            process = start()
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(process)
        process.wait()

    threading.Thread(target=run, name="sandbox", daemon=True).start()
    return started.result()
