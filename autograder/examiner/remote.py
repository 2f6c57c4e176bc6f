"""Remote names: objects that stand for the student's, and pass on what tests do with them."""

import operator
from collections.abc import Iterator
from typing import Any, NoReturn, Protocol

import numpy as np

from autograder.examiner.errors import NotAValueError
from autograder.inside.wire import MAX_NODES, Handle
from unrolled.checks.values import Opaque

# An object in place of a value could answer what is asked instead of being what is asked for: a
# shape, a sum, an item. So only what a value does not have is asked of it.
_OF_VALUES = frozenset(
    name for kind in (np.ndarray, np.float64, str) for name in dir(kind) if not name.startswith("_")
) | {"detach", "numpy", "cpu"}
_ARITHMETIC = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift"
_FIELDS = ("_remote_connection", "_remote_handle", "_remote_of", "_remote_is_instance")


class Asks(Protocol):
    """The connection to a box, as remote names use it."""

    def do(self, of: str, operation: str, *args: Any, **keywords: Any) -> Any:
        """Have something done in the box, and return its result."""


class Remote(Opaque):
    """Stands for an object in the box.

    A student's function that returns an object where a value is asked for could have the object
    say yes to everything. Therefore comparisons, arithmetic and truth are passed on only for
    instances of the student's classes, whose own operators a test means to test: what calling a
    name with a capital letter gave.
    """

    __array_ufunc__ = None  # NumPy leaves arithmetic with this to the methods below

    def __init__(
        self, connection: Asks, handle: Handle, of: str, is_instance: bool = False
    ) -> None:
        """Stand for an object.

        Args:
            connection: to the box.
            handle: the object there.
            of: the function that it is or came from, for messages.
            is_instance: whether it is an instance of a class that the student was to write.
        """
        values = (connection, handle, of, is_instance)
        for name, value in zip(_FIELDS, values, strict=True):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "type_name", handle.type_name)

    def _remote_do(self, operation: str, *args: Any, **keywords: Any) -> Any:
        return self._remote_connection.do(self._remote_of, operation, *args, **keywords)

    def _remote_not_a_value(self, *_: Any, **__: Any) -> NoReturn:
        raise NotAValueError(self._remote_of, self.type_name)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        result = self._remote_do("call", self, *args, **keywords)
        if isinstance(result, Remote):
            name = self._remote_of
            is_class = name[:1].isupper() and "." not in name and not self._remote_is_instance
            object.__setattr__(result, "_remote_is_instance", is_class)
        return result

    def __getattr__(self, name: str) -> Any:
        # Python and its libraries ask for these to find out what kind of thing this is.
        if name.startswith(("__", "_repr_", "_ipython_")):
            raise AttributeError(name)
        if name in _OF_VALUES and not self._remote_is_instance:
            self._remote_not_a_value()
        result = self._remote_do("getattr", self, name)
        if isinstance(result, Remote):
            object.__setattr__(result, "_remote_of", f"{self._remote_of}.{name}")
        return result

    def __setattr__(self, name: str, value: Any) -> None:
        self._remote_do("setattr", self, name, value)

    def __getitem__(self, key: Any) -> Any:
        if not self._remote_is_instance and type(key) not in (int, str):
            self._remote_not_a_value()
        return self._remote_do("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._remote_do("setitem", self, key, value)

    def __len__(self) -> int:
        length = self._remote_do("len", self)
        # Python sets aside memory for what a container says it holds.
        if type(length) is not int or not 0 <= length <= MAX_NODES:
            self._remote_not_a_value()
        return length

    def __iter__(self) -> Iterator[Any]:
        return _Iterator(self._remote_do("iter", self), self)

    def __next__(self) -> Any:
        return self._remote_do("next", self)

    def __instancecheck__(self, instance: Any) -> bool:
        return (
            isinstance(instance, Remote) and self._remote_do("isinstance", instance, self) is True
        )

    def __hash__(self) -> int:
        return hash(self._remote_handle.number)

    def __repr__(self) -> str:
        return f"<{self.type_name} object in the sandbox>"

    __array__ = __complex__ = __index__ = _remote_not_a_value


class _Iterator:
    """Asks for one item after the other."""

    def __init__(self, remote: Any, origin: Remote) -> None:
        if not isinstance(remote, Remote):
            origin._remote_not_a_value()
        self._remote = remote

    def __iter__(self) -> "_Iterator":
        return self

    def __next__(self) -> Any:
        return next(self._remote)


def _passed_on(name: str, reflected: bool = False) -> Any:
    def method(self: Remote, *others: Any) -> Any:
        if not self._remote_is_instance:
            self._remote_not_a_value()
        operands = (*others, self) if reflected else (self, *others)
        result = self._remote_do(name, *operands)
        if isinstance(result, Remote):
            object.__setattr__(result, "_remote_is_instance", True)
        return result

    return method


def _compared(name: str) -> Any:
    """A comparison: with another instance it is passed on, with a value it is refused."""

    def method(self: Remote, other: Any) -> Any:
        if self is other and name in ("eq", "ne"):
            return name == "eq"
        if not isinstance(other, Remote) or not self._remote_is_instance:
            self._remote_not_a_value()
        return self._remote_do(name, self, other)

    return method


def _checked(name: str, kind: type) -> Any:
    """An operation whose result must be of one type."""

    def method(self: Remote, *others: Any) -> Any:
        if not self._remote_is_instance:
            self._remote_not_a_value()
        result = self._remote_do(name, self, *others)
        if type(result) is not kind:
            self._remote_not_a_value()
        return result

    return method


for _name in _ARITHMETIC.split():
    _operation = _name if hasattr(operator, _name) else f"{_name}_"
    setattr(Remote, f"__{_name}__", _passed_on(_operation))
    setattr(Remote, f"__r{_name}__", _passed_on(_operation, reflected=True))
for _name in ("neg", "pos", "abs", "invert"):
    setattr(Remote, f"__{_name}__", _passed_on(_name))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Remote, f"__{_name}__", _compared(_name))
for _name, _kind in (("bool", bool), ("contains", bool), ("int", int), ("float", float)):
    setattr(Remote, f"__{_name}__", _checked(_name, _kind))
