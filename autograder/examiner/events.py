"""What tests did with the object `check`, one class for each thing that a notebook may call.

The judge matches on these classes and leaves none out: a type checker sees to that, so that a new
kind of check cannot pass without being judged.
"""

from dataclasses import dataclass
from typing import Any

from autograder.examiner.errors import Fault
from autograder.examiner.outputs import Output


class Refused:
    """Stands for a value that is no plain one; `plain` refuses it with these words.

    Args:
        words: what it is, after "yours is".
    """

    def __init__(self, words: str) -> None:
        self.words = words


@dataclass(frozen=True)
class ValueGiven:
    """A check was given a value.

    Attributes:
        name: of the check.
        value: reduced to a plain value, or refused.
    """

    name: str
    value: Any


@dataclass(frozen=True)
class PropertySeen:
    """A property was found to hold or not."""

    name: str
    holds: bool


@dataclass(frozen=True)
class HiddenLoaded:
    """Recorded values of hidden checks were handed over, packed."""

    packed: str


@dataclass(frozen=True)
class AgreementAsked:
    """A value was to be held against an independent computation."""

    name: str
    mine: Any
    theirs: Any
    tolerance: float


@dataclass(frozen=True)
class SummaryAsked:
    """The summary was asked for."""


@dataclass(frozen=True)
class OutputShown:
    """Something was shown: by the tests, or by the student's functions while tests ran."""

    outputs: list[Output]


@dataclass(frozen=True)
class CutShort:
    """The test came to its end before its time."""

    fault: Fault


Event = (
    ValueGiven
    | PropertySeen
    | HiddenLoaded
    | AgreementAsked
    | SummaryAsked
    | OutputShown
    | CutShort
)
