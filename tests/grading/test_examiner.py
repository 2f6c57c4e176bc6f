"""The examiner: honest work gets what it gets in one process, and each failure says what to do."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import nbformat
import pytest
from support.courses import ROOT, TINY_SOURCE
from support.examined import (
    NAME,
    NARROW,
    SHORT,
    Exam,
    Seen,
    exam,
    grade,
    open_box,
    packed,
    sandboxes,
    small,
)

from autograder.authoring.assignment import Assignment
from autograder.authoring.catalogue import Catalogue, read_catalogue, solution_sources, with_entry
from autograder.authoring.expected import record_once
from autograder.authoring.in_process import run_checks
from autograder.authoring.source import read_assignment
from autograder.cells.markers import hidden_lines
from autograder.course import Course
from autograder.errors import CourseError
from autograder.examiner import examine
from autograder.examiner.plan import Plan
from autograder.inside import wire
from autograder.limits import Limits
from autograder.sandbox.box import Box
from autograder.sandbox.stops import Stop, Stopped
from autograder.submissions.handout import Handout
from unrolled.checks.recorded import Recorded

# A third of the catalogue; with UNROLLED_FULL=1 all of it.
EVERY = 1 if os.environ.get("UNROLLED_FULL") else 3

F = "def f(x):\n    return x + 1"
CHECK = "check('f', f(1))"
PLAIN = small(F, CHECK, hidden="check('f, hidden', f(41))")


@pytest.fixture(scope="module", autouse=True)
def boxes() -> Iterator[None]:
    with sandboxes():
        yield


# Honest work, cell by cell as in one process.


@dataclass
class Work:
    assignment: Assignment
    catalogue: Catalogue
    recorded: Recorded

    def variants(self) -> dict[str, dict[str, str]]:
        """The cells of the solution, the blank notebook, and the catalogue, one entry in EVERY."""
        right = solution_sources(self.assignment)
        released = nbformat.read(self.assignment.paths.released_notebook, as_version=4)
        blank = {
            key: cell.source
            for cell in released.cells
            if (key := cell.metadata.get("nbgrader", {}).get("grade_id")) in right
        }
        entries = [*self.catalogue.alternatives, *self.catalogue.misconceptions][::EVERY]
        named = {entry.name: with_entry(self.assignment, right, entry) for entry in entries}
        return {"solution": right, "blank": blank, **named}

    def examined(self, sources: dict[str, str], experiments: bool = False) -> Seen:
        """A submission; without its experiments, which have nothing to do with marks."""
        source = self.assignment.notebook(packed(self.recorded))
        exam = Exam(Handout.of(source, None).notebook, self.recorded.visible(), self.recorded)
        notebook = exam.handed_in(sources)
        for cell in notebook.cells:
            if "nbgrader" not in cell.metadata and cell.cell_type == "code" and not experiments:
                cell.source = ""
        files = {"checks.json": exam.recorded.to_json().encode()}
        limits, name = Limits(), self.assignment.name
        return Seen(
            examine(notebook, lambda spent: open_box(limits, files), limits, name, exam.recorded)
        )


@pytest.fixture(scope="module")
def work() -> Work:
    """Assignment 2, with the values of all its checks."""
    return work_on("02-vanilla-rnn")


def work_on(name: str) -> Work:
    assignment = read_assignment(Course(ROOT).assignment(name))
    catalogue = read_catalogue(assignment)
    return Work(assignment, catalogue, record_once(assignment, catalogue))


@pytest.mark.slow
@pytest.mark.parametrize("name", Course(ROOT).assignments())
def test_every_variant_of_an_assignment_gets_what_it_gets_in_one_process(name: str) -> None:
    work = work_on(name)
    differences, count = [], 0
    for variant, sources in work.variants().items():
        expected = run_checks(work.assignment, sources, work.recorded)
        found = work.examined(sources).verdicts
        assert found.keys() == expected.keys()
        for cell, verdict in found.items():
            count += 1
            other = expected[cell]
            same = (verdict.passed, verdict.misconceptions) == (other.passed, other.named)
            if verdict.reason:
                # An exception: its class and text are the same, and there is more to read.
                same &= other.message.partition(": ")[2] in verdict.message
            else:
                same &= verdict.message == other.message
            if not same:
                differences.append((variant, cell, verdict, other))
    assert not differences
    print(f"{count} cells of {len(work.variants())} submissions")
    assert count >= 10 * len(work.variants())


def test_a_whole_notebook_shows_what_a_kernel_shows(work: Work) -> None:
    seen = work.examined(solution_sources(work.assignment), experiments=True)
    assert all(verdict.passed for verdict in seen.verdicts.values())
    code = [cell for cell in seen.examined.notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = [[output.output_type for output in cell.outputs] for cell in code]
    assert not any("error" in kind for kind in kinds)
    assert "rossini  perplexity" in code[-4].outputs[0].text
    assert "temperature 0.3\n  a  0.519  █" in code[-2].outputs[0].text
    assert "18 of 18 points" in seen.text("summary")
    assert seen.text("agree-step").startswith("Comparisons with PyTorch are left out")
    assert seen.examined.seconds.keys() == {"cells", "visible", "hidden", "judge"}


def test_a_blank_notebook_says_what_to_do(work: Work) -> None:
    verdicts = work.examined(work.variants()["blank"], experiments=True).verdicts
    for verdict in verdicts.values():
        assert not verdict.passed
        assert verdict.message.startswith("NotImplementedError: not written yet: fill in this cell")
        assert (verdict.reason, verdict.hidden, verdict.check) == ("error", False, "")


def test_a_known_mistake_is_named_and_carried_forward(work: Work) -> None:
    sources = work.variants()["bias_forgotten"]
    seen = work.examined(sources)
    verdict = seen.verdicts["test-step"]
    assert verdict.check == "h_t"
    assert verdict.misconceptions == ("bias_forgotten",)
    assert "It looks like this: the bias b is missing." in verdict.message
    assert seen.verdicts["test-forward"].carried == ("bias_forgotten",)
    kept = seen.cell("test-step").metadata["unrolled"]
    assert kept["misconceptions"] == ["bias_forgotten"]
    [error] = [o for o in seen.cell("test-step").outputs if o.output_type == "error"]
    assert error.evalue == verdict.message == "\n".join(error.traceback)


def test_the_tiny_course() -> None:
    tiny = exam(TINY_SOURCE.replace("01-tiny", NAME))
    seen = grade(tiny, {"total": "def total(x, factor):\n    return scale(x, factor).mean()"})
    assert seen.verdicts["test-scale"].passed
    assert seen.verdicts["test-total"].check == "total: value"
    assert "2 of 3 points" in seen.text("summary")


# The order of things.


def test_what_a_cell_defines_later_does_not_change_an_earlier_test() -> None:
    later = {"test": "def f(x):\n    return 'later'"}
    assert grade(PLAIN, F, added=later).verdicts["test"].passed


def test_a_helper_that_is_redefined_counts_as_it_was_at_the_test() -> None:
    two = exam(TINY_SOURCE.replace("01-tiny", NAME).split('# %% role="agreement"')[0])
    work = {
        "scale": "def helper(x, factor):\n    return x * factor\n\n\n"
        "def scale(x, factor):\n    return helper(x, factor)",
        "total": "def helper(x, factor):\n    return x * 0\n\n\n"
        "def total(x, factor):\n    return (x * factor).sum()",
    }
    verdicts = grade(two, work).verdicts
    assert verdicts["test-scale"].passed
    assert verdicts["test-total"].passed
    # And the other way round: the last definition before a test is tested.
    work["total"] = "def scale(x, factor):\n    return x * 0\n\n\n" + (
        "def total(x, factor):\n    return scale(x, factor).sum()"
    )
    verdicts = grade(two, work).verdicts
    assert verdicts["test-scale"].passed
    assert not verdicts["test-total"].passed


def test_a_test_does_not_see_what_another_test_changed() -> None:
    source = TINY_SOURCE.replace("01-tiny", NAME).split('# %% role="agreement"')[0]
    work = {"scale": "def scale(x, factor):\n    x *= factor\n    return x"}
    verdicts = grade(exam(source), work).verdicts
    assert verdicts["test-scale"].passed
    # In its own cell a test sees what it has changed, as in one process.
    assert verdicts["test-total"].check == "total: one entry"


def test_locked_cells_that_use_functions_run_with_the_tests() -> None:
    source = (
        '# %% role="setup" id="setup"\nfrom unrolled import Checks\n\n'
        f'check = Checks("{NAME}")\n\n'
        '# %% role="solution" id="work"\n### BEGIN SOLUTION\n' + F + "\n### END SOLUTION\n\n"
        '# %% role="setup" id="helper"\ndef twice(x):\n    return f(f(x))\n\n'
        '# %% role="setup" id="more"\nbase = 3\n\n'
        '# %% role="tests" id="test" of="f" points=1\ncheck("twice", twice(base))\n'
        "### BEGIN HIDDEN TESTS\ncheck('again', twice(base + 1))\n### END HIDDEN TESTS\n"
    )
    work = exam(source)
    assert [step.kind for step in Plan.of(work.notebook).steps] == [
        "setup",
        "student",
        "aside",
        "setup",
        "tests",
    ]
    assert grade(work).verdicts["test"].passed


def test_a_locked_cell_that_does_not_run_is_the_author_fault() -> None:
    broken = small(F, CHECK)
    for cell in broken.notebook.cells:
        if cell.id == "setup":
            cell.source += "\n1 / 0"
    with pytest.raises(CourseError, match="cell 'setup': does not run"):
        grade(broken)
    small.__globals__["exam"].cache_clear()


# What cells show.


def shown(source: str, **more: Any) -> Any:
    """The outputs of a student's cell."""
    return grade(PLAIN, f"{source}\n{F}", **more).cell("work").outputs


