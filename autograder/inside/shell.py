"""IPython without a terminal and without a kernel: it runs cells as a notebook's kernel does."""

import ast
import functools
import getpass
import inspect
import shutil
import subprocess
import sys
import tempfile
import warnings
from contextlib import suppress
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Any, NoReturn

from IPython.core.async_helpers import _pseudo_sync_runner
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder.inside.screen import Screen, Stream

_PROMPTS = (">>>", "...:", "In [")
_BACKEND = "module://matplotlib_inline.backend_inline"


class _ResultHook(DisplayHook):
    """Shows the value of a cell's last line as its result."""

    shell: Any

    def start_displayhook(self) -> None:
        self._content: dict[str, Any] = {}

    def write_output_prompt(self) -> None:
        self._content["execution_count"] = self.prompt_count

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        self._content |= {"data": format_dict, "metadata": md_dict}

    def finish_displayhook(self) -> None:
        content = self._content
        if content.get("data"):
            self.shell.screen.show(
                "execute_result",
                content["data"],
                content["metadata"],
                execution_count=content["execution_count"],
            )


class _Publisher(DisplayPublisher):
    """Shows what is displayed."""

    shell: Any

    def publish(
        self,
        data: dict[str, Any],
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        if update:
            self.shell.screen.update(data, metadata, transient)
        else:
            self.shell.screen.show("display_data", data, metadata, transient)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.screen.clear(wait)


class BoxShell(InteractiveShell):
    """The shell of one sandbox.

    Attributes:
        screen: what cells show.
    """

    displayhook_class = Type(_ResultHook)
    display_pub_class = Type(_Publisher)
    screen = Screen(2**20)

    def run(self, source: str, count: int) -> None:
        """Run a cell as a kernel does; errors are shown, not raised."""
        self.execution_count = count
        result = None
        try:
            result = self._run(source)
        # An interrupt between the student's code and IPython's.
        except KeyboardInterrupt:
            self.showtraceback()
        finally:
            self.events.trigger("post_execute")
            self.events.trigger("post_run_cell", result)

    def _run(self, source: str) -> Any:
        failed = None
        try:
            transformed = self._transformed(source)
        except Exception:
            transformed, failed = source, sys.exc_info()
        how: dict[str, Any] = {"transformed_cell": transformed, "preprocessing_exc_tuple": failed}
        cell = self.run_cell_async(source, store_history=True, **how)
        # To find out whether it waits for something, IPython would compile it.
        if ("await" in source or "async" in source) and self.should_run_async(source, **how):
            return self.loop_runner(cell)
        return _pseudo_sync_runner(cell)

    def _transformed(self, source: str) -> str:
        """A cell as Python, without IPython's own notation.

        IPython looks for it in each token, which takes as long as the rest of a short cell. What is
        Python holds none, apart from prompts that were copied with the text.
        """
        if source[:1].strip() and not any(prompt in source for prompt in _PROMPTS):
            with suppress(SyntaxError, ValueError, RecursionError), warnings.catch_warnings():
                # They come once more when the cell is compiled.
                warnings.simplefilter("ignore")
                ast.parse(source)
                return source if source.endswith("\n") else f"{source}\n"
        transformed: str = self.transform_cell(source)  # type: ignore[no-untyped-call]
        return transformed

    def system_piped(self, cmd: str) -> None:
        """Run a command of the system and show what it prints."""
        command = self.var_expand(cmd, depth=1)  # type: ignore[no-untyped-call]
        with subprocess.Popen(
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            while text := process.stdout.read(8192):
                sys.stdout.write(text)
        self.user_ns["_exit_code"] = process.returncode

    system = system_piped

    def _format_exception_for_storage(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Format nothing: nobody asks a box for the errors of its earlier cells."""
        return {}

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        try:
            text = str(evalue)
        # A student's exception may fail to say what it is.
        except Exception:
            text = ""
        self.screen.error(str(etype.__name__), text, stb)

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there is no window."""

    def ask_exit(self) -> None:
        """Do nothing: the notebook goes on."""

    def init_virtualenv(self) -> None:
        """Do nothing: this is the right environment."""


def make_shell() -> BoxShell:
    """The shell of this process, with matplotlib, if it is imported, drawing into the notebook."""
    config = Config()
    config.HistoryManager.enabled = False
    config.BoxShell.colors = "nocolor"
    config.BoxShell.autoindent = False
    folder = tempfile.mkdtemp()
    try:
        shell: BoxShell = BoxShell.instance(config=config, ipython_dir=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if "matplotlib" in sys.modules:
        import matplotlib.pyplot as plt

        plt.switch_backend(_BACKEND)
    _find_cells_at_once()
    return shell


def _find_cells_at_once() -> None:
    """Let `inspect` know that a cell comes from no module.

    For each line of a traceback it would look through all modules, hundreds of them, some times
    over: most of what a failing cell takes.
    """
    look = inspect.getmodule

    @functools.wraps(look)
    def getmodule(thing: Any, _filename: str | None = None) -> ModuleType | None:
        place = thing.tb_frame if isinstance(thing, TracebackType) else thing
        code = place.f_code if isinstance(place, FrameType) else place
        if isinstance(code, CodeType) and code.co_filename.startswith("<ipython-input-"):
            return None
        return look(thing, _filename)

    inspect.getmodule = getmodule  # type: ignore[assignment]


def attach(shell: BoxShell, screen: Screen) -> None:
    """Let all that a cell prints and shows go to a screen, and let it ask for nothing."""
    import builtins

    shell.screen = screen
    sys.stdout = Stream("stdout", screen)
    sys.stderr = Stream("stderr", screen)
    builtins.input = getpass.getpass = _no_input
    # Names such as `display` and `get_ipython`, also while functions are called from outside.
    shell.builtin_trap.activate()


def _no_input(*_: Any, **__: Any) -> NoReturn:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )
