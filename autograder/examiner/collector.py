"""The object `check` while tests run: it keeps what it is given, and nothing is compared yet."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.examiner.messages import Fault
from autograder.examiner.outputs import stream
from autograder.examiner.remote import Remote
from unrolled.checks.session import Checks
from unrolled.checks.values import NotPlainError, Plain, plain

# More numbers than any check has expected of anybody.
MAX_NUMBERS = 2**18
_LEFT_OUT = "Comparisons with PyTorch are left out when a notebook is graded.\n"


@dataclass(frozen=True)
class Event:
    """Something that a test did, to be judged later.

    Attributes:
        kind: "value", "property", "load", "agrees", "summary", "output" or "fault".
        name: of the check.
        value: what it was given, reduced to a plain value; a bool for a property; the packed
            values, the outputs, the fault; for "agrees", both values and the tolerance.
    """

    kind: str
    name: str = ""
    value: Any = None


class Refused:
    """Stands for a value that is no plain one; `plain` refuses it with these words.

    Args:
        words: what it is, after "yours is".
    """

    def __init__(self, words: str) -> None:
        self.words = words


class Recorder(Checks):
    """Stands in for a notebook's checks and keeps what they are given, in order.

    Args:
        assignment: the name of the assignment.

    Attributes:
        events: what was kept.
    """

    def __init__(self, assignment: str) -> None:
        super().__init__(assignment)
        self.events: list[Event] = []

    @property
    def being_graded(self) -> bool:
        """Whether the notebook runs to be graded: it does."""
        return True

    def keep(self, kind: str, name: str = "", value: Any = None) -> None:
        """Keep an event."""
        self.events.append(Event(kind, str(name), value))

    def __call__(self, name: str, value: Any) -> None:
        """Keep a value."""
        self.keep("value", name, reduced(value))

    def that(self, name: str, condition: Any) -> None:
        """Keep whether a property holds."""
        self.keep("property", name, bool(condition))

    def load_hidden(self, packed: str) -> None:
        """Keep recorded values for the judge."""
        self.keep("load", value=packed)

    def import_torch(self) -> None:
        """Leave the comparison out, and say so."""
        self.keep("output", value=[stream(_LEFT_OUT)])

    def agrees(self, name: str, mine: Any, theirs: Any, tolerance: float = 1e-10) -> None:
        """Keep both values."""
        self.keep("agrees", name, (reduced(mine), reduced(theirs), tolerance))

    def summary(self) -> None:
        """Keep that the summary was asked for."""
        self.keep("summary")

    def fault(self, fault: Fault) -> None:
        """Keep why a test ended here."""
        self.keep("fault", value=fault)


def reduced(value: Any) -> Any:
    """A copy of a value that `Checks` takes for the same one, or a `Refused`."""
    try:
        value = _settled(value)
        if isinstance(value, np.ndarray) and value.size > MAX_NUMBERS:
            return Refused(f"an array of shape {value.shape}, far larger than asked for")
        found = plain(value)
        if not _room(found, MAX_NUMBERS):
            return Refused("far larger than asked for")
    except NotPlainError as error:
        return Refused(str(error))
    # Whatever NumPy says to numbers and texts that do not go together.
    except Exception:
        return Refused(f"a value of type {type(value).__name__} that holds no plain values")
    # A check says of a wrong value that it came as a tuple.
    return _as_tuple(found) if isinstance(value, tuple) else found


def _settled(value: Any, depth: int = 0) -> Any:
    """The same with the values of objects that hold plain ones, such as named tuples."""
    if isinstance(value, Remote):
        return _content(value)
    if depth < 8 and type(value) in (list, tuple) and any(map(_may_hold, value)):
        return type(value)(_settled(item, depth + 1) for item in value)
    if depth < 8 and type(value) is dict and any(map(_may_hold, value.values())):
        return {key: _settled(item, depth + 1) for key, item in value.items()}
    return value


def _may_hold(item: Any) -> bool:
    return type(item) in (list, tuple, dict, Remote)


def _content(remote: Remote) -> Any:
    try:
        return remote._remote_do("plain", remote)
    # It holds none.
    except Exception:
        return remote


def _room(found: Plain, room: int) -> int:
    """What is left of a number of numbers; 0 or less where a value holds more."""
    if isinstance(found, np.ndarray):
        return room - found.size
    if isinstance(found, (list, dict)):
        for item in found.values() if isinstance(found, dict) else found:
            room = _room(item, room - 1)
            if room <= 0:
                return 0
    return max(room - 1, 0)


def _as_tuple(found: Plain) -> tuple[Any, ...]:
    return tuple(found)
