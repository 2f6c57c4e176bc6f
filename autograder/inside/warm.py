"""The fork server: it has imported what notebooks use, and forks a child for each submission.

    python -m autograder.inside.warm ORDER

ORDER is JSON. It names the modules to import, and the inherited socket on which orders come, one
line of JSON each:

    {"join": 1}    a socket comes with it, on which orders are taken from now on as on this one
    {"open": 7}    a child is made; the answer comes with one end of a connection to it
    {"end": 7}     the child has been killed or has ended; the answer tells how, once it is gone

Each answer is one line. Who hangs up loses the children that were asked for there; when the first
socket is closed, it is over.

No submission's data pass through this process: files and orders go to the child on its connection.
"""

import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.inside import confine, forking, frames, syscalls

# Many short orders may have come while modules were imported.
_LONGEST_ORDERS, _MOST_SOCKETS = 1 << 16, 250
# Exit code of a child that could not be set up; it has told why on its connection.
NOT_SET_UP = 70


def main() -> None:
    """Obey orders until the connection is closed."""
    order = json.loads(sys.argv[1])
    control = socket.socket(fileno=order["control"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    confined = order["confined"]
    stage = "confine"
    try:
        if confined:
            confine.settle()
            order["filter"] = syscalls.filter_code()
        else:
            confine.die_with_parent()
        stage = "import"
        for name in order["imports"]:
            importlib.import_module(name)
        server = importlib.import_module(order["server"])
        server.prepare()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        forking.make_cheap()
        # A child starts with what this process holds, and may have so much more.
        data = confine.data_size()
        order["limits"]["data"] = data + order["limits"]["memory"] if data else 0
        if confined:
            confine.hide()
    except Exception as error:
        _answer(control, {"error": f"{type(error).__name__}: {error}", "stage": stage})
        return
    _answer(control, {"ready": True})
    _Boxes(control, order, server).serve()


class _Boxes:
    """The children, by the connection and the number under which they were asked for."""

    def __init__(self, control: socket.socket, order: dict[str, Any], server: ModuleType) -> None:
        self._order, self._server = order, server
        self._controls: list[socket.socket] = []
        self._confined: bool = order["confined"]
        self._children: dict[tuple[socket.socket, int], int] = {}
        self._waiting = selectors.DefaultSelector()
        self._join(control)

    def serve(self) -> None:
        """Obey until the first connection is closed."""
        while self._controls[0].fileno() >= 0:
            for ready, _ in self._waiting.select():
                ready.data(ready.fileobj)

    def _join(self, control: socket.socket) -> None:
        self._controls.append(control)
        self._waiting.register(control, selectors.EVENT_READ, self._obey)

    def _obey(self, control: socket.socket) -> None:
        lines, sockets, _, _ = socket.recv_fds(control, _LONGEST_ORDERS, _MOST_SOCKETS)
        if not lines:
            self._hang_up(control)
        for request in map(json.loads, lines.splitlines()):
            if "join" in request:
                self._join(socket.socket(fileno=sockets.pop(0)))
            elif "open" in request:
                self._open(control, request["open"])
            else:
                self._end(control, self._children.pop((control, request["end"])))

    def _open(self, control: socket.socket, number: int) -> None:
        try:
            child = confine.fork() if self._confined else os.fork()
        except (OSError, confine.CannotConfine) as error:
            _answer(control, {"error": f"no process can be started: {error}"})
            return
        if not child:
            self._waiting.close()
            _child(control, self._controls, self._order, self._server)
        self._children[control, number] = child

    def _end(self, control: socket.socket, child: int) -> None:
        """Tell how a child ended, once it has; meanwhile others are served, where that can be."""
        try:
            handle = os.pidfd_open(child)
        except (AttributeError, OSError):
            self._reap(control, child)
            return

        def gone(handle: int) -> None:
            self._waiting.unregister(handle)
            os.close(handle)
            self._reap(control, child)

        self._waiting.register(handle, selectors.EVENT_READ, gone)

    def _reap(self, control: socket.socket, child: int) -> None:
        # In a namespace everything ends with the first process; else what stayed in its group.
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        if not self._confined:
            _kill_group(child)
        _, status, usage = os.wait4(child, 0)
        if control.fileno() >= 0:
            _answer(control, {"status": status, "cpu": usage.ru_utime + usage.ru_stime})

    def _hang_up(self, control: socket.socket) -> None:
        self._waiting.unregister(control)
        control.close()
        is_over = control is self._controls[0]
        for place in [place for place in self._children if is_over or place[0] is control]:
            child = self._children.pop(place)
            os.kill(child, signal.SIGKILL)
            self._reap(control, child)


def _kill_group(child: int) -> None:
    with suppress(OSError):
        os.killpg(child, signal.SIGKILL)


def _answer(control: socket.socket, answer: dict[str, Any], *descriptors: int) -> None:
    line = json.dumps(answer).encode() + b"\n"
    # Who has gone meanwhile is seen to hang up.
    with suppress(ConnectionError):
        if descriptors:
            socket.send_fds(control, [line], list(descriptors))
        else:
            control.sendall(line)


def _child(
    control: socket.socket, controls: list[socket.socket], order: dict[str, Any], server: ModuleType
) -> None:
    """Set up the child and serve the submission; never returns."""
    code = NOT_SET_UP
    try:
        # A signal to its own group of processes goes past namespaces, to other children too.
        os.setsid()
        try:
            connection, theirs = socket.socketpair()
            _answer(control, {"pid": os.getpid()}, theirs.fileno())
        except OSError as error:
            _answer(control, {"error": f"no connection: {error}"})
            os._exit(code)
        # Their numbers will mean other files here.
        for socket_of_the_parent in (theirs, *controls):
            socket_of_the_parent.detach()
        connection = confine.only_this_connection(connection)
        reader = frames.Reader(connection)
        try:
            _set_up(reader, order)
        except Exception as error:
            frames.write(connection, f"{type(error).__name__}: {error}".encode())
            os._exit(code)
        frames.write(connection, b"")
        code = 1
        server.serve(connection, reader, order["settings"])
        code = 0
    finally:
        os._exit(code)


def _set_up(reader: frames.Reader, order: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    limits = order["limits"]
    if order["confined"]:
        confine.shut_in(limits, order["keep"], order["filter"])
    else:
        confine.die_with_parent()
        os.chdir(reader.read().decode())
        tempfile.tempdir = os.environ["TMPDIR"] = os.environ["HOME"] = os.getcwd()
        confine.set_limits(limits)
    for name in json.loads(reader.read()):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(reader.read())


if __name__ == "__main__":
    main()
