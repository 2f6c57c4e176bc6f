"""The numbers of the answers to the exercises."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import nn

from prelude import glue


def keep_exercises(RNN: Callable[[int, int], nn.Module]) -> None:
    """Keep the numbers of the answers to the exercises."""
    state = 0.0
    for step, value in enumerate((1, 0, 0), start=1):
        state = math.tanh(value + 0.5 * state)
        glue(f"decay_{step}", state)
    D, H = 64, 128
    glue("count_x", H * D)
    glue("count_h", H**2)
    glue("count_b", H)
    glue("count_all", H * D + H**2 + H)
    assert sum(weight.numel() for weight in RNN(D, H).parameters()) == H * (D + H + 1)
    sure, unsure = 900, 100
    loss = (sure * math.log(2) + unsure * math.log(50)) / (sure + unsure)
    glue("joint_perplexity", math.exp(loss))
    glue("mean_perplexity", (sure * 2 + unsure * 50) / (sure + unsure))
