"""What may go wrong while a test runs: errors of the student's code, and limits that it reached."""

from dataclasses import dataclass
from typing import Any, Literal

from autograder.sandbox.stops import Stop

# Place: the number of a cell, a line in it, the name of a function.
Place = tuple[int, int, str]


class StudentError:
    """Part of every exception that stands for one that the student's code has raised.

    Attributes:
        of: what was called.
        type_name: the name of the exception's own class.
        text: what it says.
        places: where it went through the student's cells, the innermost last.
    """

    of: str
    type_name: str
    text: str
    places: tuple[Place, ...]

    def __init__(self, *_: Any) -> None:
        """Python's own exceptions want arguments of all kinds; this one takes any."""

    def __str__(self) -> str:
        return self.text


class RemoteError(StudentError, Exception):
    """An exception of the student's code that is none of Python's own."""


class NotAValueError(TypeError):
    """A test needs a value, and the student's function gave an object."""

    def __init__(self, of: str, type_name: str) -> None:
        super().__init__(f"your `{of}` returned an object of type {type_name}")
        self.of = of


class CellStopped(BaseException):
    """The rest of a test cannot run. Not an Exception, so that tests do not catch it.

    Attributes:
        reason: why.
        of: what was called.
        places: where it was, if it could say.
        detail: how Python ended.
        outputs: what a cell had shown before it was stopped.
    """

    outputs: Any = ()

    def __init__(
        self, reason: Stop, of: str = "", places: tuple[Place, ...] = (), detail: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.of = of
        self.places = places
        self.detail = detail


class BoxLost(Exception):
    """The box is no more, or of no more use.

    Attributes:
        reason: why.
        detail: what happened, in a few words.
    """

    def __init__(self, reason: Stop, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Fault:
    """Why a test did not come to its end.

    Attributes:
        reason: "error", or why the code was stopped.
        name: the name of the error.
        text: what the student is told.
    """

    reason: Stop | Literal["error"]
    name: str
    text: str


_CLASSES: dict[str, type] = {}


def student_error(
    classes: list[str], type_name: str, text: str, places: tuple[Place, ...], of: str
) -> Exception:
    """An exception for a test to catch, of the nearest class that Python itself has."""
    error: Any = _class_for(classes)(text)
    error.of, error.type_name, error.text, error.places = of, type_name, text, places
    result: Exception = error
    return result


def _class_for(classes: list[str]) -> type:
    import builtins

    for name in classes:
        kind: Any = getattr(builtins, name, None)
        usable = isinstance(kind, type) and issubclass(kind, Exception)
        if not usable or kind is Exception or issubclass(kind, BaseExceptionGroup):
            continue
        if name not in _CLASSES:
            _CLASSES[name] = type(name, (StudentError, kind), {})
        return _CLASSES[name]
    return RemoteError
