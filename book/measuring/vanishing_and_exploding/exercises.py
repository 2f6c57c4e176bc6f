"""The numbers in the answers to the exercises."""

from __future__ import annotations

import math

import numpy as np

from prelude import glue

from .powers import log_norm_of_products


def keep_exercises() -> None:
    """Keep all numbers in the answers."""
    _three_steps()
    _shear()
    _balance()
    for same, name in ((True, "tied"), (False, "free")):
        logs = [log_norm_of_products(seed, same) for seed in range(30)]
        glue(f"{name}_low", min(logs))
        glue(f"{name}_high", max(logs))
        glue(f"{name}_spread", float(np.std(logs)))


def _three_steps() -> None:
    state, derivative = 0.0, 1.0
    for i, value in enumerate((1.0, 0.0, 0.0), start=1):
        state = math.tanh(value + 1.5 * state)
        factor = 1.5 * (1 - state**2)
        derivative *= factor
        glue(f"hand_{i}", state)
        glue(f"hand_factor_{i}", factor)
    glue("hand_slope", derivative)
    glue("hand_bound", 1.5**3)


def _shear() -> None:
    shear = np.array([[0.9, 1.0], [0.0, 0.9]])
    norms = [np.linalg.norm(np.linalg.matrix_power(shear, d), 2) for d in range(101)]
    glue("shear_norm", norms[1])
    glue("shear_peak", max(norms))
    glue("shear_peak_at", int(np.argmax(norms)))
    glue("shear_hundred", norms[100])


def _balance() -> None:
    balance = np.array([[1.2, 1.2], [-1.2, -1.0]])
    squeezed = np.diag([1.0, 0.05]) @ balance
    glue("balance_radius", np.abs(np.linalg.eigvals(balance)).max())
    glue("balance_squeezed", np.abs(np.linalg.eigvals(squeezed)).max())
    glue("balance_fifty", np.linalg.norm(np.linalg.matrix_power(squeezed, 50), 2))
