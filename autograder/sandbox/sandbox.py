"""The sandbox: a fork server shut in by bubblewrap, and from it one box for each submission.

    with Sandbox(limits) as sandbox:
        box = sandbox.open({"data.txt": b"…"})
        box.begin()
        box.send(order)
        answer = box.receive()   # Stopped at a limit
        box.close()

The fork server (autograder/inside/warm.py) has imported what notebooks use; a box is a fork of it
in its own user, process, mount, ipc and net namespaces, with a small file system of its own. What
is watched from outside is in autograder/sandbox/box.py.
"""

import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from autograder import machine
from autograder.errors import CourseError
from autograder.limits import Limits
from autograder.sandbox import visible_files
from autograder.sandbox.box import TORCH_THREADS, Box
from autograder.sandbox.fork_server import Control, ForkServer, NotStarted
from autograder.sandbox.stops import Ending, SandboxLost, Stopped

__all__ = ["Box", "Sandbox", "SandboxLost", "SandboxUnavailable", "Stopped"]

_SERVER = "autograder.inside.serve"
_OPEN_FILES = 256
# The kernel refuses more processes a little later than the watcher stops the box, which can say
# why.
_MARGIN = 8


class SandboxUnavailable(CourseError):
    """This machine, as it is set up, cannot isolate."""


