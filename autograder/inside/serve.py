"""The side of the sandbox: it runs the student's cells and does what the examiner asks for.

Requests and answers are payloads of `wire`, each a word and what belongs to it:

    run      number of the cell, its text, names to keep for `Named` -> shown, outputs
    keep     key                                   (no answer) the namespace, as it is now
    begin    key, seed, names, whether to show     -> names, [name, value] pairs
    do       operation, arguments, keywords        -> done or raised

    done     value, changes, outputs
    raised   classes, class, text, places, changes, outputs
    too large                                      a value does not fit into an answer
    call     number of a function of the examiner, arguments, keywords, outputs; the examiner
             answers with `return` and a value or with `raise`, a class and a text, and may send
             requests before that
"""

import builtins
import contextlib
import importlib
import os
import random
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from autograder.inside import frames, warm_up, wire
from autograder.inside.objects import OPERATIONS, Arguments, Held, Objects, describe
from autograder.inside.screen import Screen
from autograder.inside.shell import BoxShell, attach, make_shell


def prepare() -> None:
    """Import what notebooks use and do once what is slow the first time; then fork.

    PyTorch and matplotlib have been imported before where they are wanted.
    """
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    import unrolled.data
    import unrolled.figures  # noqa: F401

    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    shell = make_shell()
    before, output, errors = dict(shell.user_ns), sys.stdout, sys.stderr
    attach(shell, Screen(2**20))
    drawing = warm_up.DRAWING if "matplotlib" in sys.modules else ()
    for source in (*warm_up.WARM, *drawing):
        shell.run(source, 1)
    sys.stdout, sys.stderr = output, errors
    _forget(shell, before)
    _seed(0)  # which imports numpy.random
    _pin_builtins()


def serve(connection: socket.socket, reader: frames.Reader, settings: dict[str, Any]) -> None:
    """Answer requests until the other side hangs up.

    Args:
        connection: to the examiner.
        reader: of this connection.
        settings: `output_per_cell` and `reply`, in bytes.
    """
    _Server(connection, reader, settings).serve()


def _pin_builtins() -> None:
    """Let the modules of this package keep Python's functions, whatever a student makes of them."""
    for name, module in list(sys.modules.items()):
        if name.startswith(__package__):
            for key, thing in vars(builtins).items():
                vars(module).setdefault(key, thing)


def _forget(shell: BoxShell, before: dict[str, Any]) -> None:
    """Make the shell look as if nothing had run."""
    import linecache

    if shell.history_manager is not None:
        shell.history_manager.reset()
    shell.displayhook.flush()
    shell.user_ns.clear()
    shell.user_ns.update(before)
    shell.compile._filename_map.clear()
    for name in [name for name in linecache.cache if name.startswith("<ipython")]:
        del linecache.cache[name]
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    shell.last_execution_result = None


