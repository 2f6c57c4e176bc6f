"""What the wire is made of: limits, tags, errors, and what stands for values that do not travel."""

import struct
from dataclasses import dataclass
from typing import Any

# Limits on any payload; the number of bytes is the only one that can be set.
MAX_BYTES = 2**26
MAX_DEPTH = 32
MAX_NODES = 1_000_000
MAX_INTEGER = 1024  # bytes; Python prints numbers of this size, and refuses to print larger ones
# Keys that are no text have hashes that can be chosen so that all collide.
MAX_ODD_KEYS = 10_000
MAX_NAME = 80
# Buffers larger than this are given back after use.
KEPT = 2**20

LIST, TUPLE, DICT, SET, FROZENSET = 1, 2, 3, 4, 5
INTEGER, COMPLEX, SLICE, RANGE, ELLIPSIS = 6, 7, 8, 9, 10
ARRAY, DTYPE, HANDLE, GIVEN = 11, 12, 13, 14
# Only the examiner may send these.
AGAIN, CALLBACK, NAMED, KNOWN = 20, 21, 22, 23

COUNT = struct.Struct("<I")
NUMBER = struct.Struct("<Q")
PAIR = struct.Struct("<dd")


class WireError(Exception):
    """A payload is not what it must be, or a value does not fit into one."""


class TooLarge(WireError):
    """A value is larger than a payload may be."""


@dataclass(frozen=True)
class Handle:
    """Stands for an object that stays in the sandbox.

    Attributes:
        number: its number there.
        type_name: the name of its type, printable, at most `MAX_NAME` letters.
    """

    number: int
    type_name: str


@dataclass(frozen=True)
class Given:
    """Stands for one of the values that the examiner has just sent and that can be changed."""

    number: int


@dataclass(frozen=True)
class Callback:
    """Stands for a function that stays with the examiner."""

    number: int


@dataclass(frozen=True)
class Named:
    """Stands for what a setup cell has bound to this name."""

    name: str


@dataclass(frozen=True)
class Known:
    """Stands for a function or type of a library that both sides have."""

    module: str
    name: str


StandIn = Handle | Given | Callback | Named | Known


def type_name(value: Any) -> str:
    """The name of a value's type, fit for a handle."""
    name = str(type(value).__name__)[:MAX_NAME]
    return "".join(letter if letter.isprintable() else "?" for letter in name)
