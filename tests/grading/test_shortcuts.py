"""What the grader leaves out to be fast must not be missed: each is compared with the long way.

In processes of their own, because they change what the process has imported.
"""

import json
import socket
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbgrader.utils import parse_utc

from autograder.grading.placement import slow_imports
from autograder.inside import frames
from autograder.submissions.files import read_time
from unrolled.checks.compare import compare

ROOT = Path(__file__).resolve().parents[2]
# Cells in IPython's notation, cells that only look like it, and odd ones.
CELLS = [
    *("x?", "?x", "%time 1", "!ls", "a = !ls", "a = %time 1", ">>> 1", "In [1]: 1", "/f x"),
    *("'''\n>>> a\n'''", "'''\n%time\n!ls\n'''", "x = (1\n%3)", "# is it?", "x = 5  # %time 1"),
    *("def f():\n    return 1  # ?", "x = 'really?'", "1;", "...", "print('\\d')", "a\\\n= 1"),
    *("f(\n  1)\n\n\n", "\n\n1", " x = 1", "  a = 1\n  b = 2", "1\r\n2", "\ufeffx = 1", "", " "),
    *("await f()", "async def f(): pass", "def f(:", "x = [1,\n", "%%time\n1", "@d\nclass A: pass"),
]


def run(program: str, given: object = None) -> object:
    """Run a program that gets JSON and prints JSON."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_cell_becomes_what_ipython_makes_of_it() -> None:
    cells = list(CELLS)
    for path in sorted(ROOT.glob("notebooks/*/*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells += ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    program = """
        import json, sys
        from autograder.inside.shell import make_shell
        shell = make_shell()
        ways = [shell._transformed, shell.transform_cell]
        print(json.dumps([[way(cell) for way in ways] for cell in json.load(sys.stdin)]))
    """
    found = run(program, cells)
    assert isinstance(found, list)
    assert len(found) > 300
    for cell, (short, long) in zip(cells, found, strict=True):
        assert short == long, cell


def test_cells_that_wait_for_something_run_and_others_too(tmp_path: Path) -> None:
    program = """
        import json, sys
        from autograder.inside.screen import Screen
        from autograder.inside.shell import attach, make_shell
        shell, screen, out = make_shell(), Screen(10**6), sys.stdout
        attach(shell, screen)
        for number, cell in enumerate(json.load(sys.stdin), start=1):
            shell.run(cell, number)
        out.write(json.dumps(shell.user_ns["results"]))
    """
    cells = [
        "import asyncio\nresults = []",
        "async def later(x):\n    await asyncio.sleep(0)\n    return x",
        "results.append(await later(1))",
        "async for x in (x async for x in [1]): pass",
        "results += [x async for x in (await later(i) for i in [2, 3])]",
        "results.append('no await')",
    ]
    assert run(program, cells) == [1, 2, 3, "no await"]


@pytest.mark.parametrize("imports", [[], ["matplotlib"]])
def test_figures_are_shown_whether_matplotlib_was_imported_before_or_not(
    imports: list[str],
) -> None:
    program = """
        import importlib, json, sys
        for name in json.load(sys.stdin):
            importlib.import_module(name)
        from autograder.inside import serve
        from autograder.inside.screen import Screen
        from autograder.inside.shell import BoxShell, attach
        serve.prepare()
        before, out = "matplotlib" in sys.modules, sys.stdout
        shell, screen = BoxShell.instance(), Screen(10**6)
        attach(shell, screen)
        shell.run("import matplotlib.pyplot as plt\\nplt.plot([1, 2])", 1)
        shell.run("figure, ax = plt.subplots()\\nax.bar([1], [2])\\nplt.show()", 2)
        kinds = [[output["output_type"], sorted(output["data"])] for output in screen.take()]
        out.write(json.dumps([before, kinds]))
    """
    image, text = ["display_data", ["image/png", "text/plain"]], ["execute_result", ["text/plain"]]
    assert run(program, imports) == [bool(imports), [text, image, image]]


def test_nbgrader_is_whole_without_the_server() -> None:
    program = """
        import json, sys
        from autograder.fast_imports import import_nbgrader
        import_nbgrader()
        server = "jupyter_server" in sys.modules
        from nbgrader.api import Gradebook
        from nbgrader.preprocessors import AssignLatePenalties
        import nbgrader
        from nbgrader.server_extensions import formgrader
        import_nbgrader()
        print(json.dumps([server, nbgrader.__version__, callable(
            formgrader.load_jupyter_server_extension)]))
    """
    import nbgrader

    assert run(program) == [False, nbgrader.__version__, True]


def test_garbage_is_looked_for_again_after_an_import() -> None:
    program = """
        import gc, json
        from autograder.fast_imports import importing
        seen = []
        for name in ("fractions", "fractions", "no_such_module"):
            frozen = gc.get_freeze_count()
            try:
                with importing():
                    __import__(name)
                    seen.append(gc.isenabled())
            except ImportError:
                pass
            seen += [gc.isenabled(), gc.get_freeze_count() > frozen]
        gc.disable()
        with importing():
            pass
        print(json.dumps([*seen, gc.isenabled()]))
    """
    first, second, failed = [False, True, True], [False, True, False], [True, False]
    assert run(program) == [*first, *second, *failed, False]


def test_frames_are_read_one_by_one_however_they_come() -> None:
    sizes = (5, 0, 1, 2**16 - 4, 2**16, 3 * 2**20, 0, 7)
    sent = [bytes([number]) * size for number, size in enumerate(sizes)]
    whole = b"".join(frames.HEADER.pack(len(frame)) + frame for frame in sent)
    for pieces in (1, 3, 4096, len(whole)):
        ours, theirs = socket.socketpair()
        with ours, ThreadPoolExecutor(1) as sender:
            # First a few bytes at a time, then as many as there is room for; it breaks off.
            few = [whole[at : at + pieces] for at in range(0, 100, pieces)]
            rest = whole[pieces * len(few) :] + frames.HEADER.pack(2) + b"x"
            sender.submit(_send_all, theirs, [*few, rest])
            reader = frames.Reader(ours)
            assert [reader.read() for _ in sent] == sent
            with pytest.raises(EOFError):
                reader.read()


def _send_all(connection: socket.socket, pieces: list[bytes]) -> None:
    with connection:
        for piece in pieces:
            connection.sendall(piece)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 23:59:00 UTC",
        "2026-11-20 23:59:00.123456 UTC",
        "2026-11-20 23:59:00 Europe/Rome",
        "2026-11-20 23:59:00",
        "2026-11-20T23:59:00Z",
        "Nov 20 2026 23:59",
    ],
)
def test_a_time_is_the_one_that_nbgrader_reads(text: str) -> None:
    assert read_time(text) == parse_utc(text)


def test_times_of_nbgrader_are_read_back() -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    for minutes in range(0, 5000, 611):
        time = start + timedelta(minutes=minutes, microseconds=minutes)
        text = time.strftime("%Y-%m-%d %H:%M:%S.%f UTC")
        assert read_time(text) == time.replace(tzinfo=None)
    with pytest.raises(ValueError, match="day is out of range"):
        read_time("2026-02-30 10:00:00 UTC")


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "bool"])
def test_equal_arrays_are_told_as_nearly_equal_ones_are(dtype: str) -> None:
    """Equal bytes are seen at once; with another type the long way is taken."""
    values = np.array([[0, 1, 1], [1, 0, 1]])
    short = compare(values.astype(dtype), values.astype(dtype))
    long = compare(values.astype(dtype), values.astype("i4"))
    assert short.right
    assert short.found[0].split(", allowed")[0] == long.found[0].split(", allowed")[0]
    special = np.array([np.nan, np.inf, -np.inf, -0.0])
    assert compare(special, special.copy()) == compare(special, special + 0)
    assert compare(special, special.copy()).right


def test_a_notebook_says_which_slow_modules_it_imports() -> None:
    def imports(source: str) -> tuple[str, ...]:
        cells = [nbformat.v4.new_code_cell(source)]
        return slow_imports(nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode())

    assert imports("import numpy\n# import torch\nx = 'import torch'\nimport torches") == ()
    assert imports("x = 1\nif x:\n    import torch") == ("torch",)
    source = "from matplotlib import pyplot\nimport torch.nn as nn\nimport matplotlib.cm"
    assert imports(source) == ("matplotlib", "torch")
