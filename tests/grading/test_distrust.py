"""Whatever a box says: no point is gained, nothing hidden is told, and the examiner goes on.

The suite tries some hundreds of made-up conversations. To try 10,000, and see the count:

    EXAMPLES=10000 pytest tests/grading/test_distrust.py -s
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, cast

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examined import NAME, SHORT, Exam, Seen, grade, sandboxes, small

from autograder.examiner import examine
from autograder.examiner.outputs import Sieve
from autograder.inside import wire
from autograder.limits import Limits
from autograder.sandbox.box import Box
from autograder.sandbox.stops import Stop, Stopped

EXAMPLES = int(os.environ.get("EXAMPLES", "500"))
COUNT: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def boxes() -> Iterator[None]:
    with sandboxes():
        yield
    print(f"\nexamples tried: {dict(COUNT)}")


# Liars.

SUM = small(
    "def f(x):\n    return x.sum()",
    "x = np.arange(6.0)\ncheck('sum', f(x))\ncheck.that('positive', f(x + 1) > 0)",
    hidden="check('hidden', f(x * 7919.25))\ncheck.that('near', abs(f(x) - x.sum()) < 1e-6)",
)
LIARS = {
    "an object equal to everything": """
class Any:
    def __eq__(self, o): return True
    __lt__ = __gt__ = __le__ = __ge__ = __ne__ = __eq__
    def __sub__(self, o): return 0.0
    __rsub__ = __sub__
    def __float__(self): return 0.0
    def __getattr__(self, n): return self
    def __call__(self, *a, **k): return self
def f(x): return Any()
""",
    "an array with its own ufuncs": """
class Array(np.ndarray):
    def __array_ufunc__(self, *a, **k): return np.zeros(())
    def __array_function__(self, *a, **k): return True
    def __eq__(self, o): return True
def f(x): return np.zeros(()).view(Array)
""",
    "a tensor with its own functions": """
import torch
class Tensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *a, **k): return True
def f(x): return torch.zeros(()).as_subclass(Tensor)
""",
    "a float of its own": """
class Float(float):
    def __sub__(self, o): return 0.0
    def __eq__(self, o): return True
    def __gt__(self, o): return True
def f(x): return Float(0)
""",
    "a true of its own": """
class Int(int):
    def __bool__(self): return True
    def __eq__(self, o): return True
def f(x): return Int(0)
""",
    "a text of its own": """
class Text(str):
    def __eq__(self, o): return True
    __hash__ = None
def f(x): return Text("15")
""",
    "a class that pretends": """
class Float:
    __class__ = float
    def __float__(self): return 15.0
    def __gt__(self, o): return True
def f(x): return Float()
""",
    "shapes that broadcast": "def f(x): return np.zeros((1, 1, 0))",
    "the right number in another shape": "def f(x): return np.full(6, x.sum())",
    "not a number": "def f(x): return np.nan",
    "infinity": "def f(x): return np.inf",
    "an array of objects": "def f(x): return np.array([x.sum()], dtype=object)",
    "a generator": "def f(x):\n    while True:\n        yield x.sum()",
    "the visible value": "def f(x): return 15.0",
    "numpy.testing patched": """
import numpy.testing
numpy.testing.assert_allclose = lambda *a, **k: None
np.allclose = lambda *a, **k: True
np.isclose = lambda a, b, **k: np.ones(np.shape(b), bool)
def f(x): return 0.0
""",
    "builtins patched": """
import builtins
builtins.abs = lambda x: 0.0
builtins.isinstance = lambda *a: True
builtins.AssertionError = type("Quiet", (BaseException,), {})
def f(x): return 0.0
""",
    "modules poisoned": """
import sys, types
for name in list(sys.modules):
    if name.startswith(("unrolled", "autograder.inside.wire", "msgpack")):
        sys.modules[name] = types.ModuleType(name)
def f(x): return 0.0
""",
    "asserts dropped": """
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Expr(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Drop())
def f(x): return 0.0
""",
    "traced": """
import sys
def trace(frame, event, arg):
    frame.f_locals["right"] = True
    return trace
sys.settrace(trace)
def f(x): return 0.0
""",
    "exit handlers": """
import atexit, os
atexit.register(lambda: print("all points"))
os.register_at_fork(after_in_child=lambda: print("all points"))
def f(x): return 0.0
""",
    "the shell rewritten": """
