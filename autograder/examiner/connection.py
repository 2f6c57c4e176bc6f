"""The conversation with one box: requests out, answers in, and nothing believed."""

import time
from collections.abc import Callable
from typing import Any

from autograder.errors import CourseError
from autograder.examiner import arguments
from autograder.examiner.errors import BoxLost, CellStopped, student_error
from autograder.examiner.remote import Remote
from autograder.inside import wire
from autograder.limits import MIB, Limits
from autograder.sandbox.box import Box
from autograder.sandbox.stops import Stop, Stopped

# What a test may ask of a box, and be asked by it, before it is taken for endless.
MAX_STEPS = 20_000
_MAX_DEPTH = 8
_LONGEST = 10_000
# A new count of time is begun when the last one is this old, as a share of the shortest limit;
# looking at what the box uses takes longer than most cells.
_COUNT_SHARE = 1 / 60
# Each word that a box answers with, and the number of parts behind it; see `inside.serve`.
_PARTS = {"shown": 1, "names": 1, "done": 3, "raised": 6, "too large": 0, "call": 4}
Answer = tuple[str, list[Any]]


class Connection:
    """One box and the objects in it that tests have seen.

    Args:
        box: an open box.
        limits: of the submission.

    Attributes:
        lost: whether the box can no longer be used.
        setup: what setup cells have bound on both sides, by its id here: its name, and itself.
        on_output: called with what the student's code shows while tests run.
    """

    def __init__(self, box: Box, limits: Limits) -> None:
        self.lost = False
        self.setup: dict[int, tuple[str, Any]] = {}
        self.on_output: Callable[[Any], None] = lambda outputs: None
        self._box = box
        self._encoder = wire.Encoder(self._stand_in, layout=True)
        most = limits.reply + limits.output_per_cell + MIB
        self._decoder = wire.Decoder(self._value_of, limit=most)
        self._callbacks: list[Callable[..., Any]] = []
        self._of = ""
        self._nodes: list[Any] = []
        self._steps = self._depth = 0
        self._count_for = _COUNT_SHARE * min(limits.cpu_per_cell, limits.wall_per_cell)
        self._counted = time.monotonic()

    def begin(self) -> None:
        """Begin a cell or a part of a test, with its own share of time and steps."""
        self._steps = self._depth = 0
        now = time.monotonic()
        if now - self._counted > self._count_for:
            self._box.begin()
            self._counted = now

    def run(self, number: int, source: str, setup: list[str]) -> Any:
        """Run a cell.

        Returns:
            Its outputs, not yet looked at.

        Raises:
            CellStopped: it was stopped at a limit; `outputs` is what it had shown before.
            BoxLost: and the box with it.
        """
        self.begin()
        try:
            word, parts = self._exchange(self._encoder.encode("run", number, source, setup))
        except Stopped as stop:
            if not stop.alive:
                raise self._lose(stop.reason, stop.detail) from None
            error = CellStopped(stop.reason)
            word, parts = self._answer_after(stop)
            error.outputs = parts[0] if word == "shown" else []
            raise error from None
        if word != "shown":
            raise self._lose(Stop.PROTOCOL)
        return parts[0]

    def keep(self, key: str) -> None:
        """Have the box remember its namespace under a key.

        Raises:
            BoxLost: it does not answer any more.
        """
        try:
            self._box.send(self._encoder.encode("keep", key))
        except Stopped as stop:
            raise self._lose(stop.reason, stop.detail) from None

    def names(self, key: str, seed: int, names: tuple[str, ...], show: bool) -> dict[str, Any]:
        """Go back to a namespace; what these names mean in it, for those that mean something.

        Args:
            key: under which it was kept.
            seed: for all random generators.
            names: the names.
            show: whether to tell what the student's code shows from here on.

        Raises:
            CellStopped: the box does not answer as it should.
        """
        self._of, self._nodes = "", []
        word, parts = self._ask(self._encoder.encode("begin", key, seed, list(names), show))
        found: dict[str, Any] = {}
        if word != "names" or type(parts[0]) is not list:
            raise self._malformed()
        for pair in parts[0]:
            if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
                raise self._malformed()
            name, value = pair
            if name not in names:
                raise self._malformed()
            if isinstance(value, Remote):
                value = Remote(self, value._remote_handle, name)
            found[name] = value
        return found

    def do(self, of: str, operation: str, *args: Any, **keywords: Any) -> Any:
        """Have something done in the box.

        Args:
            of: what the operation is about, for messages.
            operation: one of `objects.OPERATIONS`.
            args, keywords: its arguments. Those that the student's code changes in place are
                changed here too.

        Raises:
            Exception: what the student's code has raised, as Python's nearest class.
            CellStopped: it does not come to an end, or not to a proper one.
        """
        self._of = of
        payload = self._encoder.encode("do", operation, args, keywords)
        nodes = self._nodes = self._encoder.nodes
        word, parts = self._ask(payload)
        if word == "too large":
            raise CellStopped(Stop.REPLY, of)
        if word == "done":
            value, changes, outputs = parts
        elif word == "raised":
            classes, name, text, places, changes, outputs = parts
            value = self._exception(classes, name, text, places, of)
        else:
            raise self._malformed()
        self.on_output(outputs)
        if not arguments.changed_all(nodes, changes):
            raise self._malformed()
        if word == "raised":
            raise value
        return value

    def close(self) -> None:
        """Kill the box."""
        self.lost = True
        self._box.close()

    def _ask(self, payload: bytes) -> Answer:
        """Send a request and wait for the answer; limits become CellStopped."""
        of = self._of
        if self.lost:
            raise CellStopped(Stop.STALE, of)
        try:
            self._step()
            return self._exchange(payload)
        except Stopped as stop:
            # Inside a callback the box is in the middle of something that it will not finish.
            if not stop.alive or self._depth:
                self._lose(stop.reason)
                raise CellStopped(stop.reason, of, detail=stop.detail) from None
            word, parts = self._answer_after(stop)
            places = arguments.places(parts[3]) if word == "raised" else None
            raise CellStopped(stop.reason, of, places or ()) from None
        except BoxLost as lost:
            raise CellStopped(lost.reason, of) from None

    def _exchange(self, payload: bytes) -> Answer:
        self._box.send(payload)
        while True:
            word, parts = self._decode(self._box.receive())
            if word != "call":
                return word, parts
            self._call_back(*parts)

    def _decode(self, frame: bytes) -> Answer:
        """An answer, of which the word and the number of parts are certain, and nothing else."""
        try:
            values = self._decoder.decode(frame)
        except wire.WireError:
            raise self._lose(Stop.PROTOCOL) from None
        # Not by comparing: what arrives may be an object that refuses to be compared.
        if not values or type(values[0]) is not str or _PARTS.get(values[0]) != len(values) - 1:
            raise self._lose(Stop.PROTOCOL)
        return values[0], values[1:]

    def _answer_after(self, stop: Stopped) -> Answer:
        """The answer that came after an interrupt; a box that gave none is closed."""
        try:
            word, parts = self._decode(stop.frame or b"")
        except BoxLost:
            return "", []
        if word == "call":
            self._lose(stop.reason)
        return word, parts

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            if self._depth:
                self._lose(Stop.STEPS)
            raise CellStopped(Stop.STEPS, self._of)

    def _call_back(self, number: Any, args: Any, keywords: Any, outputs: Any) -> None:
        """Call a function of the tests that was given to the student's code."""
        if [type(number), type(args), type(keywords)] != [int, list, dict]:
            raise self._lose(Stop.PROTOCOL)
        if not 0 <= number < len(self._callbacks) or not {str}.issuperset(map(type, keywords)):
            raise self._lose(Stop.PROTOCOL)
        of, nodes = self._of, self._nodes
        self.on_output(outputs)
        self._depth += 1
        try:
            if self._depth > _MAX_DEPTH:
                raise CellStopped(Stop.STEPS, of)
            self._step()
            answer = ["return", self._callbacks[number](*args, **keywords)]
        except CellStopped:
            self._lose(Stop.STEPS)
            raise
        except Exception as error:
            answer = ["raise", arguments.builtin_class(error), str(error)]
        finally:
            self._depth -= 1
            self._of, self._nodes = of, nodes
        self._box.send(self._encoder.encode(*answer))

    def _exception(self, classes: Any, name: Any, text: Any, places: Any, of: str) -> Exception:
        found = arguments.places(places)
        well_formed = (
            type(classes) is list
            and all(type(kind) is str for kind in classes)
            and type(name) is str
            and len(name) <= wire.MAX_NAME
            and type(text) is str
            and len(text) <= _LONGEST
        )
        if found is None or not well_formed:
            raise self._malformed()
        return student_error(classes, name, text, found, of)

    def _lose(self, reason: Stop, detail: str = "") -> BoxLost:
        if not self.lost:
            self.lost = True
            self._box.close()
        return BoxLost(reason, detail)

    def _malformed(self) -> CellStopped:
        self._lose(Stop.PROTOCOL)
        return CellStopped(Stop.PROTOCOL, self._of)

    def _value_of(self, thing: wire.Handle | wire.Given) -> Any:
        if isinstance(thing, wire.Given):
            # An IndexError is a malformed answer, as the decoder takes it.
            return self._nodes[thing.number]
        return Remote(self, thing, self._of)

    def _stand_in(self, value: Any) -> wire.StandIn:
        """What stands for an argument that is not plain."""
        if isinstance(value, Remote):
            if value._remote_connection is not self:
                raise CellStopped(Stop.STALE, value._remote_of)
            handle: wire.Handle = value._remote_handle
            return handle
        if id(value) in self.setup:
            return wire.Named(self.setup[id(value)][0])
        known = arguments.known(value)
        if known is not None:
            return known
        if callable(value):
            self._callbacks.append(value)
            return wire.Callback(len(self._callbacks) - 1)
        raise CourseError(
            f"a test gives `{self._of}` a value of type {type(value).__name__}, which cannot be "
            "sent to the sandbox; give numbers, text, arrays, lists, dicts or functions"
        )
