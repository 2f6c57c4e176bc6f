"""What tests run in: silence, seeded random generators, an output that is kept."""

import contextlib
import io
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.examiner.outputs import stream
from autograder.examiner.remote import Remote


class Printed(io.TextIOBase):
    """Standard output of the tests."""

    def __init__(self, show: Callable[[Any], None]) -> None:
        super().__init__()
        self._show = show

    def write(self, text: str) -> int:
        self._show([dict(stream(text))])
        return len(text)


def holds_remotes(names: dict[str, Any], apart_from: frozenset[str]) -> bool:
    """Whether a namespace holds objects of a box, other than those its remote names stand for."""
    return any(_holds_remote(value) for name, value in names.items() if name not in apart_from)


def _holds_remote(value: Any, depth: int = 0) -> bool:
    if isinstance(value, Remote):
        return True
    if depth > 3 or not isinstance(value, (list, tuple, dict)):
        return False
    items = value.values() if isinstance(value, dict) else value
    return any(_holds_remote(item, depth + 1) for item in items)


def seed_all(seed: int) -> None:
    """Seed every random generator that a test may use."""
    random.seed(seed)
    np.random.seed(seed)
    torch = sys.modules.get("torch")
    if torch is not None:
        # What torch.manual_seed does beyond this is for devices that are not here, and slow.
        torch.default_generator.manual_seed(seed)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings and the stream of errors away."""
    with (
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield
