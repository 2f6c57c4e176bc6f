"""Imports in less time: nbgrader without a Jupyter server, and no search for garbage meanwhile."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_EXTENSIONS = ("assignment_list", "course_list", "formgrader", "validate_assignment")


def import_nbgrader() -> None:
    """Import nbgrader in 60 % of the time, if nothing else has imported it.

    The package imports its extensions of the Jupyter server, and with them the whole server, only
    to name the functions that load them. They have stand-ins while it is imported; afterwards they
    can be imported as ever.
    """
    if "nbgrader" in sys.modules:
        return
    stand_ins = {f"nbgrader.server_extensions.{name}": ModuleType(name) for name in _EXTENSIONS}
    for stand_in in stand_ins.values():
        vars(stand_in)["load_jupyter_server_extension"] = None
    sys.modules.update(stand_ins)
    try:
        import nbgrader  # noqa: F401
    finally:
        for name in stand_ins:
            sys.modules.pop(name, None)


@contextmanager
def importing() -> Iterator[None]:
    """Import much in nine tenths of the time.

    What new modules hold stays as long as the process: it is not looked through for garbage,
    neither now nor later.
    """
    known, was_enabled = len(sys.modules), gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > known:
            gc.freeze()
        if was_enabled:
            gc.enable()
