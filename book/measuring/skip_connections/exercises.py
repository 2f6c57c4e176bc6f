"""The numbers in the exercises of chapter 8, and those that follow from formulas alone."""

from __future__ import annotations

import math

import numpy as np

from prelude import glue, tenfold

from .gradients import DEEP

SAME_SIZE = {  # layers: top-1 error in %, plain and residual; He et al. (2016), table 2
    18: (27.94, 27.88),
    34: (28.54, 25.03),
}


def keep_formulas() -> None:
    """Keep the numbers of the section “The mathematics”."""
    glue("q_tanh", math.sqrt(1 / 3))
    glue("q_relu", math.sqrt(1 / 6))
    glue("q_sigmoid", math.sqrt(1 / 3) / 4)
    for bias, name in ((0, "zero"), (-2, "two"), (-4, "four")):
        glue(f"half_{name}", math.log(0.5) / math.log(1 / (1 + math.exp(bias))))


def keep_exercises() -> None:
    """Keep the numbers of the answers, and the errors that were published."""
    slope = 0.5 * (1 - math.tanh(0.25) ** 2)
    glue("hand_y", 0.5 + math.tanh(0.5 * 0.5))
    glue("hand_slope", 1 + slope)
    glue("hand_plain", slope)
    glue("hand_50", tenfold(slope**50))
    for layers, (plain_error, residual_error) in SAME_SIZE.items():
        glue(f"plain_{layers}", f"{plain_error:.2f}")
        glue(f"resnet_{layers}", f"{residual_error:.2f}")
    glue("bias_half", math.log(2 ** (-1 / DEEP) / (1 - 2 ** (-1 / DEEP))))
    paths_10 = np.array([math.comb(10, k) * 0.1**k for k in range(11)])
    glue("paths_all", paths_10.sum())
    glue("paths_two", 100 * paths_10[:3].sum() / paths_10.sum())
    glue("paths_count", 100 * sum(math.comb(10, k) for k in range(3)) / 2**10)
