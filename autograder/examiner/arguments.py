"""What goes to a box and comes back from it, beside plain values."""

import builtins
import math
import sys
from typing import Any

import numpy as np

from autograder.examiner.errors import Place
from autograder.inside import wire

_LIBRARIES = (builtins, math, np)
_LONGEST = 10_000


def builtin_class(error: Exception) -> str:
    """The name of Python's own class that an exception belongs to."""
    names = (kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
    return next(names)


def known(value: Any) -> wire.Known | None:
    """How a function or type of a library is called that both sides have."""
    name = getattr(value, "__name__", None)
    if not callable(value) or not isinstance(name, str):
        return None
    torch = sys.modules.get("torch")
    for library in (*_LIBRARIES, torch):
        if library is not None and getattr(library, name, None) is value:
            return wire.Known(library.__name__, name)
    return None


def places(given: Any) -> tuple[Place, ...] | None:
    """Places in the student's cells, if that is what they are."""
    if type(given) is not list or len(given) > _LONGEST:
        return None
    for place in given:
        if type(place) is not list or [type(part) for part in place] != [int, int, str]:
            return None
        if not 0 < place[0] < _LONGEST or not 0 < place[1] < _LONGEST * 10:
            return None
    return tuple((number, line, name) for number, line, name in given)


def changed_all(nodes: list[Any], changes: Any) -> bool:
    """Change arguments as the student's code has changed its copies; whether that could be.

    Args:
        nodes: the arguments and what they hold, as they were numbered when they were sent.
        changes: pairs of a number and what it is now, if that is what they are.
    """
    if type(changes) is not list:
        return False
    for change in changes:
        if type(change) is not list or len(change) != 2 or type(change[0]) is not int:
            return False
        number, now = change
        if not 0 <= number < len(nodes) or not changed(nodes[number], now):
            return False
    return True


def changed(node: Any, now: Any) -> bool:
    """Make a value what it is now; whether that could be."""
    if type(node) is not type(now):
        return False
    if isinstance(node, np.ndarray):
        if node.dtype != now.dtype or node.shape != now.shape or not node.flags.writeable:
            return False
        node[...] = now
    elif isinstance(node, list):
        node[:] = now
    elif isinstance(node, (dict, set)):
        node.clear()
        node.update(now)
    else:
        if node.dtype != now.dtype or node.shape != now.shape:
            return False
        node.detach().copy_(now)
    return True
