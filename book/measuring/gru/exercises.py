"""The numbers in the exercises of chapter 7, and those that follow from formulas alone."""

from __future__ import annotations

import math

from torch import nn

from prelude import glue


def keep_exercises() -> None:
    """Keep the numbers of the answers, and how much wider a GRU may be."""
    glue("wider", math.sqrt(4 / 3))
    D, H = 64, 128
    for kind in (nn.GRU, nn.LSTM):
        count = sum(p.numel() for p in kind(D, H).parameters())
        glue(f"count_{kind.__name__}", count)
        assert kind is nn.LSTM or count == 3 * H * (D + H + 2)
    glue("keep_bias", math.log(0.01 / 0.99))
    glue("keep_half", math.log(0.5) / math.log(0.99))
    best = 1 / 101
    glue("best_apart", best * (1 - best) ** 100)
    glue("best_guess", 1 / (math.e * 100))
