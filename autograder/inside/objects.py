"""The student's objects as the examiner reaches them: by number, through a list of operations."""

import operator
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from autograder.inside import wire
from autograder.inside.wire import arrays

MAX_MESSAGE = 4000
MAX_FRAMES = 12
_OPERATORS = (
    "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift neg pos abs invert "
    "eq ne lt le gt ge contains getitem setitem delitem"
)


def _call(target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return target(*args, **kwargs)


def _as_plain(value: Any) -> Any:
    """The plain value that an object of a derived class holds."""
    for kind in (tuple, list, dict, set, frozenset):
        if isinstance(value, kind):
            return kind(value)
    raise TypeError("not a plain value")


OPERATIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in _OPERATORS.split()},
    "call": _call,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "isinstance": isinstance,
    "len": len,
    "bool": bool,
    "int": int,
    "float": float,
    "iter": iter,
    "next": next,
    "plain": _as_plain,
}


class Held:
    """Wraps a value that is to stay here, although it could be sent."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Objects:
    """The objects that the examiner knows by number."""

    def __init__(self) -> None:
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}

    def stand_in(self, value: Any) -> wire.Handle | wire.Given:
        """What stands for an object; always the same for the same one."""
        if type(value) is wire.Given:
            return value
        if type(value) is Held:
            value = value.value
        number = self._numbers.setdefault(id(value), len(self._objects))
        if number == len(self._objects):
            self._objects.append(value)
        try:
            name = wire.type_name(value)
        # A metaclass can make the name of a class anything.
        except Exception:
            name = "object"
        return wire.Handle(number, name)

    def value_of(self, handle: wire.Handle) -> Any:
        """The object that a handle stands for."""
        return self._objects[handle.number]


class Arguments:
    """The values given to an operation, and which of them it changes in place.

    Args:
        nodes: all values among the arguments that can be changed, as the examiner numbers them.
    """

    def __init__(self, nodes: list[Any]) -> None:
        self._nodes = nodes
        self._before = [_content(node) for node in nodes]

    def changes(self) -> list[list[Any]]:
        """For each value that is not as it was, its number and what it is now."""
        return [
            [number, self._now(node)]
            for number, (node, before) in enumerate(zip(self._nodes, self._before, strict=True))
            if not _same(before, _content(node))
        ]

    def _now(self, node: Any) -> Any:
        """What a value is now; what it holds of the other values is told by their numbers."""
        numbers = {id(other): number for number, other in enumerate(self._nodes)}

        def item(value: Any) -> Any:
            return wire.Given(numbers[id(value)]) if id(value) in numbers else value

        if type(node) is list:
            return [item(value) for value in node]
        if type(node) is dict:
            return {key: item(value) for key, value in node.items()}
        return node


def _content(node: Any) -> Any:
    """What shows whether a value has changed."""
    kind = type(node)
    if kind is np.ndarray:
        return node.shape, node.tobytes()
    if kind is dict:
        return [*node.keys(), *node.values()]
    if kind is list or kind is set:
        return list(node)
    array, _ = arrays.of_tensor(node)
    return array.shape, array.tobytes()


def _same(before: Any, now: Any) -> bool:
    if type(before) is tuple:
        return bool(before == now)
    # Not by their comparison, which may be the student's own.
    return len(before) == len(now) and all(map(operator.is_, before, now))


def describe(error: BaseException, cells: Callable[[str], int | None]) -> list[Any]:
    """An exception for the examiner.

    Args:
        error: the exception.
        cells: gives the number of the cell that code of this file name stands in.

    Returns:
        The names of Python's own classes that it belongs to, the nearest first; the name of its
        class; its text; its places in the student's cells, the innermost last, each as the number
        of the cell, the line and the name of the function.
    """
    names = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
    try:
        text = str(error)[:MAX_MESSAGE]
    # A student's exception may fail to say what it is.
    except BaseException:
        text = ""
    places: list[list[Any]] = []
    for frame, line in _frames(error.__traceback__):
        cell = cells(frame.f_code.co_filename)
        place = [cell, line, frame.f_code.co_name[: wire.MAX_NAME]]
        if cell is not None and place not in places[-3:]:
            places.append(place)
            if len(places) > MAX_FRAMES:
                del places[MAX_FRAMES // 2]
    return [names, wire.type_name(error), text, places]


def _frames(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
