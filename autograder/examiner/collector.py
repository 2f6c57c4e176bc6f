"""The object `check` while tests run: it keeps what it is given, and nothing is compared yet."""

from typing import Any

import numpy as np

from autograder.examiner.errors import Fault
from autograder.examiner.events import (
    AgreementAsked,
    CutShort,
    Event,
    HiddenLoaded,
    OutputShown,
    PropertySeen,
    Refused,
    SummaryAsked,
    ValueGiven,
)
from autograder.examiner.outputs import Output, stream
from autograder.examiner.remote import Remote
from unrolled.checks.kinds import NotebookChecks
from unrolled.checks.values import NotPlainError, Plain, plain

# More numbers than any check has expected of anybody.
MAX_NUMBERS = 2**18
_LEFT_OUT = "Comparisons with PyTorch are left out when a notebook is graded.\n"


class Collector(NotebookChecks):
    """Stands in for a notebook's checks and keeps what they are given, in order.

    Attributes:
        events: what was kept.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []

    @property
    def being_graded(self) -> bool:
        """Whether the notebook runs to be graded: it does."""
        return True

    def __call__(self, name: str, value: Any) -> None:
        """Keep a value."""
        self.events.append(ValueGiven(str(name), reduced(value)))

    def that(self, name: str, condition: Any) -> None:
        """Keep whether a property holds."""
        self.events.append(PropertySeen(str(name), bool(condition)))

    def load_hidden(self, packed: str) -> None:
        """Keep recorded values for the judge."""
        self.events.append(HiddenLoaded(packed))

    def import_torch(self) -> None:
        """Leave the comparison out, and say so."""
        self.events.append(OutputShown([stream(_LEFT_OUT)]))

    def agrees(self, name: str, mine: Any, theirs: Any, tolerance: float = 1e-10) -> None:
        """Keep both values."""
        asked = AgreementAsked(str(name), reduced(mine), reduced(theirs), tolerance)
        self.events.append(asked)

    def summary(self) -> None:
        """Keep that the summary was asked for."""
        self.events.append(SummaryAsked())

    def show(self, outputs: list[Output]) -> None:
        """Keep what was shown."""
        self.events.append(OutputShown(outputs))

    def cut_short(self, fault: Fault) -> None:
        """Keep why a test ended here."""
        self.events.append(CutShort(fault))


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