class Sandbox:
    """A fork server, and the boxes that come from it. For one thread at a time."""

    def __init__(
        self,
        limits: Limits,
        confined: bool = True,
        *,
        imports: Iterable[str] = ("matplotlib", "torch"),
        server: str = _SERVER,
        extra: Path | None = None,
    ) -> None:
        """Prepare; nothing is started yet.

        Args:
            limits: what a submission may use.
            confined: isolate. If not, boxes are plain processes with some of the limits, which
                works on any POSIX system and keeps nobody from anything.
            imports: modules to have imported before a box is opened, besides those that all
                notebooks use. PyTorch is worth its second and a half where notebooks use it, and
                each box is opened sooner without.
            server: the module that serves a box: it has `prepare()` and
                `serve(connection, reader, settings)`.
            extra: a Python file that can be imported in the sandbox, for servers of one's own.
        """
        self.limits = limits
        self.confined = confined
        self._imports = list(imports)
        self._server = server
        self._extra = extra
        self._control: Control | None = None
        # Launched, and nobody has waited for it.
        self._launched: ForkServer | None = None
        self._number = 0
        # Without isolation, where the boxes' working folders are; removed at the latest when
        # Python ends.
        self._folders: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> "Sandbox":
        self.start()
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def launch(self) -> None:
        """Begin to start the fork server, without waiting for it."""
        if self._control is None and self._launched is None:
            with suppress(NotStarted, StopIteration):
                self._launched = ForkServer(*next(self._ways()))

    def start(self) -> None:
        """Start the fork server, if it is not running.

        Raises:
            SandboxUnavailable: this machine cannot isolate; one line says why and what to do.
        """
        if self._control is None or not self._control.is_alive():
            self._drop_control()
            self._control = self._started()

    def join(self) -> socket.socket | None:
        """A connection to the launched fork server, for another process to `adopt`.

        It closes with this sandbox. None where nothing could be launched.
        """
        return self._launched.join() if self._launched else None

    def adopt(self, connection: socket.socket) -> None:
        """Open boxes from another process's fork server; where that is lost, from an own one."""
        self.close()
        self._control = Control(connection)

    def close(self) -> None:
        """End the fork server and all that is left of its boxes."""
        self._drop_control()
        if self._launched is not None:
            self._launched.close()
            self._launched = None
        if self._folders is not None:
            self._folders.cleanup()
            self._folders = None

    def _drop_control(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None

    def open(
        self, files: dict[str, bytes], spent: float = 0.0, limits: Limits | None = None
    ) -> Box:
        """Fork a box.

        Args:
            files: files to put into its working folder, by name.
            spent: seconds that earlier boxes of the same submission took.
            limits: what to watch it by; by default the sandbox's. Those that the kernel keeps
                stay the sandbox's.

        Raises:
            SandboxUnavailable: the fork server had to be started and cannot be.
            SandboxLost: the sandbox has failed; to try again may help.
        """
        for name in files:
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise ValueError(f"{name}: not a name inside the box's folder")
        self.start()
        limits = limits or self.limits
        try:
            return self._opened(files, spent, limits)
        except SandboxLost:
            # It may have died since the last box. Once more, from the start.
            self.close()
            self.start()
            return self._opened(files, spent, limits)

    def _opened(self, files: dict[str, bytes], spent: float, limits: Limits) -> Box:
        assert self._control is not None
        control = self._control
        self._number += 1
        number = self._number
        answer, connection = control.ask({"open": number})
        if connection is None:
            raise SandboxLost(f"the sandbox gives no box: {answer.get('error', answer)}")
        folder = None if self.confined else self._new_folder()

        def end() -> Ending:
            try:
                ending, _ = control.ask({"end": number})
                return Ending(int(ending["status"]), float(ending["cpu"]))
            except (KeyError, TypeError, ValueError):
                raise SandboxLost("the sandbox answered nonsense") from None
            finally:
                if folder:
                    shutil.rmtree(folder, ignore_errors=True)

        box = Box(connection, _pid(connection, answer), limits, spent, end)
        try:
            if folder:
                box.send(folder.encode())
            box.send(json.dumps(list(files)).encode())
            for content in files.values():
                box.send(content)
            problem = box.receive()
        except Stopped as stopped:
            box.close()
            raise SandboxLost(f"a box could not be set up: {stopped.detail}") from None
        if problem:
            box.close()
            raise SandboxLost(f"a box could not be set up: {problem.decode(errors='replace')}")
        return box

    def _new_folder(self) -> str:
        if self._folders is None:
            self._folders = tempfile.TemporaryDirectory(
                prefix="unrolled-", ignore_cleanup_errors=True
            )
        return tempfile.mkdtemp(dir=self._folders.name)

    def _started(self) -> ForkServer:
        reasons = []
        for way in self._ways():
            try:
                server, self._launched = self._launched or ForkServer(*way), None
                server.wait()
                return server
            except NotStarted as error:
                reasons.append(str(error))
        if not self.confined:
            raise SandboxUnavailable(f"Python cannot serve notebooks: {reasons[-1]}")
        # An attempt for which nothing was refused has come further, and shows what is wrong.
        told = (reason for reason in reasons if not machine.is_refusal(reason))
        raise SandboxUnavailable(machine.why_not(next(told, reasons[-1] if reasons else "")))

    def _ways(self) -> Iterator[tuple[list[str], dict[str, str], dict[str, Any]]]:
        """The command, environment and order of each way to start the fork server, best first."""
        python = [visible_files.interpreter(), "-P", "-m"]
        if not self.confined:
            environment = {**os.environ, **visible_files.python_environment()}
            yield python, environment, self._order([])
            return
        for way in visible_files.ways() if shutil.which("bwrap") else []:
            command, keep = visible_files.command(way, self._extra)
            yield [*command, "--", *python], visible_files.environment(), self._order(keep)

    def _order(self, keep: list[str]) -> dict[str, Any]:
        limits = self.limits
        by_kernel = self.confined and machine.counts_processes_by_namespace()
        return {
            "confined": self.confined,
            "imports": self._imports,
            "server": self._server,
            "keep": keep,
            "settings": asdict(limits),
            "limits": {
                "cpu": limits.wall_per_submission * (os.cpu_count() or 1) + 1,
                "memory": limits.memory,
                "files": limits.files,
                "tasks": limits.processes + TORCH_THREADS + _MARGIN if by_kernel else 0,
                "open_files": _OPEN_FILES,
            },
        }


def _pid(connection: socket.socket, answer: dict[str, Any]) -> int:
    """The box's process, as it is numbered here."""
    with suppress(AttributeError):
        # The kernel knows who made the connection, and what we call that process.
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int.from_bytes(credentials[:4], sys.byteorder)
    return int(answer["pid"])