class _Server:
    def __init__(
        self, connection: socket.socket, reader: frames.Reader, settings: dict[str, Any]
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._owner = os.getpid()
        self._screen = Screen(int(settings.get("output_per_cell", 2**20)))
        self._shell = BoxShell.instance()
        attach(self._shell, self._screen)
        self._objects = Objects()
        limit = int(settings.get("reply", wire.MAX_BYTES))
        self._encoder = wire.Encoder(self._objects.stand_in, limit)
        self._decoder = wire.Decoder(self._value_of, trusting=True)
        self._namespaces: dict[str, dict[str, Any]] = {}
        self._setup: dict[str, Any] = {}
        self._show = True
        self._busy = False
        signal.signal(signal.SIGINT, self._interrupt)
        _seed(0)

    def serve(self) -> None:
        while True:
            try:
                request = self._read()
            except EOFError:
                return
            self._answer(request)

    def _read(self) -> list[Any]:
        return self._decoder.decode(self._reader.read())

    def _write(self, payload: bytes) -> None:
        if os.getpid() != self._owner:
            os._exit(0)  # a copy of this process, made by the student's code
        frames.write(self._connection, payload)

    def _answer(self, request: list[Any]) -> None:
        word, *rest = request
        if word == "do":
            self._do(*rest)
        elif word == "run":
            self._run(*rest)
        elif word == "keep":
            self._namespaces[rest[0]] = dict(self._shell.user_ns)
        else:
            self._begin(*rest)

    def _run(self, number: int, source: str, setup: list[str]) -> None:
        self._busy = True
        try:
            self._shell.run(source, number)
        finally:
            self._calm_down()
        names = self._shell.user_ns
        self._setup |= {name: names[name] for name in setup if name in names}
        self._write(self._encoder.encode("shown", self._screen.take()))

    def _begin(self, key: str, seed: int, names: list[str], show: bool) -> None:
        space = self._shell.user_ns
        space.clear()
        space.update(self._namespaces[key])
        self._show = show
        self._screen.take()
        _seed(seed)
        values = [[name, self._sendable(space[name])] for name in names if name in space]
        self._write(self._encoder.encode("names", values))

    def _sendable(self, value: Any) -> Any:
        if callable(value):
            return Held(value)
        try:
            self._encoder.encode(value)
        except Exception:
            return Held(value)
        return value

    def _do(self, operation: str, args: list[Any], keywords: dict[str, Any]) -> None:
        arguments = Arguments(self._decoder.nodes)
        self._busy = True
        try:
            value = OPERATIONS[operation](*args, **keywords)
            self._calm_down()
        except BaseException as error:
            self._calm_down()
            head = ["raised", *describe(error, self._cell_of)]
        else:
            head = ["done", value]
        self._reply(head, arguments)

    def _reply(self, head: list[Any], arguments: Arguments) -> None:
        tail = [arguments.changes(), self._shown()]
        try:
            payload = self._encoder.encode(*head, *tail)
        except wire.TooLarge:
            payload = self._encoder.encode("too large")
        # Not a plain value, or one that holds something which cannot be sent.
        except Exception:
            try:
                payload = self._encoder.encode("done", Held(head[1]), *tail)
            except Exception:
                payload = self._encoder.encode("done", Held(head[1]), [], [])
        self._write(payload)

    def _shown(self) -> list[Any]:
        outputs = self._screen.take()
        return outputs if self._show else []

    def _call_back(self, number: int, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Have a function of the examiner called, and do what it asks for meanwhile."""
        self._busy = False
        call = ["call", number, list(args), keywords, self._shown()]
        self._write(self._encoder.encode(*call))
        while True:
            word, *rest = request = self._read()
            if word == "return":
                self._busy = True
                return rest[0]
            if word == "raise":
                self._busy = True
                raise getattr(builtins, rest[0])(rest[1])
            self._answer(request)

    def _value_of(self, thing: wire.StandIn) -> Any:
        if isinstance(thing, wire.Handle):
            return self._objects.value_of(thing)
        if isinstance(thing, wire.Named):
            return self._setup[thing.name]
        if isinstance(thing, wire.Known):
            found = importlib.import_module(thing.module)
            for part in thing.name.split("."):
                found = getattr(found, part)
            return found
        return _function(self._call_back, thing.number)

    def _cell_of(self, file: str) -> int | None:
        found: int | None = self._shell.compile._filename_map.get(file)
        return found

    def _calm_down(self) -> None:
        """The student's code has come to its end: what it has set up to watch does not watch us."""
        self._busy = False
        sys.settrace(None)
        sys.setprofile(None)

    def _interrupt(self, *_: Any) -> None:
        if self._busy:
            raise KeyboardInterrupt


def _function(call_back: Callable[..., Any], number: int) -> Callable[..., Any]:
    def function(*args: Any, **keywords: Any) -> Any:
        return call_back(number, args, keywords)

    return function


def _seed(seed: int) -> None:
    # Written in Python, and broken where a student has broken what it calls.
    with contextlib.suppress(Exception):
        random.seed(seed)
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        numpy.random.seed(seed)
    if torch is not None:
        # What torch.manual_seed does beyond this is for devices that are not here, and slow.
        torch.default_generator.manual_seed(seed)