def test_cells_show_what_they_print_and_display() -> None:
    [out, err] = shown("import sys\nprint('one')\nprint('two')\nprint('err', file=sys.stderr)")
    assert (out.name, out.text) == ("stdout", "one\ntwo\n")
    assert (err.name, err.text) == ("stderr", "err\n")
    seen = grade(PLAIN, F, added={"work": "display('shown')\n1 + 1"})
    [display, result] = seen.cell("added-work").outputs
    assert display.output_type == "display_data"
    assert (result.output_type, result.execution_count) == ("execute_result", 3)
    assert result.data == {"text/plain": "2"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone", "image"),
        ("import matplotlib.pyplot as plt\n_ = plt.plot([1])\nplt.show()", "image"),
        ("!echo from the shell", "from the shell"),
        ("%%capture\nprint('nothing')", ""),
        ("%time 1 + 1", "Wall time"),
        ("import asyncio\nawait asyncio.sleep(0.001)\nprint('awaited')", "awaited"),
        ("1 + 1\n_ih[1][:6], Out", "import"),
        ("type(get_ipython()).__mro__[1].__name__", "InteractiveShell"),
        ("input('name')", "this frontend does not support input requests"),
        ("raise SystemExit(1)", "SystemExit"),
        ("exit()\nprint('goes on')", "goes on"),
        ("from IPython.display import HTML, clear_output\nprint('gone')\nclear_output()", ""),
        ("handle = display('old', display_id=True)\nhandle.update('new')", "'new'"),
        ("def g():\n    return 1 / 0\n\n\ng()", "----> 2     return 1 / 0"),
        ("1 +", "SyntaxError: invalid syntax"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import warnings\nwarnings.warn('careful')", "UserWarning: careful"),
        ("print(open('nothing.txt'))", "FileNotFoundError"),
        ("import os\nprint(os.environ['NBGRADER_EXECUTION'])", "autograde"),
    ],
)
def test_cells_behave_as_in_a_kernel(source: str, expected: str) -> None:
    seen = grade(PLAIN, F, added={"work": source})
    outputs = seen.cell("added-work").outputs
    if expected == "image":
        assert [list(output.data) for output in outputs] == [["text/plain", "image/png"]]
    elif expected:
        assert expected in seen.text("added-work")
    else:
        assert outputs == []
    # Whatever a cell does, the next one runs.
    assert seen.verdicts["test"].passed