shell = get_ipython()
shell.run_cell = shell.run_cell_async = shell.showtraceback = lambda *a, **k: None
def f(x): return 0.0
""",
    "the check replaced": """
class Yes:
    def __call__(self, *a, **k): pass
    def __getattr__(self, name): return self
check = Yes()
def f(x): return 0.0
""",
    "the checks patched": """
from unrolled.checks import session
session.Checks.__call__ = session.Checks.that = lambda *a, **k: None
def f(x): return 0.0
""",
    "an exception that is a verdict": """
from unrolled.checks.session import CheckFailed
from unrolled.checks.show import Verdict
def f(x): raise CheckFailed(Verdict("sum", True, ("holds",)))
""",
    "the arguments rewritten": "def f(x):\n    x[...] = 0.0\n    return 0.0",
    "a fork that answers too": """
import os
def f(x):
    os.fork()
    return 0.0
""",
}


@pytest.mark.parametrize("work", LIARS.values(), ids=LIARS.keys())
def test_a_liar_gains_nothing(work: str) -> None:
    verdict = grade(SUM, f"import numpy as np\n{work}").verdicts["test"]
    assert not verdict.passed
    assert verdict.message


def test_a_result_that_nbgrader_would_take_for_points_is_none() -> None:
    """nbgrader reads partial credit out of a result in a tests cell."""
    outputs = [
        {"output_type": "execute_result", "data": {"text/plain": "1.0"}, "metadata": {}},
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": []},
        {"output_type": "stream", "name": "stderr", "text": "x"},
    ]
    kinds = [o.output_type for o in Sieve(100, in_tests=True).take(outputs)]
    assert kinds == ["display_data", "stream"]


# Nothing hidden is told.

SECRETS = ("7919.25", "6311.75")


def secret(number: str) -> Exam:
    return small(
        "def f(x, factor):\n    return (x * factor).sum()",
        "x = np.arange(6.0)\ncheck('visible', f(x, 3.0))",
        hidden=f"check('hidden', f(x[:3], {number}))\ncheck.that('less', f(-x, {number}) < 0)",
    )


IF = "def f(x, factor):\n    if factor != 3.0:\n        {}\n    return (x * factor).sum()"
KEEP = "kept = []\n\n\ndef f(x, factor):\n    {}\n    return (x * 3.0).sum()"
SPIES = {
    "printed": "def f(x, factor):\n    print(x, factor)\n    return 0 * x.sum() + 45",
    "displayed": "def f(x, factor):\n    display(factor)\n    return 45.0",
    "warned": "import warnings\n\n\ndef f(x, factor):\n    warnings.warn(f'{factor}')\n"
    "    return (x * 3.0).sum()",
    "in an exception": IF.format("raise ValueError(f'{factor}')"),
    "in the class of an exception": IF.format("raise type(f'E{factor}', (ValueError,), {})"),
    "in a class that pretends to be Python's": IF.format(
        "raise type(f'E{factor}', (ValueError,), {'__module__': 'builtins'})"
    ),
    "in a line": IF.format("exec(compile('\\n' * int(factor) + 'raise ValueError', 'c', 'exec'))"),
    "in a line of a cell": IF.format(
        "exec(compile('\\n' * int(factor) + 'raise ValueError', f.__code__.co_filename, 'exec'))"
    ),
    "in a type": IF.format("return type(f'T{factor}', (), {})()"),
    "in a shape": IF.format("return np.zeros((int(factor), 0))"),
    "as text": IF.format("return str(factor)"),
    "as keys": IF.format("return {str(factor): 1.0}"),
    "as a wrong number": IF.format("return factor"),
    "in a tuple": IF.format("return (0,) * int(factor)"),
    "in an exit code": "import os\n" + IF.format("os._exit(int(factor) % 199)"),
    "in a key that a test looks up": IF.format("return f.missing[str(factor)]"),
    "kept in a variable": KEEP.format("kept.append(factor)"),
    "kept in a file": KEEP.format("print(factor, file=open('/tmp/kept-by-a-spy', 'a'))"),
    "kept and printed by the next call": KEEP.format("print(kept)\n    kept.append(factor)"),
    "told by a thread": "import threading, time\n\n\n"
    "def f(x, factor):\n"
    "    def tell():\n        time.sleep(0.5)\n        print(factor)\n"
    "    threading.Thread(target=tell, daemon=True).start()\n"
    "    return (x * 3.0).sum()",
    "told on the way to death": "import os\n\n\n"
    "def f(x, factor):\n    print(factor)\n    if factor != 3.0:\n        os._exit(1)\n"
    "    return (x * 3.0).sum()",
    "left for the next box": "import os\n"
    "if os.path.exists('left'):\n    print(open('left').read())\n\n\n"
    "def f(x, factor):\n"
    "    if factor != 3.0:\n"
    "        print(factor, file=open('left', 'w', buffering=1))\n        os._exit(1)\n"
    "    return (x * 3.0).sum()",
}


@pytest.mark.parametrize("work", SPIES.values(), ids=SPIES.keys())
def test_what_a_student_sees_does_not_depend_on_hidden_inputs(work: str) -> None:
    added = {"test": "print('kept', globals().get('kept'))\nprint(In[-1])"}
    seen = [grade(secret(number), f"import numpy as np\n{work}", added) for number in SECRETS]
    assert not seen[0].verdicts["test"].passed
    assert timeless(seen[0]) == timeless(seen[1])
    for number, one in zip(SECRETS, seen, strict=True):
        for sign in (number, number.split(".")[0], "load_hidden", "f(x[:3]"):
            assert sign not in one.everything


def timeless(seen: Seen) -> list[Any]:
    return [seen.everything, *(vars(verdict) for verdict in seen.examined.verdicts)]


def test_a_hidden_failure_tells_the_check_and_no_value() -> None:
    verdict = grade(secret(SECRETS[0]), "def f(x, factor):\n    return 9.0").verdicts["test"]
    assert verdict.message.startswith("✗ visible\n  yours is 9, expected 45")
    verdict = grade(secret(SECRETS[0]), IF.format("return 1.5")).verdicts["test"]
    assert (verdict.check, verdict.hidden) == ("hidden", True)
    assert verdict.message == "✗ hidden\n  the value is not right"


def test_a_hidden_exception_tells_its_class_and_line() -> None:
    work = IF.format("raise IndexError(f'{factor}')")
    verdict = grade(secret(SECRETS[0]), work).verdicts["test"]
    assert verdict.message == "your `f` raised IndexError in line 3 of its cell, in a hidden test"


def test_expected_values_never_go_to_the_box() -> None:
    exam = small(
        "def f(x):\n    return x * 1234.5",
        "check('visible', f(1.0))",
        hidden="check('hidden', f(2.0))\nassert f(2.0) == 2469.0, 'a word to the author'",
    )
    sent: list[bytes] = []

    def box(real: Any) -> Any:
        send = real.send

        def spied(payload: bytes) -> None:
            sent.append(payload)
            send(payload)

        real.send = spied
        return real

    assert grade(exam, "def f(x):\n    return x * (1230 + 4.5)", box=box).verdicts["test"].passed
    everything = b"".join(sent)
    assert len(sent) > 5
    for word in (b"check(", b"load_hidden", b"hidden", b"assert", b"2469", b"author"):
        assert word not in everything
    assert msgpack.packb(2469.0) not in everything
    assert msgpack.packb(1234.5) not in everything


# Boxes that say anything.


class Scripted:
    """A box whose every answer is made up.

    Args:
        answer: gives the answer to a request.
    """

    def __init__(self, answer: Callable[[list[Any]], bytes]) -> None:
        self._answer = answer
        self._requests: list[list[Any]] = []
        self._decoder = wire.Decoder(value_of=lambda thing: thing, trusting=True)
        self.closed = False

    def begin(self) -> None:
        pass

    def send(self, payload: bytes) -> None:
        request = self._decoder.decode(payload)
        if request[0] != "keep":
            self._requests.append(request)

    def receive(self) -> bytes:
        if not self._requests or self.closed:
            raise Stopped(Stop.WALL, "nothing was asked")
        # What is asked for in the middle of a callback is never answered twice.
        return self._answer(self._requests[-1])

    def close(self) -> None:
        self.closed = True


ENCODE = wire.Encoder(stand_in=lambda thing: thing).encode
HANDLE = wire.Handle(0, "function")
# As `f` an honest box would answer this to begin with.
BEGUN = ENCODE("names", [["f", HANDLE]])
SHOWN = ENCODE("shown", [])


def conversation(answers: Callable[[list[Any]], bytes]) -> Seen:
    notebook = SUM.handed_in({})

    def box(spent: float) -> Box:
        return cast(Box, Scripted(answers))

    found = examine(notebook, box, SHORT, NAME, SUM.recorded)
    return Seen(found)


DONE = {
    "nothing": ENCODE(),
    "another word": ENCODE("fine"),
    "the answer to something else": SHOWN,
    "too few parts": ENCODE("done", 15.0),
    "too many parts": ENCODE("done", 15.0, [], [], []),
    "no list of changes": ENCODE("done", 15.0, 1, []),
    "a change of nothing": ENCODE("done", 15.0, [[99, 1]], []),
    "a change before the first": ENCODE("done", 15.0, [[-1, 1]], []),
    "a change into another type": ENCODE("done", 15.0, [[0, [1]]], []),
    "a change of type": ENCODE("done", 15.0, [[1, {"a": 1}]], []),
    "a given value that was not": ENCODE("done", wire.Given(99), [], []),
    "no outputs but a number": ENCODE("done", 0.0, [], 7),
    "outputs of no kind": ENCODE("done", 0.0, [], [1, {"output_type": []}, {1: 2}, {}]),
    "an exception of no class": ENCODE("raised", [], "E", "text", [], [], []),
    "an exception of a class that is none": ENCODE("raised", ["eval"], "E", "", [], [], []),
    "an exception of no text": ENCODE("raised", ["ValueError"], "E", 3, [], [], []),
    "an exception at no place": ENCODE("raised", ["ValueError"], "E", "", 3, [], []),
    "an exception at a place that is none": ENCODE("raised", [], "E", "", [[1, -5, "f"]], [], []),
    "an exception with a page for a name": ENCODE("raised", [], "E" * 9999, "", [], [], []),
    "an exit": ENCODE("raised", ["SystemExit", "BaseException"], "SystemExit", "", [], [], []),
    "an interrupt": ENCODE("raised", ["KeyboardInterrupt"], "KeyboardInterrupt", "", [], [], []),
    "a callback that was not given": ENCODE("call", 0, [], {}, []),
    "a callback before the first": ENCODE("call", -1, [], {}, []),
    "a callback with odd keywords": ENCODE("call", 0, [], {1: 2}, []),
    "an object": ENCODE("done", HANDLE, [], []),
    "too large": ENCODE("too large"),
    "too large, and more": ENCODE("too large", 1),
    "no payload": b"\xff\xfe",
}


@pytest.mark.parametrize("payload", DONE.values(), ids=DONE.keys())
def test_a_made_up_answer_fails_the_test_and_nothing_else(payload: bytes) -> None:
    answers = {"run": SHOWN, "begin": BEGUN, "do": payload}
    verdict = conversation(lambda request: answers[request[0]]).verdicts["test"]
    assert not verdict.passed


@pytest.mark.parametrize(
    "payload",
    [
        ENCODE("names"),
        ENCODE("names", 3),
        ENCODE("names", [3]),
        ENCODE("names", [["f"]]),
        ENCODE("names", [["check", HANDLE]]),
        ENCODE("names", [["np", HANDLE], ["f", HANDLE]]),
        ENCODE("names", [[["f"], HANDLE]]),
        ENCODE("names", [["f", wire.Given(0)]]),
        SHOWN,
        b"",
    ],
)
def test_a_box_cannot_name_what_is_not_the_student_own(payload: bytes) -> None:
    answers = {"run": SHOWN, "begin": payload, "do": ENCODE("done", 15.0, [], [])}
    verdict = conversation(lambda request: answers[request[0]]).verdicts["test"]
    assert (verdict.passed, verdict.reason) == (False, "protocol")


def test_a_callback_that_never_ends_ends_the_test() -> None:
    exam = small(
        "def f(g):\n    return g(1)", "check('called', f(lambda x: x + 1))", hidden="f(np.sum)"
    )
    work = "def f(g):\n    while True:\n        g(1)"
    verdict = grade(exam, work).verdicts["test"]
    assert verdict.reason == "steps"
    assert grade(exam).verdicts["test"].passed


def test_a_callback_in_a_callback_has_an_end() -> None:
    exam = small(
        "def f(g):\n    return 2\n",
        "def g(x):\n    return f(g)\n\n\ncheck('called', f(g))",
    )
    verdict = grade(exam, "def f(g):\n    return g(1)").verdicts["test"]
    assert verdict.reason == "steps"


WORDS = st.sampled_from(["done", "raised", "call", "too large", "shown", "names", "x"])
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.sampled_from(["ValueError", "f", "text/plain", "stream", "output_type", "name", "text"])
    | st.builds(wire.Handle, st.integers(0, 3), st.just("T"))
    | st.builds(wire.Given, st.integers(0, 6)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)
OUTPUTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "output_type": st.sampled_from(["stream", "error", "display_data", "execute_result"])
            | ANYTHING,
            "name": st.sampled_from(["stdout", "stderr"]) | ANYTHING,
            "text": ANYTHING,
            "data": st.dictionaries(st.sampled_from(["text/plain", "a/b", ""]), ANYTHING)
            | ANYTHING,
            "metadata": ANYTHING,
            "ename": ANYTHING,
            "evalue": ANYTHING,
            "traceback": ANYTHING,
        },
    ),
    max_size=3,
)
CHANGES = st.lists(st.tuples(st.integers(0, 4), ANYTHING).map(list), max_size=2)
ANSWERS = (
    st.builds(lambda word, rest: [word, *rest], WORDS, st.lists(ANYTHING, max_size=7))
    | st.builds(lambda *rest: ["done", *rest], ANYTHING, CHANGES | ANYTHING, OUTPUTS)
    | st.builds(
        lambda *rest: ["raised", *rest],
        st.lists(st.sampled_from(["ValueError", "Own", "OSError", "ExceptionGroup"])),
        st.text(max_size=5),
        st.text(max_size=5),
        st.lists(st.tuples(st.integers(), st.integers(), st.text()).map(list), max_size=2),
        CHANGES,
        OUTPUTS,
    )
    | st.builds(lambda values: ["names", values], st.lists(ANYTHING.map(lambda v: ["f", v])))
    | st.builds(lambda outputs: ["shown", outputs], OUTPUTS)
)


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data())
def test_any_conversation_comes_to_an_end_without_a_point(data: st.DataObject) -> None:
    COUNT["conversations"] += 1
    honest = {"run": SHOWN, "begin": BEGUN}

    def answer(request: list[Any]) -> bytes:
        if request[0] in honest and data.draw(st.integers(0, 5)):
            return honest[request[0]]
        drawn: bytes = ENCODE(*data.draw(ANSWERS))
        return drawn

    boxes = 0

    def opened(spent: float) -> Any:
        nonlocal boxes
        boxes += 1
        # A submission that ends every box is stopped by its time; here that is counted.
        if boxes > 6:
            return Scripted(lambda request: ending())
        return Scripted(answer)

    found = Seen(examine(SUM.handed_in({}), opened, Limits(), NAME, SUM.recorded))
    assert not found.verdicts["test"].passed


def ending() -> bytes:
    raise Stopped(Stop.SUBMISSION, "")


BREAKERS = {
    "builtins": "import builtins\nbuiltins.isinstance = lambda *a: True\n"
    "builtins.len = builtins.abs = builtins.all = lambda *a: 0",
    "tracing": "import sys\n\n\ndef trace(frame, event, arg):\n"
    "    frame.f_locals['right'] = 1\n    return trace\n\n\n"
    "sys.settrace(trace)\nsys.setprofile(trace)",
    "modules": "import sys\nfor name in list(sys.modules):\n"
    "    if name.startswith(('autograder', 'msgpack', 'random')):\n        del sys.modules[name]",
    "standard output": "import sys\nsys.stdout = sys.stderr = None",
    "the exception hook": "import sys\nsys.excepthook = sys.displayhook = None",
    "the shell": "get_ipython().events.callbacks.clear()\nget_ipython().display_pub = None",
    "signals": "import signal\nfor number in signal.valid_signals():\n"
    "    try:\n        signal.signal(number, signal.SIG_IGN)\n    except (OSError, ValueError):\n"
    "        pass",
    "the working folder": "import os, tempfile\nos.chdir(tempfile.mkdtemp())\n"
    "os.rmdir(os.getcwd())",
    "the collector": "import gc\ngc.disable()\ngc.set_threshold(1)\ngc.enable()",
    "recursion": "import sys\nsys.setrecursionlimit(120)",
    "another thread": "import threading, time\n"
    "threading.Thread(target=lambda: [print(i) for i in range(10**4)], daemon=True).start()",
}


@pytest.mark.parametrize("work", BREAKERS.values(), ids=BREAKERS.keys())
def test_what_a_cell_breaks_for_itself_does_not_cost_earlier_points(work: str) -> None:
    exam = small("def f(x):\n    return x + 1", "check('f', f(1))", hidden="check('2', f(2))")
    seen = grade(exam, "def f(x):\n    return x + 1", added={"test": work})
    assert seen.verdicts["test"].passed
