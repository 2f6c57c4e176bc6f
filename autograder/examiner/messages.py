"""What goes wrong in a test, told to the student: what it was, where, and what to do."""

from types import TracebackType
from typing import Any, Literal, assert_never

from autograder.examiner.errors import (
    CellStopped,
    Fault,
    NotAValueError,
    Place,
    RemoteError,
    StudentError,
)
from autograder.examiner.plan import TESTS_FILE, Plan, Step
from autograder.inside.wire import WireError
from autograder.limits import Limits
from autograder.sandbox.stops import Stop
from autograder.text import size

_SHOWN_PLACES = 5
_SHOWN_LETTERS = 160


def describe(
    error: BaseException, plan: Plan, step: Step, hidden: bool, limits: Limits, why_missing: Any
) -> Fault:
    """Say why a part of a tests cell ended with an exception.

    Args:
        error: the exception.
        plan: the notebook, for the texts of cells.
        step: the tests cell.
        hidden: whether it was a hidden test. Then nothing is said that could quote its inputs.
        limits: of the submission.
        why_missing: gives the sentence about a name that the student should have defined.
    """
    if isinstance(error, CellStopped):
        text = stopped(error.reason, limits, of=f"your `{error.of}`" if error.of else "this test")
        if not hidden:
            # An exit code too is the student's choice, and could tell of a hidden input.
            text += f" ({error.detail})" if error.reason is Stop.DIED and error.detail else ""
            text += _places(plan, error.places)
        return Fault(error.reason, "Stopped", text)
    if isinstance(error, StudentError):
        return _raised(error, plan, hidden)
    if isinstance(error, NotAValueError):
        what = f"your `{error.of}` returned an object" if hidden else str(error)
        return Fault("error", "TypeError", f"{what} where a value is needed: {_RETURN}")
    if isinstance(error, WireError):
        what = "a test gives back to your function what another one returned"
        said = "" if hidden else f": {error}"
        return Fault("error", "ValueError", f"{what}, and it is too large or too deep{said}")
    if isinstance(error, NameError) and error.name in plan.remote:
        return Fault("error", "NameError", why_missing(error.name))
    return _in_test(error, step, hidden)


def _in_test(error: BaseException, step: Step, hidden: bool) -> Fault:
    """Say of an exception of the test itself what it could not go on with."""
    name = type(error).__name__
    if isinstance(error, MemoryError):
        text = "a test ran out of memory with what your function returned: is it far too large?"
        return Fault(Stop.MEMORY, name, text)
    if hidden:
        what = "a hidden test failed"
        if not isinstance(error, AssertionError):
            what = f"a hidden test could not go on with what your function returned ({name})"
        return Fault("error", name, what)
    return Fault("error", name, _cut(f"{name}: {error}") + _test_line(error, step))


_RETURN = "return numbers, text, lists, dicts or arrays"


def stopped(reason: Stop, limits: Limits, of: str) -> str:
    """One sentence about a limit and what may be behind it."""
    match reason:
        case Stop.CPU:
            return (
                f"{of} was stopped after {limits.cpu_per_cell:g} s of CPU: "
                "is there a loop that does not end?"
            )
        case Stop.WALL:
            return f"{of} was stopped after {limits.wall_per_cell:g} s: does it wait for something?"
        case Stop.SUBMISSION:
            return (
                f"the whole notebook took more than {limits.wall_per_submission:g} s, and "
                f"was stopped before {of} came to its end: what takes so long?"
            )
        case Stop.MEMORY:
            return (
                f"{of} used more than {size(limits.memory)} of memory: does a list or an array "
                "grow without end?"
            )
        case Stop.PROCESSES:
            return (
                f"{of} started more than {limits.processes} processes and threads: does it "
                "wait for those that it starts?"
            )
        case Stop.REPLY:
            return (
                f"{of} returned more than {size(limits.reply)}: return what is asked for, "
                "nothing more"
            )
    return _ended(reason, of)


def _ended(reason: Literal[Stop.DIED, Stop.PROTOCOL, Stop.STEPS, Stop.STALE], of: str) -> str:
    """The same where no limit of `c.Limits` was reached."""
    match reason:
        case Stop.DIED:
            return f"{of} ended Python itself: does it call exit, or crash in a library?"
        case Stop.PROTOCOL:
            return f"{of} disturbed the connection over which it is tested"
        case Stop.STEPS:
            return (
                f"{of} took part in too many steps of this test: does a generator or a container "
                "never end?"
            )
        case Stop.STALE:
            return f"{of} returned an object that was lost, because another test ended Python"
    assert_never(reason)


def _raised(error: Any, plan: Plan, hidden: bool) -> Fault:
    # The name of its own class is the student's choice, and could quote a hidden input.
    name = type(error).__name__ if type(error) is not RemoteError else "an exception"
    if hidden:
        places = _found(plan, error.places)
        where = f" in line {places[-1][1]} of its cell" if places else ""
        return Fault("error", name, f"your `{error.of}` raised {name}{where}, in a hidden test")
    if name == "NotImplementedError":
        return Fault("error", name, _cut(f"{name}: {error.text}"))
    said = f": {error.text}" if error.text else ""
    text = _cut(f"your `{error.of}` raised {error.type_name}{said}")
    text += _places(plan, error.places) + _of_tests(plan, error.text)
    return Fault("error", name, text)


def _of_tests(plan: Plan, said: str) -> str:
    """What to say of a name that is there when a student tries, and not when tests run apart."""
    name = said.removeprefix("name '").removesuffix("' is not defined")
    if name not in plan.of_tests:
        return ""
    return f"\n  `{name}` is a name of the tests: a function gets only what it is given"


def _places(plan: Plan, places: tuple[Place, ...]) -> str:
    lines = []
    for step, line in _found(plan, places)[-_SHOWN_PLACES:]:
        text = step.source.split("\n")[line - 1].strip()[:_SHOWN_LETTERS]
        # The student's own cells have no name that means anything.
        nameless = step.key.startswith(("added-", "cell-"))
        cell = f"[{step.number}]" if nameless else f"`{step.key}`"
        lines.append(f"\n  in line {line} of the cell {cell}: {text}")
    return "".join(lines)


def _found(plan: Plan, places: tuple[Place, ...]) -> list[tuple[Step, int]]:
    """The places that exist: code can say that it stands in any line, of any number it knows."""
    found = []
    for number, line, _ in places:
        step = plan.numbered(number)
        if step is not None and line <= step.source.count("\n") + 1:
            found.append((step, line))
    return found


def _test_line(error: BaseException, step: Step) -> str:
    """The line of the tests cell at which it went wrong."""
    line, trace = 0, error.__traceback__
    while isinstance(trace, TracebackType):
        if trace.tb_frame.f_code.co_filename == TESTS_FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    if not line or step.locked is None:
        return ""
    text = step.locked.lines[line - 1].strip()[:_SHOWN_LETTERS]
    return f"\n  in line {line} of this cell: {text}"


def _cut(text: str) -> str:
    return text if len(text) <= 4000 else text[:4000] + " …"