def test_output_is_cut_with_a_note() -> None:
    for source in ("print('x' * 10**7)", "for _ in range(10**5):\n    print('x' * 100)"):
        outputs = shown(source, limits=NARROW)
        text = "".join(output.text for output in outputs)
        assert text.startswith("x" * 100)
        assert text.endswith("… output cut at 4096 letters\n")
        assert len(text) < 4200


def test_plots_by_the_hundred_are_cut() -> None:
    outputs = shown("for i in range(3000):\n    display(i)")
    assert len(outputs) <= 502
    assert outputs[-1].text.startswith("… output cut")
    outputs = shown("for i in range(30):\n    display('x' * 1000)", limits=NARROW)
    assert len(outputs) == 4 + 1


def test_an_error_of_any_length_is_shown_in_part() -> None:
    [error] = shown("raise ValueError('x' * 10**6)", limits=NARROW)[-1:]
    assert error.ename == "ValueError"
    assert len(str(error)) < 300_000


# What a tests cell shows.


def test_a_tests_cell_shows_checks_and_what_functions_print() -> None:
    seen = grade(PLAIN, "def f(x):\n    print('given', x)\n    return x + 1")
    assert seen.verdicts["test"].passed
    outputs = seen.cell("test").outputs
    assert [output.output_type for output in outputs] == ["stream", "display_data", "stream"]
    assert outputs[0].text == "given 1\n"
    assert outputs[1].data["text/plain"].startswith("✓ f — a number")
    assert outputs[2].text == "✓ 1 hidden check\n"
    assert "given 41" not in seen.everything


