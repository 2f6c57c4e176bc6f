"""How long a forward pass takes: step after step, and all steps at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from prelude import glue

LENGTHS = (16, 32, 64, 128, 256, 512, 1024)
#: Milliseconds by number of steps, for each way of computing.
Times = dict[str, NDArray[np.float64]]


@torch.no_grad()
def _seconds_to_run(function: Callable[[], Any], repeats: int = 15) -> float:
    """Return the shortest time of some calls."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return min(times)


@torch.no_grad()
def time_passes(
    rnn: Any, compiled: Any, all_at_once: Callable[[Any, Tensor, Tensor], Tensor]
) -> Times:
    """Return the times of a pass: of the page's network, of PyTorch's, and all steps at once.

    Args:
        rnn: the page's network.
        compiled: PyTorch's, of the same size.
        all_at_once: the page's; returns all states from inputs and the states before each step.
    """
    H, D = rnn.W_x.shape
    times: dict[str, list[float]] = {"rnn": [], "compiled": [], "at once": []}
    for T in LENGTHS:
        x = torch.randn(1, T, D)
        h = rnn(x)
        h_before = torch.cat([torch.zeros(1, 1, H), h[:, :-1]], dim=1)
        assert torch.allclose(all_at_once(rnn, x, h_before), h, atol=1e-5)
        ways = partial(rnn, x), partial(compiled, x), partial(all_at_once, rnn, x, h_before)
        for seconds, way in zip(times.values(), ways):
            seconds.append(_seconds_to_run(way))
    return {way: 1e3 * np.array(seconds) for way, seconds in times.items()}


def keep_speed(times: Mapping[str, NDArray[np.float64]], rnn: Any) -> None:
    """Keep the numbers of the text beside fig-serial, and what a larger batch costs."""
    serial, built_in, parallel = (milliseconds[-1] for milliseconds in times.values())
    glue("longest", LENGTHS[-1])
    glue("serial_ms", serial)
    glue("built_in_ms", built_in)
    glue("parallel_ms", parallel)
    glue("serial_ratio", serial / parallel)
    N, T, D = 32, 256, rnn.W_x.shape[1]
    glue("wide", N)
    glue("wide_T", T)
    one, many = (torch.randn(n, T, D) for n in (1, N))
    glue("wide_ratio", _seconds_to_run(partial(rnn, many)) / _seconds_to_run(partial(rnn, one)))
