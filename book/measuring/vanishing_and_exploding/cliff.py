"""A loss with a cliff: one unit for fifty steps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from prelude import glue, tenfold

Array = NDArray[np.float64]


class Cliffs(NamedTuple):
    """The loss over weight and bias, and over the bias for single examples and their mean."""

    surface: Array  # (biases, weights)
    biases: Array
    single: dict[float, Array]  # by the start of the example
    mean: Array


def cliff(w: Any, b: Any, h_0: float = 0.5, steps: int = 50) -> tuple[Array, Array, Array]:
    """Return the loss, and its derivatives by w and b."""
    w, b = np.broadcast_arrays(w, b)
    h, dw, db = np.full(w.shape, h_0), np.zeros(w.shape), np.zeros(w.shape)
    for _ in range(steps):
        h_new = 1 / (1 + np.exp(-(w * h + b)))
        slope = h_new * (1 - h_new)
        dw, db = slope * (h + w * dw), slope * (1 + w * db)
        h = h_new
    return (h - 0.7) ** 2, 2 * (h - 0.7) * dw, 2 * (h - 0.7) * db


def cliffs() -> Cliffs:
    """Print how steep the loss is over a grid and on the edge; keep what the text tells."""
    weights, biases = np.linspace(4, 7, 240), np.linspace(-4, -1, 240)
    surface, dw, db = cliff(weights[None], biases[:, None])
    steepness = np.hypot(dw, db)
    on_edge = np.hypot(*cliff(np.array([5.0, 6.0, 7.0]), -np.array([2.5, 3, 3.5]))[1:])
    print(f"grid: median {np.median(steepness):.3f}, largest {steepness.max():.1f}")
    print("on the edge, at w = 5, 6, 7:", *(f"{g:.0e}" for g in on_edge))
    glue("cliff_median", np.median(steepness))
    glue("cliff_grid", steepness.max())
    glue("cliff_five", tenfold(on_edge[0]))
    glue("cliff_seven", tenfold(on_edge[2]))
    by_hand = 0.4 * 0.25 * ((7 / 4) ** 50 - 1) / (7 / 4 - 1)
    assert np.isclose(abs(cliff(7.0, -3.5)[2]), by_hand, rtol=1e-6)
    assert np.median(steepness) < 0.1
    assert on_edge.min() > 1e3
    line = np.linspace(-3.4, -2.6, 1600)
    single = {h: cliff(6.0, line, h_0=h)[0] for h in (0.3, 0.5, 0.7)}
    return Cliffs(surface, line, single, _mean_over_examples(line))


def _mean_over_examples(biases: Array) -> Array:
    """Return the mean of the losses of 300 examples that start in different places."""
    first = np.random.default_rng(0).uniform(0.3, 0.7, 300)
    found = [cliff(6.0, biases, h_0=h) for h in first]
    losses, slopes = (np.stack([of_one[i] for of_one in found]) for i in (0, 2))
    mean: Array = losses.mean(axis=0)
    glue("cliff_single", np.abs(np.diff(losses, axis=1)).max(axis=1).min())
    glue("cliff_mean", np.abs(np.diff(mean)).max())
    glue("cliff_count", len(biases))
    glue("cliff_flat", 100 * np.mean(np.abs(slopes) < 0.2))
    return mean