def test_nothing_in_a_tests_cell_is_taken_for_points_or_for_a_failure() -> None:
    work = (
        "import sys, warnings\n\n\ndef f(x):\n"
        "    print('err', file=sys.stderr)\n    warnings.warn('w')\n    display('shown')\n"
        "    return x + 1"
    )
    seen = grade(PLAIN, work)
    assert seen.verdicts["test"].passed
    assert {output.output_type for output in seen.cell("test").outputs} <= {
        "stream",
        "display_data",
    }
    assert {o.get("name", "stdout") for o in seen.cell("test").outputs} == {"stdout"}


def test_figures_of_functions_are_shown_with_the_test() -> None:
    work = (
        "import matplotlib.pyplot as plt\n\n\ndef f(x):\n    plt.plot([x])\n    plt.show()\n"
        "    return x + 1"
    )
    seen = grade(PLAIN, work)
    assert "image/png" in seen.cell("test").outputs[0].data


# What goes wrong, and what is said about it.

MESSAGES = {
    "an exception": (
        "def f(x):\n    y = [1]\n    return y[x]",
        "your `f` raised IndexError: list index out of range\n"
        "  in line 3 of the cell `work`: return y[x]",
    ),
    "an exception in a helper": (
        "def g(x):\n    return x.shape\n\n\ndef f(x):\n    return g(x)",
        "your `f` raised AttributeError: 'int' object has no attribute 'shape'\n"
        "  in line 6 of the cell `work`: return g(x)\n"
        "  in line 2 of the cell `work`: return x.shape",
    ),
    "an exception of one's own": (
        "class Own(ValueError):\n    pass\n\n\ndef f(x):\n    raise Own('so')",
        "your `f` raised Own: so\n  in line 6 of the cell `work`: raise Own('so')",
    ),
    "the wrong arguments": (
        "def f():\n    return 1",
        "your `f` raised TypeError: f() takes 0 positional arguments but 1 was given",
    ),
    "endless recursion": (
        "def f(x):\n    return f(x)",
        "your `f` raised RecursionError: maximum recursion depth exceeded\n"
        "  in line 2 of the cell `work`: return f(x)",
    ),
    "an exit": (
        "def f(x):\n    raise SystemExit(3)",
        "your `f` raised SystemExit: 3\n  in line 2 of the cell `work`: raise SystemExit(3)",
    ),
    "a stub": (
        "def f(x):\n    raise NotImplementedError('not written yet')",
        "NotImplementedError: not written yet",
    ),
    "nothing returned": (
        "def f(x):\n    x + 1",
        "✗ f\n  your function returned None: does it end with a return statement?",
    ),
    "an object": (
        "class Box:\n    pass\n\n\ndef f(x):\n    return Box()",
        "✗ f\n  yours is a value of type Box: return numbers, text or NumPy arrays",
    ),
    "a cell that does not parse": (
        "def f(x:\n    return 1",
        "`f` is not defined: its cell did not run (SyntaxError: ",
    ),
    "a cell that fails": (
        "y = undefined\n\n\ndef f(x):\n    return x",
        "`f` is not defined: its cell did not run (NameError: name 'undefined' is not defined)",
    ),
    "nothing defined": ("g = 3", "`f` is not defined: no cell defines it"),
    "deleted again": (
        "def f(x):\n    return x\n\n\ndel f",
        "`f` is not defined, although its cell has run: is it written there?",
    ),
    "an integer without end": (
        "def f(x):\n    return 10**100_000",
        "✗ f\n  yours is a value of type int",
    ),
    "a list in itself": (
        "def f(x):\n    y = []\n    y.append(y)\n    return y",
        "✗ f\n  yours is a value of type list",
    ),
    "an array far too large": (
        "import numpy as np\n\n\ndef f(x):\n    return np.zeros(10**6)",
        "✗ f\n  yours is an array of shape (1000000,), far larger than asked for",
    ),
    "half a character": ("def f(x):\n    return '\\ud800'", "✗ f\n  yours is the text '?'"),
}


