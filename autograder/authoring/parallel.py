"""The same work for each of several assignments, on all cores."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from autograder.machine import cores

Result = TypeVar("Result")


def for_each(work: Callable[[str], Result], names: list[str]) -> Iterator[Result]:
    """Do something for each assignment, in other processes where there are several.

    Args:
        work: what to do; it and its result can be pickled.
        names: the assignments.

    Yields:
        The results, in the order of the names. What one of them raises is raised in its place.
    """
    if len(names) < 2 or cores() < 2:
        yield from map(work, names)
        return
    # Not a fork of this process, which may have threads.
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(min(cores(), len(names)), mp_context=context) as processes:
        try:
            yield from processes.map(work, names)
        except BaseException:
            processes.shutdown(wait=False, cancel_futures=True)
            raise
