"""Numbers of the text that need no network: worked examples, limits of rounding, exercises."""

from __future__ import annotations

import math

import numpy as np

from prelude import glue


def keep_by_hand() -> None:
    """Keep the numbers of the text that follow from formulas alone."""
    _three_steps()
    _rounding()
    _memory()
    _exercises()


def _three_steps() -> None:
    """Three steps of one unit, written out, held against a difference quotient."""
    w_x, w_h, states = 1.0, 0.8, [0.5]
    inputs = [1.0, -1.0, 0.5]
    for value in inputs:
        states.append(math.tanh(w_x * value + w_h * states[-1]))
    slope = [1 - value**2 for value in states]
    uses = [
        w_h * slope[2] * w_h * slope[1] * states[0],
        w_h * slope[2] * states[1],
        states[2],
    ]
    for k, use in enumerate(uses, start=1):
        glue(f"state_{k}", states[k])
        glue(f"slope_{k}", slope[k])
        glue(f"use_{k}", use)
    glue("use_sum", sum(uses))

    def last_preactivation(w: float) -> float:
        state = states[0]
        for value in inputs:
            a = w_x * value + w * state
            state = math.tanh(a)
        return a

    quotient = last_preactivation(w_h + 1e-6) - last_preactivation(w_h - 1e-6)
    glue("use_check", quotient / 2e-6)
    assert math.isclose(sum(uses), quotient / 2e-6, rel_tol=1e-8)


def _rounding() -> None:
    """The largest error of one rounding, and the best steps of a check in both precisions."""
    mu = np.finfo(np.float64).eps / 2
    mu_single = float(np.finfo(np.float32).eps / 2)
    glue("mu", mu)
    for name, rounding in (("double", mu), ("single", mu_single)):
        best = (3 * rounding) ** (1 / 3)
        glue(f"eps_{name}", best)
        glue(f"err_{name}", best**2 / 6 + rounding / best)


def _memory() -> None:
    """What the states of a million steps take, whole and in chunks of 48."""
    glue("memory_whole", 10**6 * 128 * 4 / 1e6)
    glue("memory_chunk", 48 * 128 * 4 / 1e3)
    glue("memory_updates", -(-(10**6) // 48))


def _exercises() -> None:
    """The answers to the exercises."""
    weights = 128 * 64 + 128**2 + 128
    glue("check_passes", 2 * weights)
    glue("exercise_weights", weights)
    h1 = math.tanh(1.0)
    h2 = math.tanh(0.5 * h1)
    glue("ex_h1", h1)
    glue("ex_h2", h2)
    glue("ex_dh", 1.0 * (1 - h2**2))
    glue("ex_use_2", (1 - h2**2) * h1)
    glue("ex_dx", (1 - h2**2) * 0.5 * (1 - h1**2))
    T, K = 24, 4
    glue("pairs_all", T * (T + 1) // 2)
    glue("pairs_chunks", T // K * K * (K + 1) // 2)
    glue("pairs_window", sum(min(t, K) for t in range(1, T + 1)))