@pytest.mark.parametrize(("work", "message"), MESSAGES.values(), ids=MESSAGES.keys())
def test_a_failure_says_what_to_do(work: str, message: str) -> None:
    verdict = grade(PLAIN, work).verdicts["test"]
    assert not verdict.passed
    assert not verdict.hidden
    assert verdict.message.startswith(message)


def test_a_function_that_reads_variables_of_the_tests_is_told_so() -> None:
    reads = small(F, "x = 1\ncheck('f', f(x))")
    verdict = grade(reads, "def f(y):\n    return x + 1").verdicts["test"]
    assert verdict.message == (
        "your `f` raised NameError: name 'x' is not defined\n"
        "  in line 2 of the cell `work`: return x + 1\n"
        "  `x` is a name of the tests: a function gets only what it is given"
    )


def test_a_test_that_cannot_go_on_says_in_which_line() -> None:
    work = small(F, "y = f(1)\nz = y[0] if y is None else y\ncheck('z', z)")
    verdict = grade(work, "def f(x):\n    pass").verdicts["test"]
    assert verdict.message == (
        "TypeError: 'NoneType' object is not subscriptable\n"
        "  in line 2 of this cell: z = y[0] if y is None else y"
    )
    assert verdict.reason == "error"


# What stops a box. `Stopping` stands for the watcher, so that no test has to wait for it.


class Stopping:
    """A box that is stopped at one of the requests it gets.

    Args:
        box: a real box.
        stop: what to raise instead of the answer; gets the answer.
        on: a piece of the request.
    """

    def __init__(self, box: Box, stop: Callable[[bytes], Stopped], on: bytes) -> None:
        self._box, self._stop, self._on = box, stop, on
        self._armed = False
        self.closed = False

    def begin(self) -> None:
        self._box.begin()

    def send(self, payload: bytes) -> None:
        self._armed |= self._on in payload
        self._box.send(payload)

    def receive(self) -> bytes:
        frame = self._box.receive()
        if self._armed:
            self._armed = False
            raise self._stop(frame)
        return frame

    def close(self) -> None:
        self.closed = True
        self._box.close()


REASONS = {
    Stop.CPU: "was stopped after 30 s of CPU: is there a loop that does not end?",
    Stop.WALL: "was stopped after 60 s: does it wait for something?",
    Stop.MEMORY: "used more than 2 GiB of memory: does a list or an array grow without end?",
    Stop.PROCESSES: "started more than 64 processes and threads: does it wait for those",
    Stop.REPLY: "returned more than 64 MiB: return what is asked for, nothing more",
    Stop.DIED: "ended Python itself: does it call exit, or crash in a library? (as it said)",
    Stop.PROTOCOL: "disturbed the connection over which it is tested",
}


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_to_stop_a_test_has_its_words(reason: Stop) -> None:
    two = two_functions()
    boxes: list[Stopping] = []

    def box(real: Box) -> Stopping:
        stop = lambda frame: Stopped(reason, "as it said")  # noqa: E731
        boxes.append(Stopping(real, stop, on=b"call"))
        # The next box is an undisturbed one.
        return boxes[0] if len(boxes) == 1 else Stopping(real, stop, on=b"never asked")

    seen = grade(two, box=box)
    verdict = seen.verdicts["test-f"]
    assert (verdict.passed, verdict.reason) == (False, reason)
    assert verdict.message == f"your `f` {REASONS[reason]}" or reason in ("processes", "died")
    assert verdict.message.startswith(f"your `f` {REASONS[reason]}"[:40])
    assert seen.verdicts["test-g"].passed
    assert boxes[0].closed
    assert seen.examined.boxes == 2


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_to_stop_a_cell_has_its_words(reason: Stop) -> None:
    count = 0

    def box(real: Box) -> Any:
        nonlocal count
        count += 1
        return Stopping(real, lambda frame: Stopped(reason, "as it said"), on=b"# this one")

    seen = grade(PLAIN, F, added={"setup": "# this one\nprint(1)"}, box=box)
    text = seen.text("added-setup")
    assert text.startswith("Stopped\nthis cell ")
    assert REASONS[reason][:30] in text
    # The other cells ran in a new box, without this one.
    assert seen.verdicts["test"].passed
    assert count == 2


def two_functions(hidden: str = "check('f, hidden', f(41))") -> Exam:
    return exam(
        f'''\
# %% role="setup" id="setup"
from unrolled import Checks

check = Checks("{NAME}")

# %% role="solution" id="f"
### BEGIN SOLUTION
{F}
### END SOLUTION

# %% role="tests" id="test-f" of="f" points=1
check("f", f(1))
### BEGIN HIDDEN TESTS
{hidden}
### END HIDDEN TESTS

# %% role="solution" id="g"
### BEGIN SOLUTION
class Count:
    def __init__(self):
        self.n = 0

    def up(self):
        self.n += 1
        return self.n
### END SOLUTION

# %% role="tests" id="test-g" of="Count" points=1
count = Count()
check("one", count.up())
### BEGIN HIDDEN TESTS
check("two", count.up())
### END HIDDEN TESTS
'''
    )


def test_a_soft_stop_says_where_it_was_and_the_box_goes_on() -> None:
    def stop(frame: bytes) -> Stopped:
        raised = ["raised", ["KeyboardInterrupt"], "KeyboardInterrupt", "", [[2, 2, "f"]], [], []]
        return Stopped(Stop.CPU, "", alive=True, frame=wire.Encoder().encode(*raised))

    count = 0

    def box(real: Box) -> Stopping:
        nonlocal count
        count += 1
        return Stopping(real, stop, on=b"call")

    seen = grade(PLAIN, F, box=box)
    assert seen.verdicts["test"].message == (
        "your `f` was stopped after 30 s of CPU: is there a loop that does not end?\n"
        "  in line 2 of the cell `work`: return x + 1"
    )
    assert count == 1


def test_a_cell_that_is_interrupted_shows_where_it_was() -> None:
    seen = grade(PLAIN, F, added={"setup": "print('begun')\nwhile True:\n    pass"}, limits=SHORT)
    text = seen.text("added-setup")
    assert "begun\n" in text
    assert "KeyboardInterrupt" in text
    assert "this cell was stopped after 0.5 s of CPU: is there a loop that does not end?" in text
    assert seen.verdicts["test"].passed
    assert seen.examined.boxes == 1


