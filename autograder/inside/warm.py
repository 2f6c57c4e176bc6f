"""The warm parent: it has imported what notebooks use, and forks a child for each submission.

    python -m autograder.inside.warm ORDER

ORDER is JSON. It names the modules to import, and the inherited socket on which orders come, one
line of JSON each, and on which each is answered by one line:

    {"open": 7}    a child is made; the answer comes with one end of a connection to it
    {"end": 7}     the child has been killed or has ended; the answer tells how, once it is gone

No submission's data pass through this process: files and orders go to the child on its connection.
"""

import importlib
import json
import os
import resource
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.inside import confine, forking, frames, syscalls

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
    _obey(control, order, server)


def _obey(control: socket.socket, order: dict[str, Any], server: ModuleType) -> None:
    children: dict[int, int] = {}
    lines = control.makefile("rb")
    for line in lines:
        request = json.loads(line)
        if "open" in request:
            try:
                child = confine.fork() if order["confined"] else os.fork()
            except (OSError, confine.CannotConfine) as error:
                _answer(control, {"error": f"no process can be started: {error}"})
                continue
            if not child:
                _child(control, order, server)
            children[request["open"]] = child
        else:
            child = children.pop(request["end"])
            # In a namespace everything ends with the first process; else what stayed in its group.
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
            if not order["confined"]:
                _kill_group(child)
            _, status, usage = os.wait4(child, 0)
            _answer(control, {"status": status, "cpu": usage.ru_utime + usage.ru_stime})
    for child in children.values():
        os.kill(child, signal.SIGKILL)
        if not order["confined"]:
            _kill_group(child)


def _kill_group(child: int) -> None:
    with suppress(OSError):
        os.killpg(child, signal.SIGKILL)


def _answer(control: socket.socket, answer: dict[str, Any], *descriptors: int) -> None:
    line = json.dumps(answer).encode() + b"\n"
    if descriptors:
        socket.send_fds(control, [line], list(descriptors))
    else:
        control.sendall(line)


def _child(control: socket.socket, order: dict[str, Any], server: ModuleType) -> None:
    """Set up the child and serve the submission; never returns."""
    code = NOT_SET_UP
    try:
        try:
            connection, theirs = socket.socketpair()
            _answer(control, {"pid": os.getpid()}, theirs.fileno())
        except OSError as error:
            _answer(control, {"error": f"no connection: {error}"})
            os._exit(code)
        theirs.detach()
        control.detach()
        connection = confine.only_this_connection(connection)
        try:
            _set_up(connection, order)
        except Exception as error:
            frames.write(connection, f"{type(error).__name__}: {error}".encode())
            os._exit(code)
        frames.write(connection, b"")
        code = 1
        server.serve(connection, order["settings"])
        code = 0
    finally:
        os._exit(code)


def _set_up(connection: socket.socket, order: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    limits = order["limits"]
    if order["confined"]:
        confine.shut_in(limits, order["keep"], order["filter"])
    else:
        os.setsid()
        confine.die_with_parent()
        os.chdir(frames.read(connection).decode())
        tempfile.tempdir = os.environ["TMPDIR"] = os.environ["HOME"] = os.getcwd()
        confine.set_limits(limits)
    for name in json.loads(frames.read(connection)):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(frames.read(connection))


if __name__ == "__main__":
    main()