def test_a_real_endless_loop_in_a_test() -> None:
    seen = grade(PLAIN, "def f(x):\n    while True:\n        x += 1", limits=SHORT)
    verdict = seen.verdicts["test"]
    assert verdict.reason == "cpu"
    assert verdict.message.startswith("your `f` was stopped after 0.5 s of CPU: is there a loop")
    assert "\n  in line " in verdict.message


def test_a_cell_that_ends_python_does_not_take_the_others_with_it() -> None:
    added = {"setup": "kept = 1\nprint('first')", "work": "import os\nos._exit(3)"}
    seen = grade(PLAIN, F, added=added)
    assert seen.verdicts["test"].passed
    assert "this cell ended Python itself" in seen.text("added-work")
    assert seen.text("added-setup") == "first\n"
    assert seen.examined.boxes == 2


def test_a_test_that_ends_python_does_not_take_the_others_with_it() -> None:
    seen = grade(two_functions(), {"f": "import os\n\n\ndef f(x):\n    os._exit(3)"})
    verdict = seen.verdicts["test-f"]
    assert verdict.reason == "died"
    assert verdict.message.startswith("your `f` ended Python itself")
    assert "exit code 3" in verdict.message
    assert seen.verdicts["test-g"].passed


def test_objects_of_visible_tests_are_made_again_in_a_new_box() -> None:
    work = {"f": "import os\n\n\ndef f(x):\n    return x + 1 if x < 40 else os._exit(41)"}
    seen = grade(two_functions(), work)
    verdict = seen.verdicts["test-f"]
    assert (verdict.reason, verdict.hidden) == ("died", True)
    assert "41" not in verdict.message
    assert seen.verdicts["test-g"].passed


@pytest.mark.slow
def test_nothing_more_runs_when_the_time_of_the_submission_is_up() -> None:
    limits = Limits(wall_per_submission=3.0)
    seen = grade(PLAIN, F, added={"setup": "import time\ntime.sleep(300)"}, limits=limits)
    assert "the whole notebook took more than 3 s" in seen.text("added-setup")
    verdict = seen.verdicts["test"]
    assert verdict.reason == "submission"
    assert verdict.message.startswith("the whole notebook took more than 3 s")


def test_a_generator_that_never_ends_ends_the_test() -> None:
    work = small("def f():\n    yield 1", "check('items', list(f()))")
    verdict = grade(work, "def f():\n    while True:\n        yield 1").verdicts["test"]
    assert verdict.reason == "steps"
    assert "does a generator or a container never end?" in verdict.message


@pytest.mark.slow
def test_a_number_does_not_lead_a_test_into_an_endless_loop() -> None:
    work = small(F, "n = f(1)\nfor i in range(n):\n    i += 1\ncheck('i', i)")
    verdict = grade(work, "def f(x):\n    return 10**15", limits=NARROW).verdicts["test"]
    assert verdict.reason == "steps"


def test_shapes_that_stretch_each_other_do_not_fill_the_memory() -> None:
    work = small(
        "import numpy as np\n\n\ndef f(x):\n    return np.zeros((3, 1))",
        "check('sum', (f(1) - f(1).T).sum())",
    )
    big = "import numpy as np\n\n\ndef f(x):\n    return np.zeros((10**6, 1))"
    verdict = grade(work, big).verdicts["test"]
    assert verdict.reason == "memory"
    assert "is it far too large?" in verdict.message


def test_an_examination_leaves_the_environment_as_it_was() -> None:
    before = dict(os.environ)
    grade(PLAIN)
    assert dict(os.environ) == before


def test_packed_values_are_those_of_hidden_checks(work: Work) -> None:
    cells = {cell.id for cell in work.assignment.of_role("tests") if hidden_lines(cell.source)}
    assert packed(work.recorded).keys() == cells
